"""What a customer is due to buy, as a card of the customer page."""

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.cycles.due_dates import Due, due
from customers.models import Customer, CustomerStats

SHOWN = 6


def draw(customer: Customer) -> SafeString | None:
    """Draw the products and categories that are due, and the repurchase risk; None where nothing is known."""
    stats = getattr(customer, "stats", None) or CustomerStats(customer=customer)
    if not stats.order_count:
        return None
    items = due(customer.pk, limit=SHOWN)
    products = [each for each in items if each.product_id][:SHOWN]
    # Categories fill what products leave free.
    shown = products + [each for each in items if not each.product_id][: SHOWN - len(products)]
    risk = _("Repurchase risk %(risk)s of 100") % {"risk": stats.risk} if stats.risk is not None else ""
    if not shown and not risk:
        return None
    lines = [
        {"name": each.name, "median": each.median, "is_own": each.is_own, "days": each.days, "words": _when(each)}
        for each in sorted(shown, key=lambda each: each.days)
    ]
    return render_to_string("customers/panel_due.html", {"due": lines, "risk": risk})


def _when(item: Due) -> str:
    if item.days == 0:
        return _("today")
    if item.days > 0:
        return ngettext("in %(count)d day", "in %(count)d days", item.days) % {"count": item.days}
    return ngettext("%(count)d day overdue", "%(count)d days overdue", -item.days) % {"count": -item.days}
