"""The pages of one coupon: its editor with the coupon beside it, and what became of it."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from crm_project.charts import Chart, Series
from crm_project.templatetags.formats import moment_text, number_text, percent_text
from loyalty.coupons import choosing, codes, coupon_words, definitions, figures, sentences
from loyalty.coupons.coupon_form import CouponForm
from loyalty.errors import CouponRefused
from loyalty.models import Coupon, CouponIssue

ISSUES_SHOWN = 20


def add(request: HttpRequest) -> HttpResponse:
    """Write a new coupon, or one that begins as a copy."""
    original = Coupon.objects.filter(pk=_number(request.GET.get("from", ""))).first()
    draft = definitions.copy_of(original) if original else Coupon(source=Coupon.OWN)
    return _editor(request, draft)


def edit(request: HttpRequest, coupon_id: int) -> HttpResponse:
    """Change what may still change."""
    coupon = get_object_or_404(Coupon, pk=coupon_id, source=Coupon.OWN)
    return _editor(request, coupon)


def show(request: HttpRequest, coupon: Coupon) -> HttpResponse:
    """Show a draft to who may write it, and everything else as what became of it."""
    if coupon.is_promised or not request.user.has_perm("loyalty.change_coupon"):
        return _course(request, coupon)
    return _editor(request, coupon, address=address_of(coupon, "edit"))


@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """Answer with the coupon as it is typed: one sentence, the customer's view, what is missing. Stores nothing."""
    coupon = Coupon.objects.filter(pk=_number(request.GET.get("coupon", "")), source=Coupon.OWN).first()
    form = CouponForm(request.POST, instance=coupon or Coupon(source=Coupon.OWN))
    form.is_valid()
    return render(request, "coupons/preview.html", _drawn(form.instance) | {"problems": form.errors.items()})


@require_GET
def choices(request: HttpRequest) -> JsonResponse:
    """Find products, categories or stores by what is typed."""
    return JsonResponse({"choices": choosing.choices(request.GET.get("of", ""), request.GET.get("q", ""))})


@require_POST
def start(request: HttpRequest, coupon_id: int) -> HttpResponse:
    """Offer the coupon from now on."""
    coupon = get_object_or_404(Coupon, pk=coupon_id)
    try:
        definitions.start(coupon)
    except CouponRefused as refusal:
        messages.error(request, str(refusal))
    else:
        _log(request, coupon, "Started.")
        messages.success(request, _("“%(name)s” runs. Issue it to a segment, or make codes.") % {"name": coupon})
    return HttpResponseRedirect(address_of(coupon))


@require_POST
def stop(request: HttpRequest, coupon_id: int) -> HttpResponse:
    """Let nobody use the coupon for the time being."""
    coupon = get_object_or_404(Coupon, pk=coupon_id)
    try:
        definitions.stop(coupon)
    except CouponRefused as refusal:
        messages.error(request, str(refusal))
    else:
        _log(request, coupon, "Stopped.")
        messages.success(request, _("“%(name)s” is stopped. Those who hold one keep it.") % {"name": coupon})
    return HttpResponseRedirect(address_of(coupon))


def address_of(coupon: Coupon, page: str = "change") -> str:
    """Return the address of a page of the coupon."""
    return reverse(f"admin:loyalty_coupon_{page}", args=[coupon.pk])


def _editor(request: HttpRequest, coupon: Coupon, *, address: str = "") -> HttpResponse:
    form = CouponForm(request.POST or None, instance=coupon)
    if request.method == "POST" and form.is_valid():
        try:
            return _store(request, form)
        except CouponRefused as refusal:
            form.add_error(None, str(refusal))
    context = _frame(request, coupon.name or _("New coupon")) | _drawn(form.instance)
    return render(
        request, "coupons/edit.html", context | {"form": form, "address": address, "show_errors": form.is_bound}
    )


def _store(request: HttpRequest, form: CouponForm) -> HttpResponse:
    coupon, is_new = form.instance, form.instance.pk is None
    definitions.save(coupon, by=request.user)
    _log(request, coupon, "Made." if is_new else f"Changed: {', '.join(form.changed_data)}.")
    if "_start" not in request.POST:
        messages.success(request, _("“%(name)s” is saved.") % {"name": coupon})
        return HttpResponseRedirect(address_of(coupon))
    if not request.user.has_perm("loyalty.change_coupon"):
        raise PermissionDenied
    return start(request, coupon.pk)


