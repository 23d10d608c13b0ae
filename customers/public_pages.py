"""What the public pages behind signed links have in common: they are nobody else's business and kept nowhere."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from customers.models import Customer

HEADERS = {"Cache-Control": "no-store, max-age=0", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}


def page(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """Return a page that is not stored, not found by search engines, and not named to where it leads."""
    return HttpResponse(render_to_string(template, context, request), status=status, headers=HEADERS)


def too_many(request: HttpRequest, seconds: int) -> HttpResponse:
    """Return what a caller reads who asked too often, and may ask again after so many seconds."""
    answer = page(request, "consent/too_many.html", {}, status=429)
    answer["Retry-After"] = str(seconds)
    return answer


def customer_of(customer_id: int) -> Customer | None:
    """Return whose link it is, after a merge the customer who was kept; None where their data was erased."""
    customer = Customer.objects.select_related("merged_into").filter(pk=customer_id).first()
    customer = (customer.merged_into or customer) if customer else None
    return None if customer is None or customer.erased_at else customer
