"""What this app itself puts on the customer page: the sources of the timeline, and the cards beside it."""

from datetime import datetime

from django.db.models import Case, Count, F, Max, OuterRef, Q, Subquery, When
from django.db.models.functions import Coalesce, TruncDay
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crm_project.templatetags.formats import won_text
from customers import access_log
from customers.consent import customer_panel
from customers.cycles import customer_panel as due_panel
from customers.feedback import customer_panel as feedback_panel
from customers.masking import CustomerView, mask_words
from customers.models import (
    ConsentEntry,
    Customer,
    CustomerMerge,
    CustomerNote,
    DuplicatePair,
    Event,
    Order,
    OrderLine,
    SegmentMembership,
)
from customers.order_tones import order_tone
from customers.places import channel_pages
from customers.profile import device_panel
from customers.profile.panels import panel
from customers.profile.timeline import TimelineItem, earlier, timeline_source
from customers.recommendations import customer_panel as recommendations_panel

NOTES_SHOWN = 5
# Counted for the shown orders alone; a join would count those of every order first.
LINE_COUNT = Coalesce(
    Subquery(
        OrderLine.objects.filter(order=OuterRef("pk")).order_by().values("order").annotate(n=Count("pk")).values("n")
    ),
    0,
)


@timeline_source("orders", label=gettext_lazy("Orders"), icon="shopping-bag")
def orders(customer_id: int, before: datetime | None, limit: int) -> list[TimelineItem]:
    """Return the customer's orders with the number of their lines and the store."""
    rows = earlier(Order.objects.filter(customer=customer_id), "placed_at", before).select_related("store")
    newest = rows.annotate(line_count=LINE_COUNT).order_by("-placed_at")[:limit]
    return [_order_item(order) for order in newest]


def _order_item(order: Order) -> TimelineItem:
    lines = ngettext("%(count)d product", "%(count)d products", order.line_count) % {"count": order.line_count}
    where = order.store.name if order.store else order.get_channel_display()
    paid = won_text(order.paid)
    refunded = [_("refunded") + f" {won_text(order.refunded)}"] if order.refunded else []
    return TimelineItem(
        at=order.placed_at,
        kind="orders",
        title=_("Order %s") % order.external_id
        if order.is_purchase
        else f"{order.external_id} · {order.get_status_display()}",
        detail=" · ".join([lines, where, *refunded]),
        icon="shopping-bag" if order.is_purchase else "undo-2",
        tone=order_tone(order),
        amount=paid,
        url=reverse("admin:customers_order_change", args=[order.pk]),
    )


@timeline_source("visits", label=gettext_lazy("Visits"), icon="mouse-pointer-click")
def visits(customer_id: int, before: datetime | None, limit: int) -> list[TimelineItem]:
    """Return the customer's visits folded by day (KST): what was looked at, put in the cart, searched."""
    days = (
        Event.objects.filter(customer=customer_id, kind__in=Event.VISITS)
        .values(day=TruncDay("occurred_at"))
        .annotate(
            last_at=Max("occurred_at"),
            total=Count("pk"),
            viewed=Count("pk", filter=Q(kind=Event.Kind.PRODUCT_VIEW)),
            carted=Count("pk", filter=Q(kind=Event.Kind.CART_ADD)),
        )
    )
    # By the whole day: one that was shown already must not come again in part.
    newest = earlier(days, "last_at", before).order_by("-last_at")
    return [_visit_item(day) for day in newest[:limit]]


def _visit_item(day: dict) -> TimelineItem:
    parts = [ngettext("%(count)d step", "%(count)d steps", day["total"]) % {"count": day["total"]}]
    if day["viewed"]:
        parts.append(_("%(count)d products viewed") % {"count": day["viewed"]})
    if day["carted"]:
        parts.append(_("%(count)d put in the cart") % {"count": day["carted"]})
    return TimelineItem(
        at=day["last_at"],
        kind="visits",
        title=_("Visited the shop's page"),
        detail=" · ".join(parts),
        icon="shopping-cart" if day["carted"] else "mouse-pointer-click",
        tone="busy" if day["carted"] else "quiet",
    )


@timeline_source("consents", label=gettext_lazy("Consents"), icon="shield-check")
def consents(customer_id: int, before: datetime | None, limit: int) -> list[TimelineItem]:
    """Return what the customer said about consent; what has no date stands where it was recorded."""
    at = Case(When(is_undated=True, then=F("recorded_at")), default=F("occurred_at"))
    rows = earlier(ConsentEntry.objects.filter(customer=customer_id).annotate(at=at), "at", before)
    return [
        TimelineItem(
            at=entry.at,
            kind="consents",
            title=f"{entry.get_action_display()}: {customer_panel.words_of(entry)}",
            detail=" · ".join([entry.get_method_display(), *([_("date unknown")] if entry.is_undated else [])]),
            icon="circle-x" if entry.action == ConsentEntry.Action.WITHDRAWN else "shield-check",
            tone="bad" if entry.action == ConsentEntry.Action.WITHDRAWN else "good",
        )
        for entry in rows.order_by("-at", "-pk")[:limit]
    ]


@timeline_source("notes", label=gettext_lazy("Notes"), icon="sticky-note")
def notes(customer_id: int, before: datetime | None, limit: int) -> list[TimelineItem]:
    """Return what staff wrote about the customer."""
    rows = earlier(CustomerNote.objects.filter(customer=customer_id), "written_at", before).select_related("author")
    return [
        TimelineItem(
            at=note.written_at,
            kind="notes",
            title=note.text,
            detail=note.author.get_full_name() or note.author.get_username(),
            icon="sticky-note",
        )
        for note in rows.order_by("-written_at", "-pk")[:limit]
    ]


