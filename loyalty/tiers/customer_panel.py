"""What tiers put on the customer page and into the list: the mark, the card, and the periods in the timeline."""

from collections.abc import Collection
from datetime import datetime

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import Customer
from customers.profile.marks import mark
from customers.profile.panels import panel
from customers.profile.timeline import TimelineItem, earlier, timeline_source
from loyalty.models import TierPeriod
from loyalty.tiers.standings import Standing, standing_of, standings
from loyalty.tiers.tier_badges import tier_badge


@mark("tier", label=gettext_lazy("tier"), permission="loyalty.view_tier")
def marks(customer_ids: Collection[int]) -> dict[int, SafeString]:
    """Return each customer's tier; nothing without a ladder."""
    return {customer_id: tier_badge(found.tier) for customer_id, found in standings(customer_ids).items()}


@panel("tiers", title=gettext_lazy("Tier"), icon="crown", order=45)
def draw(customer: Customer, request: HttpRequest) -> SafeString | None:
    """Return the card's content: the tier, how far the next one is, what the tier gives."""
    if not request.user.has_perm("loyalty.view_tier"):
        return None
    standing = standing_of(customer.pk)
    if standing is None:
        return None
    context = {"customer": customer, "standing": standing, "share": share_of(standing)}
    return render_to_string("loyalty/tiers/customer_panel.html", context)


@timeline_source("tiers", label=gettext_lazy("Tiers"), icon="crown")
def periods(customer_id: int, before: datetime | None, limit: int) -> list[TimelineItem]:
    """Return when the customer rose and fell."""
    rows = TierPeriod.objects.filter(customer=customer_id).select_related("tier", "previous_tier")
    newest = earlier(rows, "started_at", before).order_by("-started_at", "-pk")
    return [_happening(period) for period in newest[:limit]]


def share_of(standing: Standing) -> int:
    """Return how much of the way to the next tier is done, in whole percent, 0 to 100."""
    if not standing.missing:
        return 100
    threshold = standing.amount + standing.missing
    return max(0, min(100, standing.amount * 100 // threshold)) if threshold > 0 else 0


def _happening(period: TierPeriod) -> TimelineItem:
    title = _("Rose to the tier %(tier)s") if period.is_rise else _("Came down to the tier %(tier)s")
    return TimelineItem(
        at=period.started_at,
        kind="tiers",
        title=title % {"tier": period.tier.name},
        detail=period.get_cause_display(),
        icon="trending-up" if period.is_rise else "trending-down",
        tone="good" if period.is_rise else "wait",
    )
