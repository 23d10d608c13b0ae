"""Customers and what they said about consent."""

from datetime import datetime
from functools import partial

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_filters import CharFilter, ChoiceFilter, FilterSet, IsoDateTimeFilter
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from customers import ingest
from customers.api.posting import FactsView, MayUseFacts, PostedRecords
from customers.api.reading import MASKED, FactReader, WholeOnlyField, shown
from customers.ingest.consents import CONSENTS
from customers.ingest.customers import CUSTOMERS
from customers.masking import CustomerView
from customers.models import ConsentEntry, ConsentState, Customer
from customers.models.consent import UNDATED, Channel, Purpose
from customers.models.stats import RfmGroup

ADD_CONSENT = "customers.add_consententry"
BY_API = ConsentEntry.Method.API


class MaskedField(serializers.CharField):
    """Something personal of a customer, masked unless the reader may see it."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(source="*", read_only=True, help_text=MASKED, **kwargs)

    def to_representation(self, customer: Customer) -> str:
        """Return the field as this reader sees it."""
        return getattr(CustomerView(customer, unmasked=shown(self.parent)), self.field_name)


class AttributesField(serializers.JSONField):
    """The shop's own attributes; words in them name nobody to a reader who sees masked."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(source="*", read_only=True, help_text=MASKED, **kwargs)

    def to_representation(self, customer: Customer) -> dict[str, object]:
        """Return the attributes as this reader sees them."""
        return dict(CustomerView(customer, unmasked=shown(self.parent)).attributes)


class SaidAtField(serializers.DateTimeField):
    """When a customer said something; null where nobody knows (I-08)."""

    def to_representation(self, value: datetime) -> str | None:
        return None if value == UNDATED else super().to_representation(value)


class ConsentStateSerializer(serializers.ModelSerializer):
    """A consent as it holds now."""

    since = SaidAtField(read_only=True, allow_null=True)
    confirmed_at = SaidAtField(read_only=True, allow_null=True)

    class Meta:
        model = ConsentState
        fields = ("purpose", "channel", "is_granted", "since", "confirmed_at", "reconfirm_by")


class CustomerSerializer(serializers.ModelSerializer):
    """A customer with what their orders add up to and the consents that hold."""

    customer_id = serializers.CharField(source="external_id", help_text=gettext_lazy("The number at the sender"))
    name = MaskedField()
    email = MaskedField()
    phone = MaskedField()
    birthday = MaskedField()
    attributes = AttributesField()
    store_id = serializers.CharField(source="home_store.external_id", default=None, allow_null=True)
    merged_into = serializers.CharField(
        source="merged_into.external_id",
        default=None,
        allow_null=True,
        help_text=gettext_lazy("The number of the customer this one turned out to be"),
    )
    order_count = serializers.IntegerField(source="stats.order_count", default=0)
    paid_total = serializers.IntegerField(
        source="stats.paid_total", default=0, help_text=gettext_lazy("won: paid − refunded − shipping")
    )
    first_order_at = serializers.DateTimeField(source="stats.first_order_at", default=None, allow_null=True)
    last_order_at = serializers.DateTimeField(source="stats.last_order_at", default=None, allow_null=True)
    rfm_group = serializers.CharField(source="stats.rfm_group", default="")
    consents = ConsentStateSerializer(source="held_consents", many=True, read_only=True)

    class Meta:
        model = Customer
        fields = (
            "customer_id",
            "source",
            "name",
            "email",
            "phone",
            "birthday",
            "gender",
            "locale",
            "region",
            "joined_at",
            "store_id",
            "acquisition_source",
            "attributes",
            "merged_into",
            "order_count",
            "paid_total",
            "first_order_at",
            "last_order_at",
            "rfm_group",
            "consents",
        )


class CustomerFilter(FilterSet):
    """Which customers. Not by phone or e-mail: what stands in an address is written into logs."""

    source = CharFilter()
    customer_id = CharFilter("external_id")
    store_id = CharFilter("home_store__external_id")
    rfm_group = ChoiceFilter(field_name="stats__rfm_group", choices=RfmGroup.choices)
    joined_from = IsoDateTimeFilter("joined_at", "gte")
    joined_before = IsoDateTimeFilter("joined_at", "lt")
    ordered_from = IsoDateTimeFilter("stats__last_order_at", "gte")

    class Meta:
        model = Customer
        fields = ()


