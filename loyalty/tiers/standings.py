"""Where customers stand, in words: the tier, what it gives, and what is missing by when. Reads what was settled."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm_project.templatetags.formats import in_korean, number_text, won_text
from loyalty.models import Tier, TierRuleVersion, TierStanding
from loyalty.tiers import ladder

Basis = TierRuleVersion.Basis
# The percent of ordinary points that a customer's tier gives, of those for whom it is not 100.
POINTS_PERCENT = """
SELECT standing.customer_id, tier.points_percent
FROM loyalty_tierstanding AS standing JOIN loyalty_tier AS tier ON tier.id = standing.tier_id
WHERE tier.points_percent <> 100
"""
# From so many days before the evaluation on, what is missing to keep a tier is said.
SAID_BEFORE_DAYS = 90


@dataclass(frozen=True, slots=True)
class Standing:
    """A customer's tier and how far the next one is; amounts are won, orders or points, as `basis` says."""

    tier: Tier
    basis: str
    amount: int = 0
    since: datetime | None = None
    next_tier: Tier | None = None
    missing: int | None = None
    reach_by: date | None = None
    keep_missing: int = 0
    judged_on: date | None = None

    @property
    def forecast(self) -> str:
        """Say what is missing to the next tier: “32,000 won to Gold by 31 Dec”; empty on the highest one."""
        if self.next_tier is None or self.missing is None:
            return ""
        words = {"amount": amount_words(self.basis, self.missing), "tier": self.next_tier.name}
        if self.reach_by is None:
            return _("%(amount)s to %(tier)s") % words
        return _("%(amount)s to %(tier)s by %(day)s") % (words | {"day": day_words(self.reach_by)})

    @property
    def is_at_risk(self) -> bool:
        """Tell whether the tier would be lost at the next evaluation, and that is near."""
        if not self.keep_missing or self.judged_on is None:
            return False
        return (self.judged_on - timezone.localdate()).days <= SAID_BEFORE_DAYS

    @property
    def risk(self) -> str:
        """Say what is missing to keep the tier; empty where nothing is, or the evaluation is far."""
        if not self.is_at_risk or self.judged_on is None:
            return ""
        return _("%(amount)s more before %(day)s to stay %(tier)s") % {
            "amount": amount_words(self.basis, self.keep_missing),
            "tier": self.tier.name,
            "day": day_words(self.judged_on),
        }


def standings(customer_ids: Collection[int]) -> dict[int, Standing]:
    """Return where each of these customers stands, in three queries whatever their number; none without a ladder."""
    version = ladder.newest()
    if version is None:
        return {}
    base = Standing(version.thresholds.select_related("tier").get(rank=1).tier, version.basis)
    rows = TierStanding.objects.filter(pk__in=list(customer_ids)).select_related("tier", "next_tier")
    found = {row.pk: _standing(row, version.basis) for row in rows}
    return {customer_id: found.get(customer_id, base) for customer_id in customer_ids}


def standing_of(customer_id: int) -> Standing | None:
    """Return where a customer stands; None without a ladder."""
    return standings([customer_id]).get(customer_id)


def points_percent(customer_ids: Collection[int]) -> dict[int, int]:
    """Return the percent of ordinary points that each of these customers' tiers gives: 100, or what the ladder says."""
    rows = TierStanding.objects.filter(pk__in=list(customer_ids)).values_list("pk", "tier__points_percent")
    return dict.fromkeys(customer_ids, 100) | dict(rows)


def amount_words(basis: str, amount: int) -> str:
    """Say an amount as a ladder counts it: 32,000원, 3 orders, 1,200 points."""
    if basis == Basis.NET_SPEND:
        return won_text(amount)
    if basis == Basis.ORDERS:
        return ngettext("%(count)s order", "%(count)s orders", amount) % {"count": number_text(amount)}
    return ngettext("%(count)s point", "%(count)s points", amount) % {"count": number_text(amount)}


def day_words(day: date) -> str:
    """Say a day without its year, and with it where it is not this one: 31 Dec, 12월 31일."""
    if in_korean():
        year = "" if day.year == timezone.localdate().year else f"{day.year}년 "
        return f"{year}{day.month}월 {day.day}일"
    return date_format(day, "j M" if day.year == timezone.localdate().year else "j M Y")


def _standing(row: TierStanding, basis: str) -> Standing:
    return Standing(
        tier=row.tier,
        basis=basis,
        amount=row.amount,
        since=row.since,
        next_tier=row.next_tier,
        missing=row.missing,
        reach_by=row.reach_by,
        keep_missing=row.keep_missing,
        judged_on=row.judged_on,
    )