@timeline_source("merges", label=gettext_lazy("Merges"), icon="layers")
def merges(customer_id: int, before: datetime | None, limit: int) -> list[TimelineItem]:
    """Return the customers that were merged into this one."""
    rows = CustomerMerge.objects.filter(kept=customer_id, undone_at=None).select_related("merged")
    return [
        TimelineItem(
            at=done.merged_at,
            kind="merges",
            title=_("Merged with %s") % done.merged.external_id,
            icon="layers",
            url=reverse("admin:customers_customermerge_change", args=[done.pk]),
        )
        for done in earlier(rows, "merged_at", before).order_by("-merged_at", "-pk")[:limit]
    ]


@timeline_source("answers", label=gettext_lazy("Answers"), icon="message-square")
def answers(customer_id: int, before: datetime | None, limit: int) -> list[TimelineItem]:
    """Return the surveys that the customer answered."""
    return feedback_panel.answers_of(customer_id, before, limit)


@timeline_source("cases", label=gettext_lazy("Cases"), icon="circle-alert")
def cases(customer_id: int, before: datetime | None, limit: int) -> list[TimelineItem]:
    """Return the customer's complaints."""
    return feedback_panel.cases_of(customer_id, before, limit)


@panel("cases", title=gettext_lazy("Cases"), icon="circle-alert", order=5)
def complaints(customer: Customer, request: HttpRequest) -> SafeString | None:
    """List the customer's complaints, for whoever may see cases."""
    return feedback_panel.draw(customer, request)


@panel("segments", title=gettext_lazy("Segments"), icon="chart-pie", order=10)
def segments(customer: Customer, request: HttpRequest) -> SafeString | None:
    """List the segments the customer is in, since when, for whoever may see segments."""
    if not request.user.has_perm("customers.view_segment"):
        return None
    rows = SegmentMembership.objects.filter(customer=customer).annotate(name=F("segment__name"))
    context = {"memberships": rows.order_by("-entered_at"), "customer": customer}
    return render_to_string("customers/panel_segments.html", context)


@panel("due", title=gettext_lazy("Due to buy"), icon="repeat", order=20)
def due_to_buy(customer: Customer, request: HttpRequest) -> SafeString | None:
    """List what the customer is expected to buy again, and when."""
    return due_panel.draw(customer)


@panel("recommendations", title=gettext_lazy("What to offer"), icon="gift", order=30)
def what_to_offer(customer: Customer, request: HttpRequest) -> SafeString | None:
    """List what the customer probably needs again, and what they might like."""
    return recommendations_panel.draw(customer)


@panel("channels", title=gettext_lazy("Stores and online"), icon="store", order=65)
def stores_and_online(customer: Customer, request: HttpRequest) -> SafeString | None:
    """Show where the customer buys and which store is near."""
    return channel_pages.panel(customer)


@panel("consents", title=gettext_lazy("Consents"), icon="shield-check", order=40)
def consents_held(customer: Customer, request: HttpRequest) -> SafeString:
    """Show what the customer allows over each channel, since when and until when."""
    return customer_panel.draw(customer, request)


@panel("devices", title=gettext_lazy("Apps and browsers"), icon="smartphone", order=42)
def apps_and_browsers(customer: Customer, request: HttpRequest) -> SafeString | None:
    """Show where notifications reach the customer, for whoever may see devices."""
    return device_panel.draw(customer) if request.user.has_perm("customers.view_device") else None


@panel("attributes", title=gettext_lazy("Attributes"), icon="tag", order=80)
def attributes(customer: Customer, request: HttpRequest) -> SafeString | None:
    """List the shop's own attributes."""
    if not customer.attributes:
        return None
    shown = CustomerView(customer, unmasked=access_log.is_unmasked(request, customer))
    return render_to_string("customers/panel_attributes.html", {"pairs": shown.attributes})


@panel("identity", title=gettext_lazy("Same person?"), icon="users", order=60)
def possible_duplicates(customer: Customer, request: HttpRequest) -> SafeString | None:
    """List who may be the same person or live in the same household, and the numbers that were merged into this one."""
    if not request.user.has_perm("customers.view_duplicatepair"):
        return None
    pairs = DuplicatePair.objects.filter(Q(first=customer) | Q(second=customer), status=DuplicatePair.Status.OPEN)
    open_pairs = pairs.filter(first__merged_into=None, second__merged_into=None).select_related("first", "second")
    others = [(pair, pair.second if pair.first_id == customer.pk else pair.first) for pair in open_pairs]
    merged = CustomerMerge.objects.filter(kept=customer, undone_at=None).select_related("merged")
    context = {"customer": customer, "others": others, "merges": list(merged)}
    context["may_merge"] = request.user.has_perm("customers.merge_customers")
    return render_to_string("customers/panel_identity.html", context) if others or context["merges"] else None


@panel("notes", title=gettext_lazy("Notes"), icon="sticky-note", order=70)
def written_notes(customer: Customer, request: HttpRequest) -> SafeString | None:
    """List the newest notes, with a field for another."""
    if not request.user.has_perm("customers.view_customernote"):
        return None
    rows = CustomerNote.objects.filter(customer=customer).select_related("author").order_by("-written_at", "-pk")
    may_note = request.user.has_perm("customers.add_customernote")
    notes = list(rows[:NOTES_SHOWN])
    if not access_log.is_unmasked(request, customer):
        for note in notes:
            note.text = mask_words(note.text, customer)
    context = {"notes": notes, "customer": customer, "may_note": may_note}
    return render_to_string("customers/panel_notes.html", context, request=request)
