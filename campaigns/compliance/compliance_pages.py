"""The pages of compliance: the board of what the law waits for, and what a breach costs."""

from collections.abc import Iterator
from datetime import date

from django.contrib import admin, messages
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from campaigns.compliance import compliance_board, information, penalties, trends
from campaigns.compliance.penalties import Penalty
from campaigns.errors import NotAllowed
from campaigns.models import InformationBasis
from campaigns.notices import drafts
from campaigns.standing import page_of, status_badge
from crm_project.charts import Chart
from crm_project.country_rules import country_rules
from crm_project.templatetags.formats import percent_text, won_short_text
from customers.consent import duties

MAY_SEE = "customers.view_noticeduty"
# Counts half a year of the ledger.
KEPT_SECONDS = 600


def board_page(request: HttpRequest) -> HttpResponse:
    """Show what is due, over which ways it goes out, and what of the accounts is to be mended."""
    if not request.user.has_perm(MAY_SEE):
        raise PermissionDenied
    now = timezone.now()
    today = timezone.localdate(now)
    context = admin.site.each_context(request) | {
        "title": _("What the law asks"),
        "coming": duties.coming_reconfirmations(today),
        "kinds": [_shown_kind(each) for each in compliance_board.duty_standings(now)],
        "accounts": compliance_board.account_standings(now),
        "refusals": compliance_board.refusals(now),
        "opt_out_chart": _opt_outs(today),
        "due_chart": trends.falling_due(today),
        "restrictions": compliance_board.restrictions(),
        "processors": compliance_board.processors_to_tell_of(),
        "has_rules": bool(country_rules().wants_notices),
        "has_missing_drafts": bool(drafts.missing_ways()),
    }
    return render(request, "campaigns/compliance_board.html", context)


def make_drafts(request: HttpRequest) -> HttpResponse:
    """Write the campaigns of notices that are missing, as drafts."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    try:
        made = drafts.make_drafts(request.user)
    except NotAllowed as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    text = ngettext(
        "%(count)d draft is written. Look at it and ask for its review.",
        "%(count)d drafts are written. Look at them and ask for their review.",
        len(made),
    )
    messages.success(request, text % {"count": len(made)})
    return HttpResponseRedirect(reverse("admin:campaigns_compliance"))


def penalties_page(request: HttpRequest) -> HttpResponse:
    """Show what a breach costs, and what counts as advertising; all staff may read it."""
    context = admin.site.each_context(request) | {
        "title": _("What a breach costs"),
        "penalties": [(each, _amount(each)) for each in penalties.in_force(timezone.localdate())],
        "act": penalties.ACT,
        "text_of": penalties.TEXT_OF,
        "examples": list(_examples()),
    }
    return render(request, "campaigns/penalties.html", context)


def _opt_outs(today: date) -> Chart:
    key = f"compliance:opt_outs:{today}:{get_language()}"
    return cache.get_or_set(key, lambda: trends.opt_outs(today), KEPT_SECONDS)


def _shown_kind(kind: compliance_board.DutyStanding) -> dict[str, object]:
    return {
        "kind": kind,
        "label": kind.standing.kind.label,
        "url": f"{reverse('admin:customers_noticeduty_changelist')}?kind={kind.standing.kind}",
        "ways": [{"way": way, "url": page_of(way.campaign), "badge": status_badge(way.campaign)} for way in kind.ways],
    }


def _amount(penalty: Penalty) -> str:
    """Return the most that may follow, in words."""
    won = won_short_text(penalty.won)
    if penalty.turnover_share:
        share = percent_text(penalty.turnover_share, 0)
        return _("up to %(share)s of the turnover, or %(won)s where that is unknown") % {"share": share, "won": won}
    if penalty.years:
        prison = ngettext("up to %(years)d year in prison", "up to %(years)d years in prison", penalty.years)
        return _("%(prison)s, or %(won)s") % {"prison": prison % {"years": penalty.years}, "won": won}
    return _("up to %s") % won


def _examples() -> Iterator[dict[str, object]]:
    for each in information.EXAMPLES:
        yield {
            "message": each.message,
            "is_information": bool(each.basis),
            "basis": InformationBasis(each.basis).label if each.basis else "",
            "turns": each.turns,
        }
