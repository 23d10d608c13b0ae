"""How many customers allow what, and how that moves: the figures of the consent overview. Reads only."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TypeVar, cast

from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from customers.consent.expressions import Action
from customers.models.consent import Channel, Purpose

Figures = TypeVar("Figures")

# Counts go over all states and the whole ledger of the weeks shown; nobody needs them to the second.
KEPT_SECONDS = 300
WEEKS_SHOWN = 26

STANDING = f"""
    SELECT state.channel,
           count(*) FILTER (WHERE purpose = '{Purpose.AD_RECEIVE}' AND is_granted),
           count(*) FILTER (WHERE purpose = '{Purpose.AD_RECEIVE}' AND NOT is_granted),
           count(*) FILTER (WHERE purpose = '{Purpose.AD_NIGHT}' AND is_granted),
           count(*) FILTER (WHERE purpose = '{Purpose.MARKETING_USE}' AND is_granted),
           count(*) FILTER (WHERE purpose = '{Purpose.MARKETING_USE}' AND NOT is_granted)
    FROM customers_consentstate state JOIN customers_customer customer ON customer.id = state.customer_id
    WHERE customer.erased_at IS NULL AND customer.merged_into_id IS NULL
    GROUP BY state.channel
"""
MOVES = f"""
    SELECT date_trunc('week', occurred_at AT TIME ZONE 'Asia/Seoul')::date AS week,
           count(*) FILTER (WHERE action = '{Action.GRANTED}'), count(*) FILTER (WHERE action = '{Action.WITHDRAWN}')
    FROM customers_consententry
    WHERE purpose = '{Purpose.AD_RECEIVE}' AND occurred_at >= %s AND (%s = '' OR channel = %s)
    GROUP BY 1
"""


@dataclass(frozen=True)
class ChannelStanding:
    """How many customers agreed to advertising over a channel, refused it, and agreed to it at night."""

    channel: Channel
    granted: int
    withdrawn: int
    night: int


@dataclass(frozen=True)
class Standing:
    """All channels, and the consent to marketing use that stands before them all (P-03)."""

    channels: list[ChannelStanding]
    use_granted: int
    use_withdrawn: int


@dataclass(frozen=True)
class Week:
    """How many grants and withdrawals customers expressed in the week that begins on that Monday."""

    first: date
    granted: int
    withdrawn: int


def standing() -> Standing:
    """Return how many customers allow what, at most five minutes old."""
    return _kept("consent:standing", _standing)


def weeks(today: date, channel: str = "") -> list[Week]:
    """Return the grants and withdrawals of the last 26 weeks (KST, from Mondays), empty weeks included."""
    return _kept(f"consent:weeks:{today}:{channel}", lambda: _weeks(today, channel))


def _kept(key: str, read: Callable[[], Figures]) -> Figures:
    kept = cache.get(key)
    if kept is None:
        kept = read()
        cache.set(key, kept, KEPT_SECONDS)
    return cast(Figures, kept)


def _standing() -> Standing:
    with connection.cursor() as cursor:
        cursor.execute(STANDING)
        rows = {row[0]: row[1:] for row in cursor.fetchall()}
    nothing = (0, 0, 0, 0, 0)
    channels = [ChannelStanding(channel, *rows.get(channel, nothing)[:3]) for channel in Channel]
    return Standing(channels, *rows.get("", nothing)[3:])


def _weeks(today: date, channel: str) -> list[Week]:
    this_monday = today - timedelta(days=today.weekday())
    mondays = [this_monday - timedelta(weeks=number) for number in range(WEEKS_SHOWN - 1, -1, -1)]
    since = datetime.combine(mondays[0], time(), tzinfo=timezone.get_default_timezone())
    with connection.cursor() as cursor:
        cursor.execute(MOVES, [since, channel, channel])
        counts = {monday: (granted, withdrawn) for monday, granted, withdrawn in cursor.fetchall()}
    return [Week(monday, *counts.get(monday, (0, 0))) for monday in mondays]
