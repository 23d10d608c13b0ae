"""What a page says it saw, read as records of events. What is not understood is left out, never stored.

Numbers of events and visitors come from the browser, so they get the site's own prefix: no page can use up a number
of the shop's systems or speak for a visitor of another site.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from customers.models import Event, TrackedSite

MOST_EVENTS = 50
MOST_PROPERTIES = 20
LONGEST_WORDS = 300
LONGEST_SKU = 100
MOST_NUMBER = 10**12
# What waited longer for the network counts as of that long ago: a browser's clock may say anything.
OLDEST = timedelta(days=7)
OWN_NUMBER = re.compile(r"[0-9a-f]{32}", re.ASCII)
PROPERTY = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}", re.ASCII)

Record = dict[str, object]


def records_of(site: TrackedSite, said: Mapping[str, object], *, at: datetime) -> list[Record]:
    """Return the events of a call that can be understood, as `customers.ingest` takes them; of nobody named yet."""
    visitor, events = said.get("visitor"), said.get("events")
    if not _is_number_of_ours(visitor) or not isinstance(events, list):
        return []
    whose = {"visitor_id": f"web-{site.pk}-{visitor}"}
    read = [_record(site, each, at) for each in events[:MOST_EVENTS] if isinstance(each, dict)]
    return [record | whose for record in read if record]


def _record(site: TrackedSite, event: Mapping[str, object], at: datetime) -> Record:
    """Return one event; nothing where its number or kind is none."""
    number, kind = event.get("id"), event.get("kind")
    if not _is_number_of_ours(number) or kind not in Event.Kind.values:
        return {}
    record: Record = {"event_id": f"web-{site.pk}-{number}", "kind": kind, "occurred_at": _moment(event, at)}
    sku = _words(event.get("sku"), LONGEST_SKU)
    if sku:
        record["sku"] = sku
    return record | dict(_properties(event.get("props")))


def _moment(event: Mapping[str, object], at: datetime) -> str:
    """Return when it happened: so many milliseconds ago by the browser's own clock, so its time of day is no matter."""
    ago = event.get("ago")
    seconds = ago / 1000 if isinstance(ago, int | float) and _is_plain(ago) else 0
    return (at - timedelta(seconds=min(max(seconds, 0), OLDEST.total_seconds()))).isoformat()


def _properties(said: object) -> Iterator[tuple[str, object]]:
    """Yield what the page sends along, under the names that `customers.ingest` reads."""
    if not isinstance(said, dict):
        return
    for name, value in list(said.items())[:MOST_PROPERTIES]:
        if not PROPERTY.fullmatch(name):
            continue
        if isinstance(value, bool) or (isinstance(value, int | float) and _is_plain(value)):
            yield f"prop.{name}", value
        elif words := _words(value, LONGEST_WORDS):
            yield f"prop.{name}", words


def _words(value: object, longest: int) -> str:
    """Return text without what cannot be shown or stored, cut to a length."""
    if not isinstance(value, str):
        return ""
    return "".join(letter if letter.isprintable() else " " for letter in value[:longest]).strip()


def _is_plain(number: float) -> bool:
    return abs(number) <= MOST_NUMBER  # which neither infinity nor NaN is


def _is_number_of_ours(value: object) -> bool:
    """Return whether it is a number such as the tracker makes: 128 random bits."""
    return isinstance(value, str) and OWN_NUMBER.fullmatch(value) is not None
