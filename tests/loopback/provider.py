"""What every stand-in for a gateway's other end can do."""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Sequence
from enum import Enum
from typing import ClassVar

from django.http import HttpRequest

from campaigns.gateways.base import GATEWAYS, Gateway, PreparedMessage
from campaigns.models import ChannelAccount


class Mishap(Enum):
    """A way in which the next call for sending goes wrong."""

    SLOW = "takes the messages and answers after the caller has lost patience"
    RATE_LIMITED = "answers 429 and says for how long"
    RATE_LIMITED_FOR_HOW_LONG = "answers 429 and does not say for how long"
    BROKEN = "answers 500, having done nothing"
    BROKEN_AFTERWARDS = "answers 500, having taken the messages"
    UNAVAILABLE = "answers 503, having done nothing"
    HANGS_UP = "closes the connection, having done nothing"
    ACCEPTS_AND_HANGS_UP = "takes the messages and closes the connection"
    NONSENSE = "takes the messages and answers what no manual mentions"
    LOCKED_OUT = "refuses the account"


class Provider(ABC):
    """A context in which the other end listens. Misbehaves once for each `Mishap` in `mishaps`, oldest first."""

    # The gateway it stands for, by its name; what it cannot do wrong; seconds for which RATE_LIMITED wants rest.
    gateway: ClassVar[str]
    never: ClassVar[frozenset[Mishap]] = frozenset()
    rest_seconds: ClassVar[float] = 7.0
    # How long an account lets a call take: long, for a busy machine; but short where `Mishap.SLOW` is to outlast it.
    patience_seconds: ClassVar[float] = 20.0
    lost_patience_seconds: ClassVar[float] = 0.4

    def __init__(self) -> None:
        # Our numbers of what it answers for, in order, each as often as it was taken.
        self.accepted: list[int] = []
        self.mishaps: deque[Mishap] = deque()

    @abstractmethod
    def __enter__(self) -> "Provider": ...

    @abstractmethod
    def __exit__(self, *_error: object) -> None: ...

    def environment(self) -> dict[str, str]:
        """Return the environment variables in which its account finds its secrets, known once it listens."""
        return {}

    @property
    def timeout(self) -> float:
        """Return the seconds for which an account made now waits: few only where the next call is to take longer."""
        return self.lost_patience_seconds if Mishap.SLOW in self.mishaps else self.patience_seconds

    @abstractmethod
    def account(self) -> ChannelAccount:
        """Return an account, saved or not, that leads here, with the right log-in."""

    @abstractmethod
    def message(self, number: int, *, is_bad: bool = False) -> PreparedMessage:
        """Return a message of ours; a bad one it refuses for good, and the others with it are not to suffer."""

    def made(self) -> Gateway:
        """Return the gateway of the account."""
        return GATEWAYS[self.gateway](self.account())


class CallingProvider(Provider):
    """The other end of a gateway that calls back."""

    @abstractmethod
    def webhook(self, numbers: Sequence[int], *, code: str = "delivered") -> HttpRequest:
        """Return its call about messages that it took: "delivered", "failed", or a code that nobody knows."""

    @abstractmethod
    def forged_webhook(self, numbers: Sequence[int]) -> HttpRequest:
        """Return such a call of somebody else, about messages that it never took or without its signature."""


PROVIDERS: list[type[Provider]] = []


def register(provider: type[Provider]) -> type[Provider]:
    """Have the decorated stand-in asked by the contract."""
    PROVIDERS.append(provider)
    return provider
