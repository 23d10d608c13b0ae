"""What every channel must answer: whom it reaches and where, what it can say, and how that goes onto the wire."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol

from django.db.models import Exists, OuterRef, Q

from crm_project.registry import Registry

if TYPE_CHECKING:  # the tables import this module for their choices
    from collections.abc import Iterator
    from datetime import datetime

    from django.db.models import QuerySet
    from django.db.models.expressions import Combinable

    from campaigns.gateways.base import PreparedMessage
    from campaigns.models import Campaign, ChannelAccount, SkipReason, Variant
    from campaigns.pipeline.language import ContentProblem
    from campaigns.template_fields import Recipient
    from customers.models import Customer


class Rendered(Protocol):
    """What one person would read over some channel, mandatory parts included."""

    @property
    def links(self) -> list[tuple[int, str]]:
        """Return the numbered targets of its links."""

    @property
    def kind(self) -> str:
        """Return what it leaves as, such as "sms" or "lms": what its price goes by."""

    def as_text(self) -> str:
        """Return all that is read, as plain text."""


class CompiledContent(Protocol):
    """A variant ready to be rendered many times."""

    @property
    def links(self) -> tuple[str, ...]:
        """Return the targets of its links, in the order of their numbers."""

    @property
    def problems(self) -> tuple[ContentProblem, ...]:
        """Return what was found wrong while it was parsed."""

    def render(self, recipient: Recipient, *, message_id: int | None = None) -> Rendered:
        """Return the message for this person; without a message id a preview, whose links lead to their targets.

        Raises:
            ContentRefused: it cannot be made for this person.
        """


@dataclass(frozen=True)
class OneTarget:
    """What leads to one place at most."""

    url: str

    @property
    def links(self) -> tuple[str, ...]:
        """Return the one target, or none."""
        return (self.url,) if self.url else ()


class Envelope(NamedTuple):
    """What stands around a rendered message. It must have arrived before `arrive_by`, where that is set (L-08)."""

    message_id: int
    campaign_id: int
    account: ChannelAccount
    address: str
    at: datetime
    arrive_by: datetime | None = None


class MessageChannel(ABC):
    """A kind of message. `consent` names the consent it needs for advertising (L-02), "" where it needs none."""

    key: ClassVar[str]
    label: ClassVar[object]
    icon: ClassVar[str]
    consent: ClassVar[str]
    # Advertising at night needs a consent of its own on all but e-mail (L-06); opens can be seen on some only (K-11).
    is_bound_to_night: ClassVar[bool] = True
    may_advertise: ClassVar[bool] = True
    reports_opens: ClassVar[bool] = False
    # What a message of this channel may leave as; each has its price.
    kinds: ClassVar[tuple[str, ...]]
    # The columns of a variant that count here, in the order of the editor. The first one is what a list shows.
    fields: ClassVar[tuple[str, ...]]
    # How the recipient's device shows it; gets `rendered` and `account`.
    preview_template: ClassVar[str]

    @abstractmethod
    def address(self, prefix: str = "") -> Combinable:
        """Return the expression of where this channel reaches a customer; "" or NULL where it does not.

        For a query of customers, or of anything with a customer, such as messages with `prefix="customer__"`.
        """

    def sharers(self, customers: QuerySet[Customer]) -> QuerySet[Customer]:
        """Return, for a subquery, those customers who have the address that the outer one has as `address`."""
        return customers.annotate(address=self.address()).filter(address=OuterRef("address"))

    def kind_label(self, kind: str) -> object:
        """Return what a kind is called where its price and its number are shown."""
        return self.label if len(self.kinds) == 1 else kind.upper()

    def sources(self, variant: Variant) -> Iterator[tuple[str, str]]:
        """Yield (field, source) of everything in which fields such as {{ name }} may stand."""
        for name in self.fields:
            if isinstance(source := getattr(variant, name), str):
                yield name, source

    def covers(self, variant: Variant) -> dict[str, object]:
        """Return, as plain JSON, what an approval covers besides the variant's own columns; most channels nothing."""
        return {}

    def refusal(self) -> Q | Exists:
        """Return the condition under which the customer's `address` itself refuses advertising, whoever owns it."""
        return Q(pk=None)

    @abstractmethod
    def compile(self, variant: Variant) -> CompiledContent:
        """Parse a variant once.

        Raises:
            LiquidError: it is not well-formed; `pipeline.content.check` says so in words.
        """

    @abstractmethod
    def problems(self, variant: Variant) -> list[ContentProblem]:
        """Return what the channel and the law say about content as its author wrote it, well-formed or not."""

    @abstractmethod
    def violation(self, campaign: Campaign, account: ChannelAccount, rendered: Any) -> SkipReason | None:
        """Look at a finished message once more, just before it leaves; return why it must not (L-28)."""

    @abstractmethod
    def compose(self, rendered: Any, envelope: Envelope) -> PreparedMessage:
        """Return the message as gateways of this channel take it.

        Raises:
            ContentRefused: the address cannot be written to.
        """


CHANNELS: Registry[MessageChannel] = Registry("channel")


def register(channel: type[MessageChannel]) -> type[MessageChannel]:
    """Make the decorated channel known under its key."""
    CHANNELS.register(channel.key, channel())
    return channel


def channel_of(account: ChannelAccount) -> MessageChannel:
    """Return the channel that the account sends over."""
    return CHANNELS[account.channel]


def channel_choices() -> list[tuple[str, object]]:
    """Return (key, label) of every channel. A callable, so that a new channel makes no migration."""
    return [(channel.key, channel.label) for channel in CHANNELS]
