"""What people did on the shop's page and in its app."""

from functools import partial

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, ChoiceFilter, FilterSet, IsoDateTimeFilter
from rest_framework import serializers

from customers import ingest
from customers.api.posting import FactsView
from customers.api.reading import WholeOnlyField
from customers.ingest.events import EVENTS
from customers.models import Event


class EventSerializer(serializers.ModelSerializer):
    """One thing that somebody did."""

    event_id = serializers.CharField(source="external_id")
    customer_id = serializers.CharField(source="customer.external_id", default=None, allow_null=True)
    visitor_id = serializers.CharField(source="visitor.key", default=None, allow_null=True)
    sku = serializers.CharField(source="product.sku", default=None, allow_null=True)
    properties = WholeOnlyField()  # people type names into a search

    class Meta:
        model = Event
        fields = ("event_id", "source", "kind", "customer_id", "visitor_id", "occurred_at", "sku", "properties")


class EventFilter(FilterSet):
    """Which events."""

    source = CharFilter()
    event_id = CharFilter("external_id")
    customer_id = CharFilter("customer__external_id")
    visitor_id = CharFilter("visitor__key")
    kind = ChoiceFilter(choices=Event.Kind.choices)
    sku = CharFilter("product__sku")
    occurred_from = IsoDateTimeFilter("occurred_at", "gte")
    occurred_before = IsoDateTimeFilter("occurred_at", "lt")

    class Meta:
        model = Event
        fields = ()


class EventsView(FactsView):
    """Visits, searches, carts and the shop's own events."""

    about = _("Visits, searches, carts and the shop's own events.")
    about_posting = _("Visits, searches, carts and the shop's own events. The same number counts once.")
    permissions_to_post = ("customers.add_event",)
    permissions_to_read = ("customers.view_event",)
    ingest = partial(ingest.ingest_events)
    record_schema = EVENTS
    serializer_class = EventSerializer
    filterset_class = EventFilter
    ordered_by = {"occurred_from": "occurred_at"}
    personal = True

    def get_queryset(self) -> QuerySet[Event]:
        return Event.objects.select_related("customer", "visitor", "product")
