"""Advertising or information (L-30 … L-32): the examples for the help page, and who vouched for what sounds like it."""

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.compliance.authored import written_for
from campaigns.compliance.wording import promotional_words
from campaigns.errors import NotReady
from campaigns.models import Acknowledgement, Campaign, InformationBasis


@dataclass(frozen=True, slots=True)
class Example:
    """A message and what it counts as: `basis` where it may be information, "" where it is advertising for sure."""

    message: str | Promise
    basis: str = ""
    turns: str | Promise = ""


EXAMPLES = (
    Example(gettext_lazy("order received, paid, shipped, cancelled, refunded"), InformationBasis.ORDER),
    Example(
        gettext_lazy("result of a sign-up, password, security, recall, warranty, change of the terms"),
        InformationBasis.ACCOUNT,
    ),
    Example(
        gettext_lazy("change of the tier"),
        InformationBasis.TIER,
        gettext_lazy("with what the tier brings, coupons or “shop now”"),
    ),
    Example(
        gettext_lazy("balance of points"), InformationBasis.POINTS, gettext_lazy("once it says where to spend them")
    ),
    Example(
        gettext_lazy("expiry of points or coupons that were earned by buying, under the terms"),
        InformationBasis.EXPIRY,
        gettext_lazy("for anything that was given away"),
    ),
    Example(
        gettext_lazy("coupon that the contract obliges the shop to issue"),
        InformationBasis.OWED_COUPON,
        gettext_lazy("for every other coupon"),
    ),
    Example(gettext_lazy("goods are back that the customer asked about, once"), InformationBasis.RESTOCK),
    Example(
        gettext_lazy("survey, request to confirm a purchase"),
        InformationBasis.SURVEY,
        gettext_lazy("with a reward, or for one product"),
    ),
    Example(gettext_lazy("notices about consent and personal data, alone"), InformationBasis.CONSENT),
    Example(gettext_lazy("reminder of the cart")),
    Example(gettext_lazy("time to buy again, win-back, new goods, lower prices, guide for VIPs")),
    Example(gettext_lazy("wishes for a birthday or an anniversary")),
    Example(gettext_lazy("request for a review, for points")),
    Example(gettext_lazy("newsletter to members")),
)


def promotion_in(campaign: Campaign) -> list[str]:
    """Return the words of an informational campaign that make it read like advertising, and its coupons (L-32)."""
    if campaign.purpose != Campaign.MessagePurpose.INFORMATION:
        return []
    given = [step.coupon for step in campaign.steps.select_related("coupon") if step.coupon]
    coupons = {coupon.name for coupon in (*campaign.coupons.all(), *given)}
    return sorted(coupons.union(promotional_words(written_for(campaign))))


def unacknowledged(campaign: Campaign) -> list[str]:
    """Return those of these words that nobody vouched for yet."""
    words = promotion_in(campaign)
    vouched = {word for entry in campaign.acknowledgements.all() for word in entry.words} if words else set()
    return [word for word in words if word not in vouched]


def acknowledge(campaign: Campaign, *, reason: str, by: User) -> Acknowledgement:
    """Record why the words stand there although the message is information; they pass the review then.

    Raises:
        NotReady: no reason, or no word to vouch for.
    """
    words = unacknowledged(campaign)
    if not reason.strip():
        raise NotReady([_("Say why it is no advertising, for the reviewer and for the authority.")])
    if not words:
        raise NotReady([_("Nothing in it reads like advertising any more.")])
    return Acknowledgement.objects.create(
        campaign=campaign, words=words, reason=reason.strip()[:300], acknowledged_by=by
    )


def carry_over(origin: Campaign, copy: Campaign) -> None:
    """Let a copy of a campaign be vouched for as its origin is."""
    copies = [
        Acknowledgement(campaign=copy, words=each.words, reason=each.reason, acknowledged_by_id=each.acknowledged_by_id)
        for each in (origin.acknowledgements.all() if origin.pk else ())
    ]
    Acknowledgement.objects.bulk_create(copies)


def problems(campaign: Campaign) -> list[str]:
    """Return what keeps the campaign from counting as what it says it is."""
    if not campaign.purpose:
        return [_("Say whether it is advertising or information.")]
    if campaign.purpose != Campaign.MessagePurpose.INFORMATION:
        return []
    found = []
    if campaign.information_basis not in InformationBasis:
        found.append(_("Choose what transaction or duty the information serves (L-30)."))
    words = unacknowledged(campaign)
    if words:
        message = _("It reads like advertising: %s. Take that out, or say why it is none (L-32).")
        found.append(message % ", ".join(words))
    return found