def customers_to_show() -> QuerySet[Customer]:
    """Return the customers whose data was not erased, with all that their answer needs."""
    held = Prefetch("consentstate_set", ConsentState.objects.order_by("purpose", "channel"), to_attr="held_consents")
    return (
        Customer.objects.filter(erased_at=None)
        .select_related("home_store", "merged_into", "stats")
        .prefetch_related(held)
    )


class CustomersView(FactsView):
    """Customers, with the consents that came with them."""

    about = gettext_lazy("Customers with what their orders add up to and the consents that hold.")
    about_posting = gettext_lazy("Customers, with consents they gave. Columns left out keep their value.")
    permissions_to_post = ("customers.add_customer", "customers.change_customer")
    permissions_to_read = ("customers.view_customer",)
    ingest = partial(ingest.ingest_customers, method=BY_API)
    record_schema = CUSTOMERS
    serializer_class = CustomerSerializer
    filterset_class = CustomerFilter
    ordered_by = {"joined_from": "joined_at", "ordered_from": "stats__last_order_at"}
    personal = True

    def get_queryset(self) -> QuerySet[Customer]:
        return customers_to_show().filter(merged_into=None)

    def customers_of(self, rows: list[Customer]) -> list[int]:
        return [customer.pk for customer in rows]

    def check_records(self, request: Request, records: PostedRecords) -> None:
        """Refuse consents from an account that may not record any."""
        names_consent = any(key.startswith("consent.") for record in records for key in record)
        if names_consent and not request.user.has_perm(ADD_CONSENT):
            raise PermissionDenied(_("This account may not record consents."))


class CustomerReader(FactReader):
    """One customer. One who was merged is shown, and names the customer that was kept."""

    about = gettext_lazy("One customer. One who was merged with another names the customer that was kept.")
    permission_classes = (MayUseFacts,)
    permissions_to_read = CustomersView.permissions_to_read
    serializer_class = CustomerSerializer
    personal = True

    def get_queryset(self) -> QuerySet[Customer]:
        return customers_to_show()

    def customers_of(self, rows: list[Customer]) -> list[int]:
        return [customer.pk for customer in rows]


class ConsentEntrySerializer(serializers.ModelSerializer):
    """One thing a customer said about consent, as the ledger has it."""

    customer_id = serializers.CharField(source="customer.external_id")
    source = serializers.CharField(source="customer.source")
    occurred_at = SaidAtField(read_only=True, allow_null=True)
    evidence = WholeOnlyField()

    class Meta:
        model = ConsentEntry
        fields = (
            "customer_id",
            "source",
            "purpose",
            "channel",
            "action",
            "occurred_at",
            "recorded_at",
            "method",
            "wording_version",
            "evidence",
        )


class ConsentFilter(FilterSet):
    """Which entries of the ledger."""

    source = CharFilter("customer__source")
    customer_id = CharFilter("customer__external_id")
    purpose = ChoiceFilter(choices=Purpose.choices)
    channel = ChoiceFilter(choices=Channel.choices)
    action = ChoiceFilter(choices=ConsentEntry.Action.choices)
    recorded_from = IsoDateTimeFilter("recorded_at", "gte")

    class Meta:
        model = ConsentEntry
        fields = ()


class ConsentsView(FactsView):
    """What customers said about consent: the ledger itself, oldest first."""

    about = gettext_lazy("What customers said about consent, as the ledger has it.")
    about_posting = gettext_lazy("What customers said about consent: the latest they said counts, whenever it arrives.")
    permissions_to_post = (ADD_CONSENT,)
    permissions_to_read = ("customers.view_consententry",)
    ingest = partial(ingest.ingest_consents, method=BY_API)
    record_schema = CONSENTS
    serializer_class = ConsentEntrySerializer
    filterset_class = ConsentFilter
    personal = True

    def get_queryset(self) -> QuerySet[ConsentEntry]:
        return ConsentEntry.objects.filter(customer__erased_at=None).select_related("customer")
