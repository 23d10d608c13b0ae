"""Advice that somebody read and does not want to see for a while."""

from datetime import date, timedelta

from django.contrib.auth.models import User

from analytics import periods
from analytics.models import PutAwayAdvice

DAYS = 30


def put_away(kind: str, about: str, *, by: User) -> PutAwayAdvice:
    """Keep everybody from seeing this advice for 30 days; who did it stays written down."""
    until = periods.today() + timedelta(days=DAYS)
    return PutAwayAdvice.objects.create(kind=kind, about=about, until=until, put_away_by=by)


def bring_back(kind: str, about: str) -> None:
    """Show advice again that was put away; the row stays, and ends today."""
    PutAwayAdvice.objects.filter(kind=kind, about=about, until__gt=periods.today()).update(until=periods.today())


def away_on(today: date) -> set[str]:
    """Return the keys of the advice that is put away on a day."""
    rows = PutAwayAdvice.objects.filter(until__gt=today).values_list("kind", "about")
    return {f"{kind}:{about}" for kind, about in rows}
