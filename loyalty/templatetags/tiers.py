"""Tiers in templates: their badge, amounts as the ladder counts them, and the picture of who moves."""

from typing import Any

from django import template
from django.utils.safestring import SafeString

from loyalty.models import Tier
from loyalty.tiers import flow_chart, tier_badges
from loyalty.tiers.preview import Movement
from loyalty.tiers.standings import amount_words

register = template.Library()


@register.simple_tag
def tier_badge(tier: Tier) -> SafeString:
    """Draw a tier's name in its colour."""
    return tier_badges.tier_badge(tier)


@register.simple_tag
def tier_amount(basis: str, amount: int) -> str:
    """Say an amount as a ladder counts it."""
    return amount_words(basis, amount)


@register.inclusion_tag("loyalty/tiers/flows.html")
def tier_flows(movement: Movement, before: object, after: object) -> dict[str, Any]:
    """Draw who moves from which tier to which, with the same as a table. `before` and `after` head the columns."""
    return {"drawing": flow_chart.draw(movement), "movement": movement, "before": before, "after": after}
