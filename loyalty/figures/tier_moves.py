"""Who rose and who came down among the tiers: by month, and as flows since a day."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.db import connection

from customers.segments.clock import start_of_day
from loyalty.tiers import ladder
from loyalty.tiers.pages import ladder_figures
from loyalty.tiers.preview import Movement

DAYS_OF_FLOW = 90
BY_MONTH = """
    SELECT date_trunc('month', started_at AT TIME ZONE %(zone)s)::date, count(*) FILTER (WHERE is_rise),
           count(*) FILTER (WHERE NOT is_rise)
    FROM loyalty_tierperiod WHERE started_at >= %(since)s AND previous_tier_id IS NOT NULL
    GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class Month:
    """Moves of a month: a customer who rose twice counts twice."""

    first: date
    rose: int
    fell: int


@dataclass(frozen=True, slots=True)
class Moves:
    """The moves of twelve months, and where those of the last ninety days stood then and stand now."""

    months: list[Month]
    movement: Movement
    since: date


def moves_of(months: list[date], today: date) -> Moves | None:
    """Return who moved in these months (by their first days); None where there is no ladder."""
    version = ladder.newest()
    if version is None:
        return None
    since = today - timedelta(days=DAYS_OF_FLOW)
    steps = ladder_figures.ranks(version)
    return Moves(by_month(months), ladder_figures.moves(ladder.ladder_of(version), steps, since), since)


def by_month(months: list[date]) -> list[Month]:
    """Return the moves of each month (KST); the first time somebody is put on the ladder is no move."""
    with connection.cursor() as cursor:
        cursor.execute(BY_MONTH, {"zone": settings.TIME_ZONE, "since": start_of_day(months[0])})
        found = {first: (rose, fell) for first, rose, fell in cursor.fetchall()}
    return [Month(first, *found.get(first, (0, 0))) for first in months]
