"""What a booking is told and what it answers, and how long points live. Plain values, no database."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from loyalty.models import Account, LotKind, Program

ZONE = ZoneInfo(settings.TIME_ZONE)


@dataclass(frozen=True, slots=True)
class Receipt:
    """Which paper of which system a booking is for: it is booked once for ever (I9)."""

    source_system: str
    reference: str
    line: str = ""


@dataclass(frozen=True, slots=True)
class LotTerms:
    """From when awarded points can be used, when they die (None: never), and what they were given for."""

    activates_at: datetime
    expires_at: datetime | None
    kind: str = LotKind.BASE


@dataclass(frozen=True, slots=True)
class Posting:
    """What was booked and how the account stands after it. `is_replay`: it was booked before, and nothing new now."""

    transaction_id: int
    points: int
    available: int
    pending: int
    held: int
    debt: int
    is_replay: bool = False


def terms_of(program: Program, occurred_at: datetime, *, kind: str = LotKind.BASE) -> LotTerms:
    """Return the terms of points earned at a moment: usable after the pending days, dead after the last valid day.

    Both turn over at midnight in Asia/Seoul.
    """
    day = occurred_at.astimezone(ZONE).date()
    activates_at = start_of(day + timedelta(days=program.pending_days)) if program.pending_days else occurred_at
    return LotTerms(activates_at, start_of(last_valid_day(program, day) + timedelta(days=1)), kind)


def last_valid_day(program: Program, earned_on: date) -> date:
    """Return the last day on which points earned on a day can be used; of 29 February the 28th where there is none."""
    months = earned_on.month - 1 + program.validity_months
    year, month = earned_on.year + months // 12, months % 12 + 1
    if program.validity == Program.Validity.YEAR_END:
        return date(year, 12, 31)
    last_of_month = monthrange(year, month)[1]
    to_the_day = program.validity == Program.Validity.MONTHS
    return date(year, month, min(earned_on.day, last_of_month) if to_the_day else last_of_month)


def last_day_before(dies_at: datetime) -> date:
    """Return the last day (KST) on which points that die at a moment can be used, if only to a part of it."""
    return (dies_at - timedelta(microseconds=1)).astimezone(ZONE).date()


def start_of(day: date) -> datetime:
    """Return the first moment of a day in Asia/Seoul."""
    return datetime.combine(day, time.min, tzinfo=ZONE)


def posting_of(account: Account, transaction_id: int, points: int, *, is_replay: bool = False) -> Posting:
    """Return the answer for a booking on this account as it stands."""
    numbers = (account.available, account.pending, account.held, account.debt)
    return Posting(transaction_id, points, *numbers, is_replay=is_replay)
