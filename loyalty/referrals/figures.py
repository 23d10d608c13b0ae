"""How far invitations get: friends who came, bought, and were worth a reward."""

from dataclasses import dataclass

from django.db.models import Count, Q

from loyalty.models import Referral

Status = Referral.Status
REWARDED = Q(status=Status.REWARDED)


@dataclass(frozen=True, slots=True)
class Funnel:
    """How many friends came with a code, were let through, bought, and were rewarded for good."""

    came: int
    let_through: int
    bought: int
    rewarded: int
    waiting: int
    refused: int


def funnel() -> Funnel:
    """Return the figures of all referrals so far, in one statement."""
    at_once = Q(status=Status.REFUSED, order=None) & ~Q(reason=Referral.Reason.NO_ORDER)
    return Funnel(
        **Referral.objects.aggregate(
            came=Count("pk"),
            let_through=Count("pk", filter=~at_once),
            bought=Count("pk", filter=~at_once & Q(order__isnull=False)),
            rewarded=Count("pk", filter=REWARDED),
            waiting=Count("pk", filter=Q(status=Status.WAITING)),
            refused=Count("pk", filter=Q(status=Status.REFUSED)),
        )
    )
