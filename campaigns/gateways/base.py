"""What every gateway is: it takes messages that are ready for the wire and says what became of each."""

from abc import ABC, abstractmethod
from base64 import b64encode
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, TypeVar

from campaigns.gateways.failures import Failure
from crm_project.errors import BusinessError
from crm_project.registry import Registry

if TYPE_CHECKING:
    from django.http import HttpRequest


# So long a worker waits for a message's turn; one that comes later is planned for then, and the worker goes on.
LONGEST_WAIT_SECONDS = 5.0


class Fate(StrEnum):
    """What became of a message that was handed to a gateway."""

    SENT = "sent"
    FAILED = "failed"  # not accepted, and it never will be
    RETRY = "retry"  # certainly not accepted, for a passing reason
    UNKNOWN = "unknown"  # perhaps accepted: the answer was lost. Never sent again by itself.


class PictureSize(NamedTuple):
    """How large a picture is: in bytes, and in points."""

    size: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that goes with a message, named by what it is: the same name is the same content."""

    name: str
    content: bytes

    def __str__(self) -> str:
        return self.name

    @property
    def data_url(self) -> str:
        """Return the whole picture as an address, to show it wherever its message is shown."""
        return f"data:image/jpeg;base64,{b64encode(self.content).decode()}"


class WireMail(bytes):
    """A mail of which every line ends with CRLF and none begins with a dot: nothing is left to do before the wire."""


class PreparedMessage(NamedTuple):
    """A message as the wire wants it. `content` is complete; `message_id` is ours and names it for good.

    `kind` is what it leaves as, such as "email" or "lms". It must have arrived before `arrive_by`, where that is set.
    `content` is bytes for mail, else plain values that a gateway puts into its own words.
    """

    message_id: int
    campaign_id: int
    sender: str
    recipient: str
    content: bytes | Mapping[str, Any]
    kind: str = "email"
    arrive_by: datetime | None = None

    @property
    def mail(self) -> bytes:
        """Return the content of a mail.

        Raises:
            TypeError: it is none.
        """
        if not isinstance(self.content, bytes):
            raise TypeError(f"A message that leaves as {self.kind} is no mail.")
        return self.content


class Outcome(NamedTuple):
    """What became of one message; `failure` is a class (`Failure`), `detail` the gateway's code and words.

    `provider_id` is the gateway's own number for it.
    """

    message_id: int
    fate: Fate
    failure: str = ""
    detail: str = ""
    provider_id: str = ""


class ReportKind(StrEnum):
    """What a gateway says about a message later (G-22, G-23, E-01)."""

    DELIVERED = "delivered"
    DEFERRED = "deferred"  # still on its way
    FAILED = "failed"  # never arrived
    BOUNCED = "bounced"  # the receiving side sent it back
    COMPLAINED = "complained"  # called spam by its reader
    UNSUBSCRIBED = "unsubscribed"
    OPENED = "opened"
    CLICKED = "clicked"
    UNKNOWN = "unknown"  # a code that nobody mapped: it settles nothing


@dataclass(frozen=True, slots=True)
class Report:
    """What a gateway says about one message, named by our id or, where that did not come back, by its own.

    `event_id` is the same however often the gateway repeats itself. `failure` is INVALID_RECIPIENT where the address
    is to get nothing any more. `code` and `detail` are the gateway's own, `recipient` the address it speaks of.
    """

    event_id: str
    kind: ReportKind
    occurred_at: datetime
    message_id: int | None = None
    provider_id: str = ""
    failure: Failure | str = ""
    code: str = ""
    detail: str = ""
    recipient: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Somebody called the shop's free number, which the gateway keeps, to get no more texts (G-06)."""

    phone: str
    refused_at: datetime


class WebhookRefused(BusinessError):
    """What came in is not from the gateway, or not a report: a wrong signature, an unreadable body."""

    code = "webhook_refused"


