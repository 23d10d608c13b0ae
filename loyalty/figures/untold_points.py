"""Points that live on because nobody told their members, and those that would next: what the overview warns of."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Sum

from loyalty.facts import expiry_notices
from loyalty.ledger.putting_off import DAYS
from loyalty.models import Lot, LotPostponement, Program

OPEN = (Lot.State.ACTIVE, Lot.State.PENDING)


@dataclass(frozen=True, slots=True)
class Untold:
    """How many points, and of how many members."""

    points: int
    members: int


def living_on(program: Program) -> Untold:
    """Return the points whose last day was put off, as far as they are left."""
    put_off = LotPostponement.objects.filter(lot=OuterRef("pk"))
    lots = Lot.objects.filter(Exists(put_off), account__program=program, state__in=OPEN)
    found = lots.aggregate(points=Sum("remaining"), members=Count("account", distinct=True))
    return Untold(found["points"] or 0, found["members"])


def waiting(program: Program, now: datetime) -> Untold:
    """Return the points that have thirty days at most, with a notice that no message has tried yet."""
    notices = expiry_notices.due(DAYS, now).filter(account__program=program)
    found = notices.aggregate(points=Sum("points"), members=Count("account", distinct=True))
    return Untold(found["points"] or 0, found["members"])
