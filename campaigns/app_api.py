"""What the shop's app asks and reports over the API: messages to show, and what became of messages."""

from functools import partial

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns import in_app, links
from campaigns.models import Hit, InAppMessage
from campaigns.tracking.app_reports import APP_REPORTS, KINDS, ingest_app_reports
from crm_project.api_schema import Records, describe
from customers.api.posting import FactsView, MayUseFacts
from customers.api.reading import FactsReader, by_number
from customers.models import Customer


class InAppSerializer(serializers.ModelSerializer):
    """A message to show, and the id to report it by."""

    delivery_id = serializers.SerializerMethodField(help_text=_("What to report this message by"))

    class Meta:
        model = InAppMessage
        fields = (
            "delivery_id",
            "layout",
            "title",
            "body",
            "button",
            "url",
            "image_url",
            "priority",
            "ends_at",
        )

    def get_delivery_id(self, waiting: InAppMessage) -> str:
        """Return the signed name of the message."""
        return links.write(waiting.message_id, Hit.Kind.OPEN)


class InAppView(FactsReader):
    """What an app may show its customer now."""

    about = _("What the app may show its customer now, the most urgent first. Ask when the app is opened.")
    permission_classes = (MayUseFacts,)
    permissions_to_read = ("campaigns.view_inappmessage",)
    serializer_class = InAppSerializer
    pagination_class = None
    filter_backends = ()
    http_method_names = ["get", "head", "options"]
    query_parameters = (
        OpenApiParameter("customer_id", str, required=True, description=_("The customer's number at the sender")),
        OpenApiParameter("source", str, description=_("The system whose numbers are used; otherwise: shop")),
    )

    def get_queryset(self) -> QuerySet[InAppMessage]:
        return InAppMessage.objects.none()

    def get(self, request: Request) -> Response:
        """Give out what to show. Asking changes nothing; what is shown is reported.

        Raises:
            Http404: there is no such customer.
        """
        number = request.query_params.get("customer_id", "")
        customer = by_number(Customer.objects.filter(erased_at=None), number, request=request)
        waiting = in_app.to_show(customer.merged_into_id or customer.pk, at=timezone.now())
        return Response({"results": self.get_serializer(waiting, many=True).data})


class MessageReportsView(FactsView):
    """What became of messages, as the app knows it."""

    about = _("What became of notifications and in-app messages.")
    about_posting = _(
        "What became of notifications and in-app messages: received by the device, seen (open), tapped (click) or put"
        " away (close). The same report again changes nothing."
    )
    permissions_to_post = ("campaigns.add_hit",)
    permissions_to_read = ("campaigns.view_hit",)
    ingest = partial(ingest_app_reports)
    record_schema = APP_REPORTS
    pagination_class = None
    filter_backends = ()
    http_method_names = ["post", "options"]

    def get_queryset(self) -> QuerySet[Hit]:
        return Hit.objects.none()

    def describe_records(self) -> Records:
        """Say what a report holds."""
        token = describe(_("The delivery_id of the notification or in-app message"), type="string")
        kind = describe(_("What happened"), type="string", enum=list(KINDS))
        moment = describe(_("When; otherwise now"), type="string", format="date-time")
        properties = {"delivery_id": token, "kind": kind, "occurred_at": moment}
        example = {"delivery_id": "AQEAAAAAAAAAAAAB2pCgLEf0s2pk1Dh1", "kind": "click"}
        return Records({"type": "object", "properties": properties, "required": ["delivery_id", "kind"]}, [example])
