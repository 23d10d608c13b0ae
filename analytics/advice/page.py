"""The page of advice, and putting some of it away."""

from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from analytics import periods
from analytics.advice import asking, putting_away
from analytics.advice.adviser import ADVISERS
from analytics.models import PutAwayAdvice

LONGEST_ABOUT = 100


@permission_required("analytics.view_attributedorder", raise_exception=True)
def advice_page(request: HttpRequest) -> HttpResponse:
    """Show all advice that the reader may act on, and what was put away."""
    away = PutAwayAdvice.objects.filter(until__gt=periods.today()).select_related("put_away_by")
    context = {
        "title": _("Advice"),
        "advice": asking.advice_for(request.user),
        "away": [(each, ADVISERS[each.kind].label) for each in away if _may_see(request, each)],
        "may_put_away": request.user.has_perm("analytics.add_putawayadvice"),
        "days": putting_away.DAYS,
    }
    return render(request, "advice/advice.html", admin.site.each_context(request) | context)


@require_POST
@permission_required(("analytics.view_attributedorder", "analytics.add_putawayadvice"), raise_exception=True)
def put_advice_away(request: HttpRequest) -> HttpResponse:
    """Put away what was posted, or bring it back."""
    kind, _colon, about = request.POST.get("advice", "").partition(":")
    if kind not in ADVISERS or len(about) > LONGEST_ABOUT or "\0" in about:
        raise Http404
    if not request.user.has_perms(ADVISERS[kind].permissions):
        raise PermissionDenied
    if "back" in request.POST:
        putting_away.bring_back(kind, about)
    else:
        putting_away.put_away(kind, about, by=request.user)
        messages.success(request, _("Put away for %d days. It stands at the foot of this page.") % putting_away.DAYS)
    return redirect("advice")


def _may_see(request: HttpRequest, away: PutAwayAdvice) -> bool:
    return away.kind in ADVISERS and request.user.has_perms(ADVISERS[away.kind].permissions)
