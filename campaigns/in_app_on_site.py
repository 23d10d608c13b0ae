"""What a page of the shop may show the customer who is logged in on it: `/t/<site key>/messages`."""

from django.http import HttpResponse, JsonResponse
from django.utils import timezone

from campaigns import in_app
from campaigns.app_api import InAppSerializer
from customers.models import Customer, TrackedSite
from customers.web_events import sites
from customers.web_events.calls import NOT_KEPT, Said, public_call
from customers.web_events.identity import signed_number


@public_call
def messages(site: TrackedSite, said: Said) -> HttpResponse:
    """Answer what to show. Asking changes nothing; who is not signed for gets what somebody without messages gets."""
    now = timezone.now()
    number = signed_number(site, said.get("identity"), at=now)
    if number is None:
        sites.note_refusal(site, TrackedSite.Refusal.IDENTITY, at=now)
    customer = Customer.objects.filter(source=site.source, external_id=number or "", erased_at=None).first()
    waiting = in_app.to_show(customer.merged_into_id or customer.pk, at=now) if customer and number else []
    return JsonResponse({"results": InAppSerializer(waiting, many=True).data}, headers=NOT_KEPT)
