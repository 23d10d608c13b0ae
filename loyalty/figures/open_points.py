"""What lies in open lots: how old the points are, and when they die. Looked at once a night, read by the month."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction

from loyalty.ledger.terms import ZONE
from loyalty.models import OpenPoints, Program

# The month in Korea of the award, through merges and days of grace; and of the last valid day. Lots that are dead and
# not settled yet are left out, as everybody who asks for a balance leaves them out.
LOOK = """
    INSERT INTO loyalty_openpoints (program_id, earned_in, dies_in, points, lots, looked_at)
    SELECT award.program_id, date_trunc('month', award.occurred_at AT TIME ZONE %(zone)s)::date,
           date_trunc('month', (lot.expires_at - interval '1 microsecond') AT TIME ZONE %(zone)s)::date,
           sum(lot.remaining), count(*), %(now)s
    FROM loyalty_lot AS lot JOIN loyalty_transaction AS award ON award.id = lot.award_id
    WHERE lot.state IN ('active', 'pending') AND (lot.expires_at IS NULL OR lot.expires_at > %(now)s)
    GROUP BY 1, 2, 3
"""
# Upper ends of the classes of age, in whole months since the month of the award.
AGES = (0, 2, 5, 11, 23)
MONTHS_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Age:
    """Points whose award lies so many months back, both ends included; `most` is None for all older ones."""

    least: int
    most: int | None
    points: int


@dataclass(frozen=True, slots=True)
class Death:
    """Points that die in a month, or later than the months shown, or (`month` None) never."""

    month: date | None
    points: int
    is_later: bool = False


@transaction.atomic
def look(now: datetime) -> None:
    """Write down what lies in open lots, in the place of what the last look found."""
    OpenPoints.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(LOOK, {"zone": str(ZONE), "now": now})


def found(program: Program) -> list[OpenPoints]:
    """Return what the last look found, a row for each month of award and month of death."""
    return list(OpenPoints.objects.filter(program=program).order_by("earned_in", "dies_in"))


def ages(rows: list[OpenPoints], today: date) -> list[Age]:
    """Return the points by age, the youngest class first; classes without points too."""
    points = [0] * (len(AGES) + 1)
    for row in rows:
        age = max(0, _months_between(row.earned_in, today))
        points[sum(age > most for most in AGES)] += row.points
    lower = (0, *(most + 1 for most in AGES))
    return [Age(least, most, sum_) for least, most, sum_ in zip(lower, (*AGES, None), points, strict=True)]


def deaths(rows: list[OpenPoints], today: date) -> list[Death]:
    """Return the points by the month in which they die, this month first; those of later months in one, and never.

    What died since the last look, in a month that is over, is left out.
    """
    months = [_month(today, ahead) for ahead in range(MONTHS_SHOWN)]
    points = dict.fromkeys(months, 0)
    later = never = 0
    for row in rows:
        if row.dies_in is None:
            never += row.points
        elif row.dies_in in points:
            points[row.dies_in] += row.points
        elif row.dies_in > months[-1]:
            later += row.points
    dated = [Death(month, points[month]) for month in months]
    rest = [Death(_month(today, MONTHS_SHOWN), later, is_later=True)] if later else []
    return [*dated, *rest, *([Death(None, never)] if never else [])]


def _months_between(first: date, last: date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month


def _month(today: date, ahead: int) -> date:
    number = today.year * 12 + today.month - 1 + ahead
    return date(number // 12, number % 12 + 1, 1)
