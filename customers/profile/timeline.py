"""What happened with a customer, in one line of time. Upper apps add their sources from `customer_panels.py`."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django.db.models import QuerySet

from crm_project.registry import Registry

PAGE = 30


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """One thing that happened. `amount` is shown at the right; `tone` is one of the kit's tones."""

    at: datetime
    kind: str
    title: object
    detail: object = ""
    icon: str = "circle"
    tone: str = "quiet"
    amount: object = ""
    url: str = ""


Rows = TypeVar("Rows", bound=QuerySet)
Fetch = Callable[[int, datetime | None, int], list[TimelineItem]]


@dataclass(frozen=True, slots=True)
class TimelineSource:
    """A kind of happening. `fetch(customer_id, before, limit)` returns the newest before a moment, in one query."""

    kind: str
    label: object
    icon: str
    fetch: Fetch


SOURCES: Registry[TimelineSource] = Registry("timeline source")


@dataclass(frozen=True, slots=True)
class TimelinePage:
    """A stretch of the line, newest first; `older_before` is where the next stretch begins, None at the end."""

    items: list[TimelineItem]
    older_before: datetime | None


def timeline_source(kind: str, *, label: object, icon: str) -> Callable[[Fetch], Fetch]:
    """Register the decorated function as a source of the timeline."""

    def register(fetch: Fetch) -> Fetch:
        SOURCES.register(kind, TimelineSource(kind, label, icon, fetch))
        return fetch

    return register


def earlier(rows: Rows, field: str, before: datetime | None) -> Rows:
    """Return the rows whose `field` lies before a moment, all where there is none: where a page begins."""
    return rows.filter(**{f"{field}__lt": before}) if before else rows


def timeline_page(
    customer_id: int, *, kinds: Collection[str] = (), before: datetime | None = None, size: int = PAGE
) -> TimelinePage:
    """Return the newest happenings before a moment, of the given kinds or of all, one bounded query a source."""
    fetched = [source.fetch(customer_id, before, size + 1) for source in SOURCES if not kinds or source.kind in kinds]
    found = sorted((item for items in fetched for item in items), key=lambda item: item.at, reverse=True)
    # A source that was cut may hold more of the moment it was cut at: only what is newer is known in full.
    cut_at = max((items[-1].at for items in fetched if len(items) > size), default=None)
    known = [item for item in found if cut_at is None or item.at > cut_at] or found
    # Happenings of one moment stay together, or the next page would begin behind some of them.
    last = known[min(size, len(known)) - 1].at if known else None
    items = [item for item in known if last is None or item.at >= last]
    return TimelinePage(items, last if cut_at or len(items) < len(found) else None)
