"""Apps and browsers that take notifications."""

from functools import partial

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, ChoiceFilter, FilterSet, IsoDateTimeFilter
from rest_framework import serializers

from customers import ingest
from customers.api.posting import FactsView
from customers.api.reading import MASKED, shown
from customers.ingest.devices import DEVICES
from customers.models import Device


class AddressField(serializers.CharField):
    """A token or subscription: whoever has it can write to that device, so it is empty to a reader who sees masked."""

    def to_representation(self, value: str) -> str:
        """Return the whole of it, or nothing."""
        return value if shown(self.parent) else ""


class DeviceSerializer(serializers.ModelSerializer):
    """An app or a browser."""

    address = AddressField(read_only=True, help_text=MASKED)
    customer_id = serializers.CharField(source="customer.external_id", default=None, allow_null=True)

    class Meta:
        model = Device
        fields = (
            "address",
            "platform",
            "customer_id",
            "os_permission",
            "refuses_advertising",
            "app_version",
            "first_seen_at",
            "last_seen_at",
            "invalid_since",
        )


class DeviceFilter(FilterSet):
    """Which devices."""

    customer_id = CharFilter("customer__external_id")
    platform = ChoiceFilter(choices=Device.Platform.choices)
    gone_from = IsoDateTimeFilter("invalid_since", "gte")

    class Meta:
        model = Device
        fields = ()


class DevicesView(FactsView):
    """Apps and browsers that take notifications."""

    about = _("Apps and browsers that take notifications, and who is logged in there.")
    about_posting = _(
        "What an app or a browser says of itself: when it starts, when its token changes, when somebody logs in or"
        " out. An empty customer_id is a log-out; one that is left out changes nothing."
    )
    permissions_to_post = ("customers.add_device", "customers.change_device")
    permissions_to_read = ("customers.view_device",)
    ingest = partial(ingest.ingest_devices)
    record_schema = DEVICES
    serializer_class = DeviceSerializer
    filterset_class = DeviceFilter
    personal = True

    def get_queryset(self) -> QuerySet[Device]:
        return Device.objects.select_related("customer")
