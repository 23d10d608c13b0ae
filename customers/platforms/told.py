"""What one call of a platform tells us, before any of it is stored."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from customers.models import PlatformVersion

Record = dict[str, object]
Kind = PlatformVersion.Kind


@dataclass(frozen=True)
class Version:
    """How new a platform's record is. An older one never overwrites a newer one; of two of the same time the stage."""

    kind: str
    number: str
    updated_at: datetime
    stage: int = 0


class Only(Enum):
    """Which records of a part are taken in: what merely accompanies a fact must not overwrite what is known better."""

    ALL = "all"
    UNKNOWN = "unknown"
    KNOWN = "known"


@dataclass(frozen=True)
class Part:
    """Records of one kind that go through `ingest`; with a version they go only if nothing newer is stored."""

    kind: str  # customers, products, orders, events, consents
    records: list[Record]
    version: Version | None = None
    only: Only = Only.ALL


@dataclass(frozen=True)
class PersonAsks:
    """The platform passes on that a person wants their data erased or shown (P-05, P-06)."""

    kind: str  # of SubjectRequest
    customer_number: str


@dataclass
class Told:
    """All that one call tells: parts in the order they are stored, and what is no fact."""

    parts: list[Part] = field(default_factory=list)
    asks: list[PersonAsks] = field(default_factory=list)
    # Channels a customer does not (any more) allow, with no time given: they count as withdrawn now, if they held.
    not_allowed: list[tuple[str, str]] = field(default_factory=list)
    # Numbers of records that changed and that the call does not carry.
    to_fetch: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    is_known: bool = True


@dataclass(frozen=True)
class Call:
    """A call as it arrived. `headers` are by lower-case name."""

    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class PlatformWebhooks:
    """How one platform calls: how it proves itself, how it names a call, and what a call says."""

    platform: str
    is_genuine: Callable[[Call, str], bool]
    delivery_id: Callable[[Call], str]
    topic: Callable[[Call, Mapping[str, object]], str]
    # (topic, payload, delivery number, time of arrival) → what it tells.
    read: Callable[[str, Mapping[str, object], str, datetime], Told]
