"""How many would have entered a version in the last months, and how many would have met an exit before each message.

Reads only. Segments are asked as of today; lanes are not told apart, so a message inside one counts everybody.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from campaigns.automation import exits, waits
from campaigns.automation.candidates import candidates
from campaigns.automation.checks import in_order
from campaigns.automation.path import Path
from campaigns.automation.within_time import within
from campaigns.models import AutomationStep, AutomationVersion
from campaigns.triggers.base import Window

Kind, Reentry = AutomationStep.Kind, AutomationVersion.Reentry
LONGEST_SECONDS = 20
# Exits are asked of so many at most, spread evenly over all who entered.
LOOKED_AT = 20_000
LAY_DOWN = """
    CREATE TEMPORARY TABLE imagined ON COMMIT DROP AS
    SELECT row_number() OVER (ORDER BY told.anchor_at, told.customer_id, told.entry_key) AS id, told.*
    FROM ({candidates}) AS told
"""
WHO = "SELECT id, customer_id, anchor_at FROM imagined ORDER BY id"
MET = """
    SELECT count(*) FROM (
        SELECT {met} AS reason FROM unnest(%(ids)s::bigint[], %(due)s::timestamptz[]) AS reached(id, due_at)
        JOIN imagined AS journey ON journey.id = reached.id
    ) AS asked WHERE asked.reason <> ''
"""
EARLIEST = datetime.min.replace(tzinfo=UTC)
# (number, customer, anchor) of one who would have entered.
Entry = tuple[int, int, datetime]


@dataclass(frozen=True, slots=True)
class Reached:
    """A message: for how many its time came, who of them had met an exit by then, and for how many it is to come."""

    step: AutomationStep
    reached: int
    left: int
    later: int


@dataclass(frozen=True)
class BackTest:
    """What would have happened in so many days. `looked_at` is of how many the messages are told.

    `not_asked` are the exits that cannot be told for a moment in the past.
    """

    days: int
    entered: int
    customers: int
    by_day: list[tuple[date, int]]
    looked_at: int
    messages: list[Reached] = field(default_factory=list)
    not_asked: list[str] = field(default_factory=list)


def back_test(version: AutomationVersion, *, now: datetime, days: int = 90) -> BackTest:
    """Ask the last days (KST, today included) who would have entered a version, a draft too.

    Raises:
        TooSlow: the facts are too many to be asked within 20 seconds.
    """
    first = timezone.localdate(now) - timedelta(days=days - 1)
    since = timezone.make_aware(datetime.combine(first, datetime.min.time())) - timedelta(microseconds=1)
    with within(LONGEST_SECONDS) as cursor:
        entries = candidates(version, Window(since=since, until=now, now=now))
        cursor.execute(LAY_DOWN.format(candidates=entries.sql), dict(entries.parameters))
        cursor.execute("ANALYZE imagined")
        cursor.execute(WHO)
        entered = list(_as_often_as_may_be(version, cursor.fetchall()))
        asked = entered[:: -(-len(entered) // LOOKED_AT) or 1]
        messages = list(_messages(cursor, version, asked, now))
        cursor.execute("DROP TABLE imagined")
    return BackTest(
        days=days,
        entered=len(entered),
        customers=len({customer_id for _id, customer_id, _anchor in entered}),
        by_day=_by_day(entered, first, days),
        looked_at=len(asked),
        messages=messages,
        not_asked=[exits.sentence([each]) for each in version.exits if not exits.EXITS[each["is"]].is_of_the_past],
    )


def _as_often_as_may_be(version: AutomationVersion, told: Iterable[Entry]) -> Iterator[Entry]:
    """Yield the entries, in order of time, of which each customer may have so many."""
    last: dict[int, datetime] = {}
    apart = timedelta(days=version.reentry_days if version.reentry == Reentry.AFTER_DAYS else 36_500)
    for entry in told:
        _id, customer_id, anchor_at = entry
        if version.reentry == Reentry.EVERY or last.get(customer_id, EARLIEST) <= anchor_at - apart:
            last[customer_id] = anchor_at
            yield entry


def _messages(
    cursor: CursorWrapper, version: AutomationVersion, entered: Sequence[Entry], now: datetime
) -> Iterator[Reached]:
    path, met = Path.of(version), exits.met(version, at="reached.due_at", only_past=True)
    for step in (each for each in in_order(path.nodes()) if each.kind == Kind.MESSAGE):
        waited = [each.settings for each in path.before(step) if each.kind == Kind.WAIT]
        due = {number: _due(waited, anchor_at) for number, _customer, anchor_at in entered}
        past = {number: due_at for number, due_at in due.items() if due_at <= now}
        cursor.execute(MET.format(met=met), {"ids": list(past), "due": list(past.values())})
        yield Reached(step, len(past), cursor.fetchone()[0], len(due) - len(past))


def _due(waited: Sequence[waits.Settings], anchor_at: datetime) -> datetime:
    due_at = anchor_at
    for settings in waited:
        due_at = waits.until(settings, due_at, anchor_at=anchor_at)
    return due_at


def _by_day(entered: Iterable[Entry], first: date, days: int) -> list[tuple[date, int]]:
    counted = Counter(timezone.localdate(anchor_at) for _id, _customer, anchor_at in entered)
    return [(day, counted[day]) for day in (first + timedelta(days=number) for number in range(days))]
