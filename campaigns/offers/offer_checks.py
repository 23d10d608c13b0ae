"""What keeps an offer from being given, and what it costs at most: said before somebody approves it."""

from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import Campaign, Step
from loyalty.coupons import sentences, validity
from loyalty.models import Coupon

Kind = Coupon.Kind


@dataclass(frozen=True, slots=True)
class Offer:
    """What each recipient gets, and what a coupon costs the shop at most (won); None: nobody can say."""

    coupon: Coupon | None
    benefit: str
    points: int
    most_won: int | None

    def cost_at_most(self, recipients: int) -> int | None:
        """Return what the coupons cost if all are used (won)."""
        return None if self.most_won is None else self.most_won * recipients


def offer_of(campaign: Campaign) -> Offer | None:
    """Return what the campaign gives to each; None where it gives nothing."""
    step = campaign.steps.select_related("coupon").first() if campaign.pk else None
    if step is None or not (step.coupon or step.points):
        return None
    benefit = sentences.short(step.coupon) if step.coupon else ""
    return Offer(step.coupon, benefit, step.points, _most_won(step.coupon) if step.coupon else 0)


def problems(campaign: Campaign) -> list[str]:
    """Return what keeps the offers of a campaign from being given, as sentences."""
    return [problem for step in campaign.steps.select_related("coupon") for problem in _problems_of(campaign, step)]


def _problems_of(campaign: Campaign, step: Step) -> list[str]:
    coupon, day = step.coupon, campaign.scheduled_at or timezone.now()
    if campaign.duty and (coupon or step.points):
        return [_("A notice carries no coupon and no points. Take the offer out (L-13).")]
    if coupon is None:
        return []
    if coupon.is_history or coupon.status != Coupon.Status.RUNNING:
        return [_("The coupon “%s” is not running: start it, or give another one.") % coupon]
    if validity.is_over(coupon, day):
        return [_("The coupon “%s” is over by the time this is sent.") % coupon]
    return []


def _most_won(coupon: Coupon) -> int | None:
    if coupon.kind == Kind.AMOUNT:
        return coupon.amount
    if coupon.kind == Kind.GIFT:
        return coupon.gift_cost
    return coupon.most_off if coupon.kind == Kind.PERCENT else None
