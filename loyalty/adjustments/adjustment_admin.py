"""The page of adjustments to agree to: what waits, with what one decides by; below it what was decided."""

from collections.abc import Callable

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from crm_project.read_only_admin import ReadOnlyAdmin
from crm_project.typed_words import typed_words
from customers.masking import CustomerView
from loyalty.adjustments import asking
from loyalty.errors import LedgerRefused
from loyalty.ledger.corrections import MAY_APPROVE
from loyalty.models import AskedAdjustment

WAITING_SHOWN = 50
DECIDED_SHOWN = 50
MAY_ADJUST = "loyalty.adjust_points"
MAY_SEE = "loyalty.view_askedadjustment"
TONES = {"agreed": "good", "refused": "bad", "withdrawn": "quiet", "waiting": "wait"}


@admin.register(AskedAdjustment)
class AskedAdjustmentAdmin(ReadOnlyAdmin):
    """Adjustments that one person alone may not book. Nobody edits them: they are agreed to, refused or taken back."""

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view
        acts = (("agree", agree), ("refuse", refuse), ("withdraw", withdraw))
        own = [
            path(f"<int:asked_id>/{name}/", guard(act), name=f"loyalty_askedadjustment_{name}") for name, act in acts
        ]
        return [*own, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Show what waits and what was decided."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = AskedAdjustment.objects.select_related("account__customer", "asked_by", "decided_by")
        waiting = rows.filter(status=AskedAdjustment.Status.WAITING).order_by("asked_at", "pk")[:WAITING_SHOWN]
        decided = rows.exclude(status=AskedAdjustment.Status.WAITING).order_by("-decided_at", "-pk")[:DECIDED_SHOWN]
        may_decide = request.user.has_perm(MAY_APPROVE)
        return render(request, "points/adjustments.html", admin.site.each_context(request) | {
            "title": _("Adjustments to agree to"),
            "waiting": [_drawn(each, request, may_decide=may_decide) for each in waiting],
            "decided": [(each, CustomerView(each.account.customer).title, TONES[each.status]) for each in decided],
        })  # fmt: skip


def agree(request: HttpRequest, asked_id: int) -> HttpResponse:
    """Agree to an adjustment, which books it."""
    return _decided(
        request,
        asked_id,
        MAY_APPROVE,
        lambda asked: asking.agree(asked.pk, by=request.user, note=typed_words(request, "note")),
        _("Agreed and booked, with both names."),
    )


def refuse(request: HttpRequest, asked_id: int) -> HttpResponse:
    """Refuse an adjustment with a note."""
    return _decided(
        request,
        asked_id,
        MAY_APPROVE,
        lambda asked: asking.refuse(asked.pk, by=request.user, note=typed_words(request, "note")),
        _("Refused. Who asked sees why on this page."),
    )


def withdraw(request: HttpRequest, asked_id: int) -> HttpResponse:
    """Take back what one asked for."""
    return _decided(
        request,
        asked_id,
        MAY_ADJUST,
        lambda asked: asking.withdraw(asked.pk, by=request.user),
        _("Taken back. Nothing was booked."),
    )


def _decided(
    request: HttpRequest, asked_id: int, needed: str, act: Callable[[AskedAdjustment], object], said: str
) -> HttpResponse:
    """Do an act that only a POST does, and lead back to the page with what came of it."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if not request.user.has_perms([needed, MAY_SEE]):
        raise PermissionDenied
    asked = get_object_or_404(AskedAdjustment, pk=asked_id)
    try:
        act(asked)
    except LedgerRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, said)
    return HttpResponseRedirect(reverse("admin:loyalty_askedadjustment_changelist"))


def _drawn(asked: AskedAdjustment, request: HttpRequest, *, may_decide: bool) -> dict[str, object]:
    is_own = asked.asked_by_id == request.user.pk
    return {
        "asked": asked,
        "dialog": f"refuse-{asked.pk}",
        "member": CustomerView(asked.account.customer).title,
        "after": asked.account.available + asked.points,
        "may_decide": may_decide and not is_own,
        "may_withdraw": is_own,
    }
