"""Handing a coupon out: to a segment, with how many would get one before anybody does; as codes, and their file."""

from collections.abc import Iterator

from django import forms
from django.contrib import admin, messages
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from customers import access_log
from customers.models import AccessLogEntry, Segment
from loyalty.coupons import coupon_words, finding, issue_runs, issuing
from loyalty.coupons.coupon_pages import address_of
from loyalty.errors import CouponRefused
from loyalty.models import Coupon, CouponIssue

FILE_HEADER = "\ufeffcode,status,expires_at\r\n"
# Streamed from the database as it is read, so that a million codes take no memory here.
COPY_CODES = """
    COPY (SELECT code, status, expires_at FROM loyalty_issuedcoupon WHERE issue_id = {issue} ORDER BY id)
    TO STDOUT WITH (FORMAT csv)
"""


class SegmentForm(forms.Form):
    """To which segment, and what for."""

    segment = forms.ModelChoiceField(
        Segment.objects.order_by("name"), label=gettext_lazy("Segment"), empty_label=gettext_lazy("Choose a segment")
    )
    note = forms.CharField(label=gettext_lazy("What it is for"), max_length=300, required=False)


class CodesForm(forms.Form):
    """How many codes, and what for."""

    count = forms.IntegerField(
        label=gettext_lazy("How many codes"), min_value=1, max_value=issue_runs.MOST_CODES, initial=1_000
    )
    note = forms.CharField(
        label=gettext_lazy("Where they go"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("For example: printed leaflets for the opening in Seongsu"),
    )


@require_http_methods(["GET", "POST"])
def issue(request: HttpRequest, coupon_id: int) -> HttpResponse:
    """Choose a segment, see how many would get one, and issue it."""
    coupon = get_object_or_404(Coupon, pk=coupon_id)
    given = request.POST if request.method == "POST" else request.GET if "segment" in request.GET else None
    form = SegmentForm(given)
    segment = form.cleaned_data["segment"] if form.is_bound and form.is_valid() else None
    if request.method == "POST" and segment:
        return _begun(request, coupon, segment, form.cleaned_data["note"])
    context = _frame(request, coupon, _("Issue to a segment")) | {
        "form": form,
        "segment": segment,
        "reach": issuing.reach(coupon, segment) if segment else None,
    }
    return render(request, "coupons/issue.html", context)


def _begun(request: HttpRequest, coupon: Coupon, segment: Segment, note: str) -> HttpResponse:
    try:
        issue_runs.begin_for_segment(coupon, segment, by=request.user, note=note)
    except CouponRefused as refusal:
        messages.error(request, str(refusal))
        return HttpResponseRedirect(address_of(coupon, "issue"))
    messages.success(request, _("It is being issued to “%(segment)s”.") % {"segment": segment})
    return HttpResponseRedirect(address_of(coupon))


@require_http_methods(["GET", "POST"])
def make_codes(request: HttpRequest, coupon_id: int) -> HttpResponse:
    """Make codes for whoever brings them; look up what became of one; fetch their files."""
    coupon = get_object_or_404(Coupon, pk=coupon_id)
    form = CodesForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            issue_runs.begin_codes(coupon, form.cleaned_data["count"], by=request.user, note=form.cleaned_data["note"])
        except CouponRefused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("The codes are being made."))
        return HttpResponseRedirect(address_of(coupon, "codes"))
    rows = coupon.issues.filter(origin=CouponIssue.Origin.CODES).select_related("made_by").order_by("-pk")
    context = _frame(request, coupon, _("Codes")) | {
        "form": form,
        "issues": [{"issue": row, "state": coupon_words.issue_badge(row)} for row in rows],
        "is_moving": any(row.status == CouponIssue.Status.RUNNING for row in rows),
        "may_download": request.user.has_perm("loyalty.download_codes"),
        **_looked_up(coupon, request.GET.get("code", "")),
    }
    return render(request, "coupons/codes.html", context)


def _looked_up(coupon: Coupon, typed: str) -> dict[str, object]:
    """Return what is known of a code that somebody asks about."""
    if not typed.strip():
        return {"asked": ""}
    try:
        found = finding.find(typed[:60])
    except CouponRefused as refusal:
        return {"asked": typed, "refusal": str(refusal)}
    piece = found.issued
    if piece is None or piece.coupon_id != coupon.pk:
        return {"asked": typed, "refusal": _("That is a code of “%(coupon)s”.") % {"coupon": found.coupon}}
    use = piece.redemptions.order_by("-pk").first()
    return {"asked": typed, "piece": piece, "piece_state": coupon_words.piece_badge(piece), "use": use}


@require_POST
def download(request: HttpRequest, coupon_id: int) -> HttpResponse:
    """Stream the codes of one issue as a file, and write down who took them."""
    rows = CouponIssue.objects.filter(coupon=coupon_id, origin=CouponIssue.Origin.CODES)
    typed = request.POST.get("issue", "")
    row = get_object_or_404(rows, pk=typed if typed.isdecimal() and len(typed) < 18 else 0)
    access_log.record(
        request, AccessLogEntry.Action.EXPORT, reason=f"coupon codes {row.pk}", row_count=row.issued_count
    )
    response = StreamingHttpResponse(_file(row), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="coupon-codes-{row.coupon_id}-{row.reference}.csv"'
    return response


def _file(row: CouponIssue) -> Iterator[bytes]:
    yield FILE_HEADER.encode()
    with connection.cursor() as cursor, cursor.copy(COPY_CODES.format(issue=row.pk)) as copied:
        yield from map(bytes, copied)


def _frame(request: HttpRequest, coupon: Coupon, title: str) -> dict[str, object]:
    return admin.site.each_context(request) | {
        "title": title,
        "coupon": coupon,
        "coupon_url": reverse("admin:loyalty_coupon_change", args=[coupon.pk]),
    }
