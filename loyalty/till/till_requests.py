"""What each call of the till API takes, field by field."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from loyalty.models import Transaction

MOST_WON = 10**12
MOST_POINTS = 10**12
MOST_LINES, MOST_COUPONS = 500, 10
LOOKUP = gettext_lazy("The number that the look-up answered with; good for 15 minutes at the same till")
RECEIPT = gettext_lazy("The receipt's number, which is the order's number at the shop: each is booked once, for ever")
OCCURRED_AT = gettext_lazy("When it happened by the till's clock, with its time zone")


class PrintableField(serializers.CharField):
    """Words without control characters."""

    def to_internal_value(self, data: object) -> str:
        """Refuse what cannot be printed."""
        text = super().to_internal_value(data)
        if not text.isprintable():
            raise serializers.ValidationError(_("This holds characters that cannot be printed."))
        return text


class LineSerializer(serializers.Serializer):
    """Some pieces of a product."""

    sku = PrintableField(max_length=100, help_text=gettext_lazy("The product's number at the shop"))
    quantity = serializers.IntegerField(min_value=1, max_value=10**6, default=1)
    amount = serializers.IntegerField(
        min_value=0, max_value=MOST_WON, help_text=gettext_lazy("won for all pieces, before any coupon")
    )


class NamedMemberSerializer(serializers.Serializer):
    """A member named outright, where no look-up can be made; exactly one of these."""

    phone = PrintableField(max_length=40, required=False)
    card = PrintableField(max_length=40, required=False)

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        """Take one way."""
        return _exactly_one(given, ("phone", "card"))


class LookupSerializer(serializers.Serializer):
    """How to find a customer: exactly one way."""

    phone = PrintableField(max_length=40, required=False, help_text=gettext_lazy("The full number"))
    card = PrintableField(max_length=40, required=False, help_text=gettext_lazy("The number of the bar code"))
    code = PrintableField(
        max_length=200, required=False, help_text=gettext_lazy("The QR code on the member's phone: one minute, once")
    )
    last_four = PrintableField(max_length=4, required=False, help_text=gettext_lazy("Of the phone; with the initial"))
    initial = PrintableField(max_length=2, required=False, help_text=gettext_lazy("Of the name: 김, ㄱ or K"))
    choice = PrintableField(
        max_length=200, required=False, help_text=gettext_lazy("One of the candidates that a look-up answered with")
    )
    bill = serializers.IntegerField(
        min_value=0, max_value=MOST_WON, required=False, help_text=gettext_lazy("won, to know how many points may pay")
    )

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        """Take one way."""
        return _exactly_one(given, ("phone", "card", "code", "last_four", "choice"))


class BasketSerializer(serializers.Serializer):
    """What is bought."""

    lines = LineSerializer(many=True, min_length=1, max_length=MOST_LINES)
    shipping = serializers.IntegerField(min_value=0, max_value=MOST_WON, default=0, help_text=gettext_lazy("won"))
    coupons = serializers.ListField(
        child=PrintableField(max_length=40), default=list, max_length=MOST_COUPONS, help_text=gettext_lazy("Codes")
    )


class PointsSerializer(BasketSerializer):
    """What is bought, and how many points are to pay for it."""

    points = serializers.IntegerField(
        min_value=0, max_value=MOST_POINTS, default=0, help_text=gettext_lazy("Points to use; a point pays a won")
    )


class QuoteSerializer(PointsSerializer):
    """A purchase to be reckoned."""

    lookup = serializers.IntegerField(help_text=LOOKUP)


class ActSerializer(serializers.Serializer):
    """What every booking says."""

    receipt = PrintableField(max_length=80, help_text=RECEIPT)
    occurred_at = serializers.DateTimeField(help_text=OCCURRED_AT)


class SaleSerializer(PointsSerializer, ActSerializer):
    """A purchase to be booked."""

    lookup = serializers.IntegerField(required=False, help_text=LOOKUP)
    member = NamedMemberSerializer(
        required=False, help_text=gettext_lazy("Instead of a look-up, for a sale that was queued and only earns")
    )
    paid = serializers.IntegerField(
        min_value=0, max_value=MOST_WON, help_text=gettext_lazy("won paid in money; refused where we reckon otherwise")
    )
    points_earned = serializers.IntegerField(
        required=False, help_text=gettext_lazy("What the till printed; refused where we reckon otherwise")
    )
    quote = PrintableField(
        max_length=300, required=False, help_text=gettext_lazy("The quote this was sold by; 409 where it changed")
    )
    hold = serializers.IntegerField(
        required=False, help_text=gettext_lazy("A hold for the same receipt; its points are used")
    )
    confirmed = serializers.BooleanField(
        default=False, help_text=gettext_lazy("The customer confirmed a large use of points")
    )

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        """Take one way to name the member."""
        return _exactly_one(given, ("lookup", "member"))


class ReturnSerializer(ActSerializer):
    """Goods that come back; the receipt is the return's own."""

    original_receipt = PrintableField(max_length=80, help_text=gettext_lazy("The receipt of the sale"))
    lines = LineSerializer(
        many=True, required=False, max_length=MOST_LINES, help_text=gettext_lazy("Amounts as they were sold")
    )
    all = serializers.BooleanField(default=False, help_text=gettext_lazy("Everything that is left of the sale"))


class HoldSerializer(ActSerializer):
    """Points to set aside."""

    lookup = serializers.IntegerField(help_text=LOOKUP)
    points = serializers.IntegerField(min_value=1, max_value=MOST_POINTS)
    bill = serializers.IntegerField(min_value=0, max_value=MOST_WON, help_text=gettext_lazy("won"))
    confirmed = serializers.BooleanField(default=False)


class CaptureSerializer(serializers.Serializer):
    """How much of a hold is used."""

    points = serializers.IntegerField(
        min_value=1, max_value=MOST_POINTS, required=False, help_text=gettext_lazy("All of it where left out")
    )
    occurred_at = serializers.DateTimeField(help_text=OCCURRED_AT)


class VoidSerializer(serializers.Serializer):
    """A hold that is not needed any more."""

    occurred_at = serializers.DateTimeField(help_text=OCCURRED_AT)


class ReversalSerializer(serializers.Serializer):
    """Why an act is undone."""

    reason = serializers.ChoiceField(
        [Transaction.Reason.WRONG_BOOKING, Transaction.Reason.SYSTEM_ERROR, Transaction.Reason.ABUSE],
        default=Transaction.Reason.WRONG_BOOKING,
    )


class CouponCheckSerializer(BasketSerializer):
    """Coupons held against a basket."""

    lookup = serializers.IntegerField(required=False, help_text=LOOKUP)
    coupons = serializers.ListField(
        child=PrintableField(max_length=40), min_length=1, max_length=MOST_COUPONS, help_text=gettext_lazy("Codes")
    )


class CouponRedeemSerializer(CouponCheckSerializer, ActSerializer):
    """Coupons used for a receipt that the shop books itself."""


class CouponCancelSerializer(ActSerializer):
    """The use of coupons for a receipt, undone."""


def _exactly_one(given: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    named = [name for name in names if name in given]
    if len(named) != 1:
        message = _("Send exactly one of: %(names)s.") % {"names": ", ".join(names)}
        raise serializers.ValidationError(message, code="exactly_one")
    return given
