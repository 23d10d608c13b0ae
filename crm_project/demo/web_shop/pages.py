"""The shop's pages: shelves, a product, the cart, paying, logging in. They allow scripts and calls by name only."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from crm_project.demo.complete_journey import SOURCE
from crm_project.demo.web_shop import goods, tracking
from customers import ingest
from customers.models import TrackedSite
from customers.web_events.site_admin import lines_to_paste

CART = "demo_cart"
MOST_OF_ONE = 20
View = Callable[..., HttpResponse]


def policy() -> str:
    """Return what a strict shop allows: its own files, and the tracker's one host."""
    return (
        f"default-src 'none'; script-src 'self' {settings.SITE_URL}; connect-src {settings.SITE_URL};"
        " style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def strict(view: View) -> View:
    """Answer a page under the shop's policy."""

    @wraps(view)
    def answer(request: HttpRequest, **parts: str) -> HttpResponse:
        response = view(request, **parts)
        response["Content-Security-Policy"] = policy()
        response["Referrer-Policy"] = "strict-origin-when-cross-origin"
        return response

    return answer


@require_safe
@strict
def shelves(request: HttpRequest) -> HttpResponse:
    """Show what is for sale, or what a search finds."""
    words = request.GET.get("q", "").strip()[:50]
    return _page(request, "shelves.html", wares=goods.wares(words), words=words)


@require_safe
@strict
def product(request: HttpRequest, sku: str) -> HttpResponse:
    """Show one product."""
    ware = goods.ware(sku)
    if ware is None:
        raise Http404
    return _page(request, "product.html", ware=ware)


@strict
def cart(request: HttpRequest) -> HttpResponse:
    """Show the cart, or put something in or take it out."""
    if request.method == "POST":
        _change_cart(request)
        return redirect("demo_cart")
    lines = _lines(request)
    return _page(request, "cart.html", lines=lines, total=_total(lines))


@strict
def checkout(request: HttpRequest) -> HttpResponse:
    """Ask whether to pay; then take the order in as the shop's back end would send it."""
    lines, shopper = _lines(request), tracking.shopper_of(request)
    if request.method != "POST" or not lines:
        return _page(request, "checkout.html", lines=lines, total=_total(lines))
    order = {
        "order_id": f"web-{uuid4().hex[:12]}",
        "customer_id": shopper.external_id if shopper else "",
        "placed_at": timezone.now(),
        "status": "paid",
        "channel": "online",
        "items_amount": _total(lines),
        "paid": _total(lines),
    }
    amounts = [{"sku": line.ware.sku, "quantity": line.count, "line_amount": line.amount} for line in lines]
    ingest.ingest_orders([order | amount for amount in amounts], source=SOURCE)
    request.session[CART] = {}
    return _page(request, "thanks.html", total=order["paid"])


@require_POST
def log_in(request: HttpRequest) -> HttpResponse:
    """Log in as one of the made-up customers, without a password, or out."""
    request.session[tracking.SHOPPER] = request.POST.get("shopper", "")
    return redirect("demo_shop")


def _change_cart(request: HttpRequest) -> None:
    sku, count = request.POST.get("sku", ""), request.POST.get("quantity", "1")
    if sku not in goods.SHELVES:
        return
    held = dict(request.session.get(CART, {}))
    if count == "0":
        held.pop(sku, None)
    else:
        held[sku] = min(held.get(sku, 0) + 1, MOST_OF_ONE)
    request.session[CART] = held


def _lines(request: HttpRequest) -> list[goods.Line]:
    held = request.session.get(CART, {})
    return [goods.Line(ware, held[ware.sku]) for ware in goods.wares() if ware.sku in held]


def _total(lines: list[goods.Line]) -> int:
    return sum(line.amount for line in lines)


def _page(request: HttpRequest, template: str, **context: Any) -> HttpResponse:
    """Draw a page with the tracker's line and who is logged in."""
    site, shopper = TrackedSite.objects.filter(name=tracking.NAME).first(), tracking.shopper_of(request)
    frame = {
        "tracker": lines_to_paste(site) if site else "",
        "shopper": shopper,
        "token": tracking.token(site, shopper) if site and shopper else "",
        "shoppers": tracking.shoppers(),
        "count": sum(request.session.get(CART, {}).values()),
    }
    return render(request, f"demo_shop/{template}", frame | context)
