"""Advice about automations: one that sends nothing, one whose reminder comes after people have bought again."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.advice.adviser import Adviser, Finding, Said, adviser
from analytics.advice.running import address_of_automation, running_versions
from analytics.models import CampaignDay
from campaigns.models import AutomationStep, AutomationVersion
from customers.cycles.pauses import ENOUGH_OF_ALL
from customers.cycles.reading import FAIRLY_SURE
from customers.models import CategoryCycle

SILENT_DAYS = 14
# A reminder may come so much after the middle of the cycle before it is said, in days and as a share of the cycle.
LATE_DAYS, LATE_SHARE = 3, 0.2
# Triggers that begin with an order, narrowed to categories by their settings.
OF_ORDERS = ("every_order", "order_delivered", "nth_order", "first_order")


class AboutAutomations(Adviser):
    """What advisers of automations share."""

    permissions = ("campaigns.view_automation",)
    tone = "wait"


@adviser
class SilentAutomation(AboutAutomations):
    """A running automation that has sent nothing for two weeks, although it was in force all the time."""

    key = "silent_automation"
    label = gettext_lazy("an automation that sends nothing")
    icon = "bell"

    def ask(self, today: date) -> list[Finding]:
        since = today - timedelta(days=SILENT_DAYS)
        begun_by = datetime.combine(since, time(), tzinfo=timezone.get_default_timezone())
        automations = {
            each.automation_id: each.automation for each in running_versions().filter(live_from__lt=begun_by)
        }
        sums = CampaignDay.objects.filter(campaign__automation__in=automations, day__gte=since).order_by()
        sent = dict(sums.values_list("campaign__automation").annotate(Sum("sent")))
        silent = [each for pk, each in automations.items() if not sent.get(pk)]
        return [Finding(str(each.pk), {"name": each.name}) for each in sorted(silent, key=lambda each: each.name)]

    def say(self, finding: Finding) -> Said:
        told = {"name": finding.numbers["name"], "days": SILENT_DAYS}
        return Said(
            _("“%(name)s”: 0 sent in %(days)d days") % told,
            _("It is running. See whether anybody enters, and why those inside get nothing."),
            address_of_automation(int(finding.about)),
            _("Open"),
        )


@adviser
class ReminderOffCycle(AboutAutomations):
    """An automation whose first message comes well after the middle of the cycle of the category it is about."""

    key = "reminder_off_cycle"
    label = gettext_lazy("a reminder after the cycle")
    icon = "clock"

    def ask(self, today: date) -> list[Finding]:
        of_orders = running_versions(*OF_ORDERS).prefetch_related("steps")
        narrowed = [each for each in of_orders if each.trigger_settings.get("categories")]
        categories = {name for each in narrowed for name in each.trigger_settings["categories"]}
        sure = CategoryCycle.objects.filter(gaps__gte=ENOUGH_OF_ALL, confidence__gte=FAIRLY_SURE)
        cycles = dict(sure.filter(category__in=categories).values_list("category", "median_days"))
        return [found for version in narrowed for found in _late(version, cycles)]

    def say(self, finding: Finding) -> Said:
        text = _("“%(name)s” writes when more than half of those who buy “%(category)s” again have done so.")
        return Said(
            _("The cycle of “%(category)s” is %(cycle)d days; your reminder is on day %(day)d") % finding.numbers,
            text % finding.numbers,
            address_of_automation(int(finding.about.partition("/")[0])),
            _("Open"),
        )


def _late(version: AutomationVersion, cycles: dict[str, int]) -> Iterable[Finding]:
    day = day_of_first_message(version)
    for category in version.trigger_settings["categories"]:
        cycle = cycles.get(category)
        if day is not None and cycle and day > cycle + max(LATE_DAYS, cycle * LATE_SHARE):
            numbers = {"name": version.automation.name, "category": category, "cycle": cycle, "day": day}
            yield Finding(f"{version.automation_id}/{category}", numbers)


def day_of_first_message(version: AutomationVersion) -> int | None:
    """Return on which day after its beginning the first message of a version leaves; None where it tells no day."""
    day = 0
    outermost = [step for step in version.steps.all() if step.parent_id is None]
    branching = {step.parent_id for step in version.steps.all()}
    for step in sorted(outermost, key=lambda step: step.position):
        if step.kind == AutomationStep.Kind.MESSAGE:
            return day
        # Which way somebody goes there, and so when they are first written to, depends on them.
        if step.pk in branching:
            return None
        if "after_anchor_days" in step.settings:
            day = step.settings["after_anchor_days"]
        day += step.settings.get("days", 0)
    return None
