"""The public address that the tracker reports to: `/t/<site key>/events`."""

from django.http import HttpResponse
from django.utils import timezone

from customers.models import TrackedSite
from customers.web_events import arrivals, sites
from customers.web_events.calls import Said, nothing, public_call
from customers.web_events.identity import signed_number
from customers.web_events.reading import records_of


@public_call
def collect(site: TrackedSite, said: Said) -> HttpResponse:
    """Store the events of a call; those of somebody whom the shop did not sign for stay nameless."""
    now = timezone.now()
    records = records_of(site, said, at=now)
    if not records:
        sites.note_refusal(site, TrackedSite.Refusal.UNREADABLE, at=now)
        return nothing()
    number = signed_number(site, said.get("identity"), at=now)
    if number:
        records = [record | {"customer_id": number} for record in records]
    elif said.get("identity") is not None:
        sites.note_refusal(site, TrackedSite.Refusal.IDENTITY, at=now)
    arrivals.receive(site, records, at=now)
    return nothing()