class GatewayError(BusinessError):
    """The gateway stops before the batch is done; what it gave no outcome for was certainly not accepted.

    Args:
        permanent: trying again will not help.
        account_level: the account itself is at fault (password, balance, blocked), not a message.
        wait: seconds for which the gateway wants nothing more of this account (its Retry-After); no message failed.
    """

    code = "gateway"

    def __init__(
        self, message: object, *, permanent: bool = False, account_level: bool = False, wait: float = 0.0
    ) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.account_level = account_level
        self.wait = wait


class Gateway(ABC):
    """A carrier of messages. Made for one account, used by one process, closed after use."""

    name: ClassVar[str]
    label: ClassVar[object]
    # Keys of the channels it carries; empty: every one.
    channels: ClassVar[tuple[str, ...]] = ()
    # Whether the same message handed over again, known by our id, is not sent again: an unanswered one may be repeated.
    deduplicates: ClassVar[bool] = False
    # Pictures that it carries with one text message (G-04), and how large one may be; None: as large as any we keep.
    most_pictures: ClassVar[int] = 3
    largest_picture: ClassVar[PictureSize | None] = None

    def __init__(self, account: Any) -> None:
        self.account = account

    @abstractmethod
    def send_batch(self, prepared: Iterable[PreparedMessage]) -> Iterator[Outcome]:
        """Hand over messages and yield the outcome of each as soon as it is known, in whatever order.

        Draw from `prepared` only what is handed over now: what was drawn has begun, and whatever happens it gets an
        outcome or counts as unknown; what was never drawn was not sent. The caller may end it between two messages.

        Raises:
            GatewayError: nothing more can be handed over now. What was drawn and has no outcome was not accepted.
        """

    def waits(self, prepared: Sequence[PreparedMessage]) -> dict[int, float]:
        """Return the seconds until each message's turn, by id, where it has to wait for one; taken by asking.

        Above `LONGEST_WAIT_SECONDS` it has none, and is to come back then.
        """
        return {}

    def check(self) -> str | None:
        """Try the connection and the log-in, sending nothing; return what else is good to know, such as the balance.

        Raises:
            GatewayError: it does not work, with the reason.
        """
        return None

    def close(self) -> None:  # noqa: B027  # a gateway without connections has nothing to do
        """Let go of connections."""


class CallsBack(Gateway):
    """A gateway that calls us with reports."""

    @abstractmethod
    def read_webhook(self, request: "HttpRequest") -> list[Report]:
        """Return what a call of the gateway reports. The address it came to was the right one; a signature is checked.

        Raises:
            WebhookRefused: the signature is wrong or the body is no report.
        """


class AnswersQuestions(Gateway):
    """A gateway that says what it has of ours: lost answers are found again by asking it."""

    @abstractmethod
    def ask(self, message_ids: Collection[int], *, since: datetime, until: datetime) -> list[Report]:
        """Return what the gateway has of these messages of ours, handed over between those moments.

        Of a message that it does not have there is no report.

        Raises:
            GatewayError: it cannot be asked now.
        """


class KeepsRefusals(Gateway):
    """A gateway that keeps the list of those who called the shop's free number."""

    @abstractmethod
    def refusals(self) -> list[Refusal]:
        """Return everybody who called the shop's free number, with the moment of the last call.

        Raises:
            GatewayError: it cannot be asked now.
        """


GATEWAYS: Registry[type[Gateway]] = Registry("gateway")
Able = TypeVar("Able", bound=Gateway)


def register(gateway: type[Gateway]) -> type[Gateway]:
    """Make the decorated gateway known under its name."""
    return GATEWAYS.register(gateway.name, gateway)


def names_of(ability: type[Gateway]) -> list[str]:
    """Return the names of the gateways that have an ability, such as `CallsBack`."""
    return [gateway.name for gateway in GATEWAYS if issubclass(gateway, ability)]


def made_with(ability: type[Able], account: Any) -> Able:
    """Return the gateway of an account as one that has the ability.

    Raises:
        TypeError: it does not have it; ask `names_of` first.
    """
    gateway = GATEWAYS[account.gateway](account)
    if not isinstance(gateway, ability):
        raise TypeError(f"{gateway.name} is no {ability.__name__}.")
    return gateway
