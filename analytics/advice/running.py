"""Which automations are running and what they begin with: what several advisers ask."""

from contextlib import suppress

from django.db.models import QuerySet
from django.urls import NoReverseMatch, reverse

from campaigns.models import Automation, AutomationVersion


def running_versions(*triggers: str) -> QuerySet[AutomationVersion]:
    """Return the versions in force of running automations, of all or of those that begin with one of the triggers."""
    live = AutomationVersion.objects.filter(
        status=AutomationVersion.Status.LIVE, automation__status=Automation.Status.ACTIVE
    )
    return (live.filter(trigger__in=triggers) if triggers else live).select_related("automation")


def is_any_running(*triggers: str) -> bool:
    """Tell whether an automation that begins with one of the triggers is running."""
    return running_versions(*triggers).exists()


def address_of_automation(automation_id: int) -> str:
    """Return the address of an automation's editor."""
    return reverse("admin:campaigns_automation_change", args=[automation_id])


def address_of_recipes(*, otherwise: str = "") -> str:
    """Return the address of the recipes, or of something else where the shop has none."""
    with suppress(NoReverseMatch):
        return reverse("admin:campaigns_recipes")
    return otherwise