def _drawn(coupon: Coupon) -> dict[str, object]:
    """Return what the customer's view of the coupon is drawn with."""
    code = coupon.shared_code if coupon.codes == Coupon.Codes.SHARED else codes.shown("7KQ2M9XT4DWB")
    return {
        "coupon": coupon,
        "benefit": sentences.benefit(coupon),
        "sentence": sentences.sentence(coupon),
        "conditions": sentences.conditions(coupon),
        "code": code,
    }


def _course(request: HttpRequest, coupon: Coupon) -> HttpResponse:
    """Show what became of a coupon: how many were issued, used and expired, and what it cost and brought."""
    may = {name: request.user.has_perm(f"loyalty.{name}") for name in ("change_coupon", "issue_coupon")}
    may["download_codes"] = request.user.has_perm("loyalty.download_codes")
    issues = coupon.issues.select_related("segment", "made_by").order_by("-pk")[:ISSUES_SHOWN]
    is_running = coupon.status == Coupon.Status.RUNNING and not coupon.is_history
    context = _frame(request, coupon.name) | _drawn(coupon)
    context |= {
        "state": coupon_words.state_badge(coupon),
        "stages": _stages(coupon),
        "held": figures.held_of(coupon),
        "per_won": coupon.revenue_total / coupon.discount_total if coupon.discount_total else None,
        "chart": _chart(coupon),
        "issues": [_issue_row(issue) for issue in issues],
        "is_moving": any(issue.status == CouponIssue.Status.RUNNING for issue in issues),
        "may": may,
        "is_running": is_running,
        "is_startable": coupon.status == Coupon.Status.STOPPED and not coupon.is_history,
        "is_issued": coupon.codes == Coupon.Codes.EACH,
        "facts": _facts(coupon),
    }
    return render(request, "coupons/course.html", context)


def _stages(coupon: Coupon) -> list[dict[str, object]]:
    if not coupon.issued_count:
        return []
    return [
        {"label": _("Issued"), "count": coupon.issued_count},
        {"label": _("Used"), "count": min(coupon.used_count, coupon.issued_count), "tone": "good"},
    ]


def _chart(coupon: Coupon) -> Chart | None:
    days = figures.uses_by_day(coupon, timezone.localdate())
    if not any(uses for _day, uses in days):
        return None
    return Chart(
        title="",
        labels=[f"{day:%m-%d}" for day, _uses in days],
        series=[Series(_("Coupons used"), [uses for _day, uses in days])],
        x=_("Day"),
        y=_("Coupons used"),
    )


def _issue_row(issue: CouponIssue) -> dict[str, object]:
    who = issue.made_by.get_full_name() or issue.made_by.get_username() if issue.made_by else ""
    return {
        "issue": issue,
        "what": issue.segment.name if issue.segment else issue.note,
        "state": coupon_words.issue_badge(issue),
        "has_codes": issue.origin == CouponIssue.Origin.CODES,
        "when": moment_text(issue.made_at),
        "who": who,
        "is_moving": issue.status == CouponIssue.Status.RUNNING,
        "whole": max(issue.wanted, issue.issued_count, 1),
    }


def _facts(coupon: Coupon) -> list[tuple[str, str]]:
    facts = [
        (_("Number"), coupon.external_id),
        (_("Code"), coupon.shared_code or ""),
        (_("Used of all"), _used_of_all(coupon)),
        (_("Price in points"), number_text(coupon.points_price) if coupon.points_price else ""),
        (_("Made"), moment_text(coupon.made_at)),
    ]
    return [(label, value) for label, value in facts if value]


def _used_of_all(coupon: Coupon) -> str:
    if not coupon.total_limit:
        return ""
    share = percent_text(coupon.used_count / coupon.total_limit, 0)
    return f"{number_text(coupon.used_count)} / {number_text(coupon.total_limit)} ({share})"


def _frame(request: HttpRequest, title: str) -> dict[str, object]:
    return admin.site.each_context(request) | {"title": title}


def _log(request: HttpRequest, coupon: Coupon, words: str) -> None:
    admin.site.get_model_admin(Coupon).log_change(request, coupon, words)


def _number(typed: str) -> int | None:
    return int(typed) if typed.isdecimal() and len(typed) < 18 else None
