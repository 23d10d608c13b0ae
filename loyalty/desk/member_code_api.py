"""The shop's app asks for the code that its customer shows at a desk or a till."""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from customers.api.posting import MayUseFacts
from customers.api.reading import FactsReader, by_number
from customers.models import Customer
from loyalty.desk import member_codes


class MemberCodeSerializer(serializers.Serializer):
    """A code, and how long it works."""

    code = serializers.CharField(help_text=_("To be shown as a QR code; it works once"))
    seconds_valid = serializers.IntegerField(help_text=_("Ask for a new one before they are over"))


class MemberCodeView(FactsReader):
    """The code by which a customer is found at a desk or a till."""

    about = _("The code that the app shows as a QR code, so that a desk or a till finds its customer: a minute, once.")
    permission_classes = (MayUseFacts,)
    permissions_to_read = ("loyalty.view_membershipcard",)
    serializer_class = MemberCodeSerializer
    pagination_class = None
    filter_backends = ()
    http_method_names = ["get", "head", "options"]
    query_parameters = (
        OpenApiParameter("customer_id", str, required=True, description=_("The customer's number at the sender")),
        OpenApiParameter("source", str, description=_("The system whose numbers are used; otherwise: shop")),
    )

    def get_queryset(self) -> QuerySet[Customer]:
        return Customer.objects.none()

    def get(self, request: Request) -> Response:
        """Give out a fresh code; nothing is stored until it is used.

        Raises:
            Http404: there is no such customer.
        """
        number = request.query_params.get("customer_id", "")
        customer = by_number(Customer.objects.filter(erased_at=None), number, request=request)
        code = member_codes.write(customer.merged_into_id or customer.pk)
        answer = {"code": code, "seconds_valid": member_codes.SECONDS_VALID}
        return Response(self.get_serializer(answer).data, headers={"Cache-Control": "no-store"})
