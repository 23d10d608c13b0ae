"""How a tier looks: its name in its colour."""

from django.utils.html import format_html
from django.utils.safestring import SafeString

from crm_project.templatetags.components import icon
from loyalty.models import Tier


def tier_badge(tier: Tier) -> SafeString:
    """Draw a tier's name in its colour."""
    return badge_of(tier.name, tier.colour)


def badge_of(name: str, colour: str) -> SafeString:
    """Draw a name in one of the colours of tiers."""
    return format_html('<span class="badge tier-{}">{}{}</span>', colour, icon("crown", 14), name)
