"""Trying an automation before it runs: on one customer step by step, and on what happened in the last months."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from campaigns.automation.back_test import BackTest
from campaigns.automation.checks import what_is_missing
from campaigns.automation.dry_run import DryRun, dry_run
from campaigns.automation_pages.automation_standing import pages_of, status_badge, version_badge
from campaigns.automation_pages.expected_entries import tested_on
from campaigns.automation_pages.path_picture import LOOKS, title_of
from campaigns.models import Automation, AutomationVersion
from campaigns.standing import sees_names
from crm_project.charts import Chart, Series
from crm_project.errors import BusinessError
from crm_project.templatetags.formats import ago_text, moment_text
from customers import access_log
from customers.customer_lists import customers_found
from customers.masking import mask_name
from customers.models import AccessLogEntry, Customer

SPANS = (30, 90, 180)
DAYS = 90
OPEN_FIRST = ("draft", "in_review", "live", "retired")
BORDERS = {"enter": ("play", "accent"), "finish": ("flag", "quiet")}


class AutomationTrial:
    """The part of the automations' ModelAdmin that tries them."""

    def get_urls(self) -> list[URLPattern]:
        trial = self.admin_site.admin_view(self.trial)
        return [path("<int:automation_id>/trial/", trial, name="campaigns_automation_trial"), *super().get_urls()]

    def trial(self, request: HttpRequest, automation_id: int) -> HttpResponse:
        """Show what would have happened, and what would happen to the customer who is asked for."""
        automation = get_object_or_404(Automation, pk=automation_id)
        if not self.has_view_permission(request, automation):
            raise PermissionDenied
        version = _newest(automation)
        days = _days_asked(request)
        tested = tested_on(version, days=days)
        context = self.admin_site.each_context(request) | {
            "title": automation.name,
            "automation": automation,
            "version": version,
            "badge": status_badge(automation),
            "version_badge": version_badge(version),
            "pages": pages_of(automation),
            "days": days,
            "spans": SPANS,
            "refusal": tested if isinstance(tested, str) else "",
            **(_of_history(tested, automation) if isinstance(tested, BackTest) else {}),
            **self._of_customer(request, version),
        }
        return render(request, "campaigns/automation/trial.html", context)

    def _of_customer(self, request: HttpRequest, version: AutomationVersion) -> dict[str, Any]:
        """Return what would happen to the customer that was typed, for whoever may look at customers."""
        typed = request.GET.get("customer", "").replace("\0", "").strip()[:100]
        may_choose = request.user.has_perm("customers.view_customer")
        if not (typed and may_choose):
            return {"may_choose": may_choose, "typed": ""}
        access_log.record(request, AccessLogEntry.Action.SEARCH)
        found = list(customers_found(Customer.objects.living().order_by("pk"), typed)[:2])
        if len(found) != 1:
            said = (
                _("Nobody is found for “%s”.") if not found else _("Several are found for “%s”. Give the whole number.")
            )
            return {"may_choose": True, "typed": typed, "not_found": said % typed}
        access_log.record(request, AccessLogEntry.Action.VIEW, customer=found[0])
        name = found[0].name if sees_names(request.user) else mask_name(found[0].name)
        return {"may_choose": True, "typed": typed, "customer": found[0], "name": name, **_tried(version, found[0])}


def _tried(version: AutomationVersion, customer: Customer) -> dict[str, Any]:
    missing = what_is_missing(version)
    if missing:
        return {"run_refusal": missing[0]}
    try:
        run = dry_run(version, customer, now=timezone.now())
    except BusinessError as refusal:
        return {"run_refusal": str(refusal)}
    return {"run": run, "verdict": _verdict(run), "moments": [_moment(each) for each in run.moments]}


def _verdict(run: DryRun) -> str:
    if run.last_at:
        return _("It last happened at %(moment)s, %(ago)s.") % {
            "moment": moment_text(run.last_at),
            "ago": ago_text(run.last_at),
        }
    return _("It has not happened to this customer in the last 90 days. Shown as if it happened now.")


def _moment(moment: Any) -> dict[str, Any]:
    icon, tone = BORDERS.get(moment.kind) or LOOKS[moment.kind]
    return {"at": moment.at, "title": capfirst(moment.words), "detail": moment.why, "icon": icon, "tone": tone}


def _of_history(tested: BackTest, automation: Automation) -> dict[str, Any]:
    chart = Chart(
        title=_("Entries by day"),
        labels=[f"{day:%m-%d}" for day, _count in tested.by_day],
        series=[Series(_("would have entered"), [count for _day, count in tested.by_day])],
        x=_("Day"),
        y=_("People"),
    )
    reached = [
        {
            "label": title_of(each.step, within=automation),
            "reached": each.reached,
            "left": each.left,
            "later": each.later,
        }
        for each in tested.messages
    ]
    return {"tested": tested, "chart": chart, "reached": reached, "a_day": tested.entered / tested.days}


def _newest(automation: Automation) -> AutomationVersion:
    """Return the draft, else what waits for a decision, else what is in force."""
    known = automation.versions.select_related("automation", "segment", "excluded_segment")
    return min(known, key=lambda version: (OPEN_FIRST.index(version.status), -version.number))


def _days_asked(request: HttpRequest) -> int:
    asked = request.GET.get("days", "")
    return int(asked) if asked in map(str, SPANS) else DAYS
