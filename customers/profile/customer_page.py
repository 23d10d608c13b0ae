"""The page of one customer: who, worth what, what happened, what may be sent; and what is done on it."""

from dataclasses import replace
from datetime import UTC, datetime

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from crm_project.templatetags.formats import day_text
from crm_project.typed_words import typed_words
from customers import access_log
from customers.customer_lists import agreed_channels, consent_marks
from customers.errors import NoteRefused
from customers.masking import CustomerView, mask_words
from customers.models import AccessLogEntry, Customer, Segment
from customers.profile import notes
from customers.profile.customer_figures import figures
from customers.profile.marks import drawn_marks
from customers.profile.panels import drawn_panels
from customers.profile.timeline import SOURCES, TimelineItem, timeline_page
from customers.segments.errors import RuleError
from customers.segments.explain import explain

HAPPENINGS_IN_DRAWER = 5
MAY_NOTE = "customers.add_customernote"


def page(request: HttpRequest, customer: Customer) -> HttpResponse:
    """Show everything about a customer; only the older part of the timeline when a script asks for it."""
    kinds = [kind for kind in request.GET.getlist("kind") if kind in SOURCES]
    timeline = timeline_page(customer.pk, kinds=kinds, before=_moment(request.GET.get("before", "")))
    context = {
        "customer": customer,
        "timeline": replace(timeline, items=_readable(request, customer, timeline.items)),
        "sources": [(source, source.kind in kinds) for source in SOURCES],
        "kinds": kinds,
        "is_first_page": "before" not in request.GET,
    }
    # The one thing that a GET writes besides tracking: the law wants to know who looked at whose data (P-14).
    access_log.record(request, AccessLogEntry.Action.VIEW, customer=customer)
    return render(request, "customers/customer.html", context | _frame(request, customer) | figures(customer) | {
        "main_panels": drawn_panels(customer, request, is_aside=False),
        "aside_panels": drawn_panels(customer, request, is_aside=True),
    })  # fmt: skip


def drawer(request: HttpRequest, customer: Customer) -> HttpResponse:
    """Show the strip and the last happenings, without the frame."""
    access_log.record(request, AccessLogEntry.Action.VIEW, customer=customer)
    happenings = timeline_page(customer.pk, size=HAPPENINGS_IN_DRAWER).items[:HAPPENINGS_IN_DRAWER]
    happenings = _readable(request, customer, happenings)
    context = {"customer": customer, "happenings": happenings, **_frame(request, customer), **figures(customer)}
    return render(request, "customers/customer_drawer.html", context)


def why(request: HttpRequest, customer: Customer, segment_id: int) -> HttpResponse:
    """Show which conditions of a segment fit the customer, with what the customer has instead; for the drawer."""
    if not request.user.has_perm("customers.view_segment"):
        raise PermissionDenied
    segment = get_object_or_404(Segment, pk=segment_id)
    access_log.record(request, AccessLogEntry.Action.VIEW, customer=customer)
    context = {"segment": segment, "shown": CustomerView(customer)}
    try:
        context["tree"] = explain(segment.rule, customer)
    except RuleError as error:
        context["problem"] = str(error)
    return render(request, "customers/why.html", context)


def write_note(request: HttpRequest, customer: Customer) -> HttpResponse:
    """Keep what somebody of the staff wrote about the customer."""
    if not request.user.has_perm(MAY_NOTE):
        raise PermissionDenied
    try:
        notes.write(customer, typed_words(request, "text", longest=10 * notes.LONGEST), author=request.user)
    except NoteRefused as refusal:
        messages.error(request, str(refusal))
    return HttpResponseRedirect(reverse("admin:customers_customer_change", args=[customer.pk]) + "#notes")


def _readable(request: HttpRequest, customer: Customer, items: list[TimelineItem]) -> list[TimelineItem]:
    """Mask what words of the timeline say about who it is, unless the reader sees the customer unmasked."""
    if access_log.is_unmasked(request, customer):
        return items
    return [
        replace(item, title=mask_words(str(item.title), customer), detail=mask_words(str(item.detail), customer))
        for item in items
    ]


def _frame(request: HttpRequest, customer: Customer) -> dict[str, object]:
    unmasked = access_log.is_unmasked(request, customer)
    shown = CustomerView(customer, unmasked=unmasked)
    agreed = agreed_channels([customer.pk]).get(customer.pk, set())
    return admin.site.each_context(request) | {
        "title": shown.title,
        "shown": shown,
        "may_unmask": request.user.has_perm(access_log.MAY_UNMASK) and not unmasked,
        "consents": consent_marks(agreed),
        "marks": [drawn[customer.pk] for drawn in drawn_marks([customer.pk], request).values() if customer.pk in drawn],
        "contact": _contact(customer, shown),
    }


def _contact(customer: Customer, shown: CustomerView) -> list[tuple[object, object]]:
    pairs = [
        (_("Customer number"), customer.external_id),
        (_("E-mail"), shown.email),
        (_("Phone"), shown.phone),
        (_("Birthday"), shown.birthday),
        (_("Gender"), customer.get_gender_display()),
        (_("Home store"), customer.home_store.name if customer.home_store else ""),
        (_("Joined"), day_text(customer.joined_at)),
        (_("Acquisition source"), customer.acquisition_source),
    ]
    return [(label, value) for label, value in pairs if value]


def _moment(typed: str) -> datetime | None:
    """Return the moment an "older" link names; None for nonsense, which shows the newest."""
    try:
        moment = parse_datetime(typed)
        return moment.astimezone(UTC) if moment and timezone.is_aware(moment) else None
    except (ValueError, OverflowError):
        return None
