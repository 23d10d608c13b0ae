"""What this app itself puts on the customer page: orders, visits and consents in the timeline; segments at the side."""

from datetime import datetime

from django.db.models import Count, F, Max, Q
from django.db.models.functions import TruncDay
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crm_project.templatetags.formats import won_text
from customers.models import ConsentEntry, Customer, Event, Order, SegmentMembership
from customers.order_tones import order_tone
from customers.panels import panel
from customers.timeline import TimelineItem, earlier, timeline_source

CONSENTS_SHOWN = 6


@timeline_source("orders", label=gettext_lazy("Orders"), icon="shopping-bag")
def orders(customer_id: int, before: datetime | None, limit: int) -> list[TimelineItem]:
    """Return the customer's orders with the number of their lines and the store."""
    rows = earlier(Order.objects.filter(customer=customer_id), "placed_at", before).select_related("store")
    newest = rows.annotate(line_count=Count("lines")).order_by("-placed_at")[:limit]
    return [_order_item(order) for order in newest]


def _order_item(order: Order) -> TimelineItem:
    lines = ngettext("%(count)d product", "%(count)d products", order.line_count) % {"count": order.line_count}
    where = order.store.name if order.store else order.get_channel_display()
    paid = won_text(order.paid)
    return TimelineItem(
        at=order.placed_at,
        kind="orders",
        title=_("Order %s") % order.external_id
        if order.is_purchase
        else f"{order.external_id} · {order.get_status_display()}",
        detail=f"{lines} · {where}" + (f" · {_('refunded')} {won_text(order.refunded)}" if order.refunded else ""),
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
    """Return what the customer said about consent."""
    rows = earlier(ConsentEntry.objects.filter(customer=customer_id), "occurred_at", before)
    return [
        TimelineItem(
            at=entry.occurred_at,
            kind="consents",
            title=f"{entry.get_action_display()}: {consent_words(entry)}",
            detail=entry.get_method_display(),
            icon="circle-x" if entry.action == ConsentEntry.Action.WITHDRAWN else "shield-check",
            tone="bad" if entry.action == ConsentEntry.Action.WITHDRAWN else "good",
        )
        for entry in rows.order_by("-occurred_at", "-pk")[:limit]
    ]


def consent_words(entry: ConsentEntry) -> str:
    """Return what a consent is about, in words: the purpose, and the channel where there is one."""
    return " · ".join(filter(None, [entry.get_purpose_display(), entry.get_channel_display()]))


@panel("segments", title=gettext_lazy("Segments"), icon="chart-pie", order=10)
def segments(customer: Customer, request: HttpRequest) -> SafeString | None:
    """List the segments the customer is in, since when, for whoever may see segments."""
    if not request.user.has_perm("customers.view_segment"):
        return None
    rows = SegmentMembership.objects.filter(customer=customer).annotate(name=F("segment__name"))
    return render_to_string("customers/panel_segments.html", {"memberships": rows.order_by("-entered_at")})


@panel("consents", title=gettext_lazy("Consents"), icon="shield-check", order=20)
def consent_history(customer: Customer, request: HttpRequest) -> SafeString | None:
    """List the newest expressions of consent."""
    entries = list(ConsentEntry.objects.filter(customer=customer)[: CONSENTS_SHOWN + 1])
    return render_to_string(
        "customers/panel_consents.html",
        {"entries": [(entry, consent_words(entry)) for entry in entries[:CONSENTS_SHOWN]], "customer": customer,
         "has_more": len(entries) > CONSENTS_SHOWN},
    )  # fmt: skip


@panel("attributes", title=gettext_lazy("Attributes"), icon="tag", order=40)
def attributes(customer: Customer, request: HttpRequest) -> SafeString | None:
    """List the shop's own attributes."""
    if not customer.attributes:
        return None
    pairs = sorted((key, value) for key, value in customer.attributes.items() if value not in (None, ""))
    return render_to_string("customers/panel_attributes.html", {"pairs": pairs})
