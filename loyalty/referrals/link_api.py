"""The shop's site and app ask for the link that a customer passes on to friends."""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from customers.api.posting import MayUseFacts
from customers.api.reading import FactsReader, by_number
from customers.models import Customer
from loyalty.coupons.codes import shown
from loyalty.models import Referral, ReferralCode
from loyalty.referrals import codes
from loyalty.referrals.terms import terms_in_force

Status = Referral.Status


class ReferralLinkSerializer(serializers.Serializer):
    """A customer's link, and how many friends came by it."""

    code = serializers.CharField(help_text=_("As it is read aloud; empty until it is made, and while none counts"))
    link = serializers.CharField(help_text=_("What the customer passes on"))
    waiting = serializers.IntegerField(help_text=_("Friends whose first order has not stood yet"))
    rewarded = serializers.IntegerField(help_text=_("Friends for whom both were rewarded"))


class ReferralLinkView(FactsReader):
    """The invitation of a customer."""

    about = _("The link by which a customer invites friends. A new customer's is made within the hour.")
    permission_classes = (MayUseFacts,)
    permissions_to_read = ("loyalty.view_referralcode",)
    serializer_class = ReferralLinkSerializer
    pagination_class = None
    filter_backends = ()
    http_method_names = ["get", "head", "options"]
    query_parameters = (
        OpenApiParameter("customer_id", str, required=True, description=_("The customer's number at the sender")),
        OpenApiParameter("source", str, description=_("The system whose numbers are used; otherwise: shop")),
    )

    def get_queryset(self) -> QuerySet[ReferralCode]:
        return ReferralCode.objects.none()

    def get(self, request: Request) -> Response:
        """Give out the link; asking makes none.

        Raises:
            Http404: there is no such customer.
        """
        number = request.query_params.get("customer_id", "")
        customer = by_number(Customer.objects.filter(erased_at=None), number, request=request)
        return Response(self.get_serializer(_invitation(customer.merged_into_id or customer.pk)).data)


def _invitation(customer_id: int) -> dict[str, object]:
    code = codes.codes_of([customer_id]).get(customer_id, "") if terms_in_force() else ""
    came = Referral.objects.filter(referrer=customer_id)
    return {
        "code": shown(code),
        "link": codes.url_of(code) if code else "",
        "waiting": came.filter(status=Status.WAITING).count(),
        "rewarded": came.filter(status=Status.REWARDED).count(),
    }
