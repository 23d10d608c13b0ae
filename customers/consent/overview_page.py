"""The consent overview: who may be written to over which channel, how that moves, and what the law waits for."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from crm_project.charts import Chart, Series
from customers.consent import duties, overview
from customers.consent.overview import Week
from customers.consent.wordings import current_wordings
from customers.customer_lists import CHANNEL_ICONS
from customers.models.consent import Channel, Purpose

WEEKS_SUMMED = 4


def overview_page(request: HttpRequest) -> HttpResponse:
    """Show the standing of every channel and the course of grants and withdrawals."""
    if not request.user.has_perm("customers.view_consentstate"):
        raise PermissionDenied
    today = timezone.localdate()
    chosen = request.GET.get("channel", "")
    chosen = chosen if chosen in Channel else ""
    weeks, standing = overview.weeks(today, chosen), overview.standing()
    context = admin.site.each_context(request) | {
        "title": _("Consent to receive"),
        "standing": standing,
        "channels": [(each, CHANNEL_ICONS[each.channel]) for each in standing.channels],
        "tabs": _tabs(),
        "chosen": chosen,
        "chart": _chart(weeks),
        "lately": _lately(weeks),
        "coming": duties.coming_reconfirmations(today),
        "standings": _duty_tiles(request),
        "missing_words": _missing_words(),
        "may_write_words": request.user.has_perm("customers.add_consentwording"),
    }
    return render(request, "consent/overview.html", context)


def _tabs() -> list[dict[str, object]]:
    everything = {"key": "", "label": _("All channels"), "url": "?"}
    return [everything, *({"key": each, "label": each.label, "url": f"?channel={each}"} for each in Channel)]


def _chart(weeks: list[Week]) -> Chart:
    return Chart(
        title="",
        labels=[f"{week.first:%m-%d}" for week in weeks],
        series=[
            Series(_("Granted"), [week.granted for week in weeks], "good"),
            Series(_("Withdrawn"), [week.withdrawn for week in weeks], "bad"),
        ],
        x=_("Week from Monday"),
        y=_("Customers"),
    )


def _lately(weeks: list[Week]) -> dict[str, int]:
    """Return the sums of the last four whole weeks."""
    whole = weeks[-WEEKS_SUMMED - 1 : -1]
    granted, withdrawn = sum(week.granted for week in whole), sum(week.withdrawn for week in whole)
    return {"granted": granted, "withdrawn": withdrawn, "net": granted - withdrawn}


def _duty_tiles(request: HttpRequest) -> list[dict[str, object]]:
    if not request.user.has_perm("customers.view_noticeduty"):
        return []
    board = reverse("admin:customers_noticeduty_changelist")
    return [
        {
            "label": each.kind.label,
            "open": each.open,
            "overdue": each.overdue,
            "url": f"{board}?kind={each.kind}",
            "tone": "bad" if each.overdue else "wait" if each.open else "",
        }
        for each in duties.standings(timezone.now())
    ]


def _missing_words() -> list[object]:
    """Return the purposes without published words: nobody can agree to those by the preference page."""
    published = current_wordings()
    return [purpose.label for purpose in Purpose if purpose not in published]
