"""What each call of the till API answers, field by field."""

from typing import Any

from django.utils.translation import gettext_lazy
from rest_framework import serializers

from loyalty.coupons import codes
from loyalty.desk.finding import Finding
from loyalty.desk.standing_card import StandingCard
from loyalty.models import CouponRedemption, TillTransaction
from loyalty.till import acts


class ExpiringSerializer(serializers.Serializer):
    """Points that die next."""

    points = serializers.IntegerField()
    last_day = serializers.DateField(help_text=gettext_lazy("The last day on which they can be used (KST)"))


class HeldCouponSerializer(serializers.Serializer):
    """A coupon that the customer may use here today."""

    name = serializers.CharField()
    benefit = serializers.CharField()
    code = serializers.CharField()
    last_day = serializers.DateField(allow_null=True)


class CandidateSerializer(serializers.Serializer):
    """One of a few who fit."""

    choice = serializers.CharField(help_text=gettext_lazy("Send it as choice to take this one"))
    name = serializers.CharField(help_text=gettext_lazy("Masked"))
    phone_end = serializers.CharField()
    home_store = serializers.CharField()


class MemberCardSerializer(serializers.Serializer):
    """What a till may show of a customer; of nobody the same, all of it empty."""

    name = serializers.CharField(help_text=gettext_lazy("Masked"))
    status = serializers.CharField(help_text=gettext_lazy("open, frozen or closed"))
    tier = serializers.CharField()
    perks = serializers.ListField(child=serializers.CharField())
    available = serializers.IntegerField()
    pending = serializers.IntegerField()
    held = serializers.IntegerField()
    debt = serializers.IntegerField(help_text=gettext_lazy("A return adjustment that the next points pay off"))
    usable_now = serializers.IntegerField(help_text=gettext_lazy("After minimum, step and share of the bill"))
    expiring_next = ExpiringSerializer(allow_null=True)
    coupons = HeldCouponSerializer(many=True)
    say = serializers.CharField(help_text=gettext_lazy("One thing to tell the customer"))


class FindingSerializer(serializers.Serializer):
    """What a look-up came to."""

    found = serializers.ChoiceField(["found", "several", "not_found"])
    lookup = serializers.IntegerField(help_text=gettext_lazy("What later calls name this customer by"))
    candidates = CandidateSerializer(many=True)
    member = MemberCardSerializer()


class QuoteAnswerSerializer(serializers.Serializer):
    """What a purchase comes to. Won and points."""

    quote = serializers.CharField(help_text=gettext_lazy("Show it with the sale"))
    expires_at = serializers.DateTimeField()
    goods = serializers.IntegerField()
    discount = serializers.IntegerField(help_text=gettext_lazy("Off the goods, by coupons"))
    shipping = serializers.IntegerField(help_text=gettext_lazy("What is left of it"))
    due = serializers.IntegerField(help_text=gettext_lazy("In money and points together"))
    points_used = serializers.IntegerField()
    paid = serializers.IntegerField(help_text=gettext_lazy("In money"))
    points_earned = serializers.IntegerField()
    usable_now = serializers.IntegerField()
    needs_confirmation = serializers.BooleanField()
    balance = serializers.IntegerField()


class ToldSerializer(serializers.Serializer):
    """What stands written of an act. Figures are below zero where goods or points came back."""

    txn_id = serializers.IntegerField()
    kind = serializers.ChoiceField(TillTransaction.Kind.choices)
    receipt = serializers.CharField()
    occurred_at = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField()
    clock_off = serializers.BooleanField(help_text=gettext_lazy("The till's clock was more than five minutes off"))
    points_used = serializers.IntegerField()
    points_earned = serializers.IntegerField()
    goods = serializers.IntegerField()
    discount = serializers.IntegerField()
    paid = serializers.IntegerField()
    original_txn_id = serializers.IntegerField(allow_null=True)
    hold_id = serializers.IntegerField(allow_null=True)


class DoneSerializer(ToldSerializer):
    """An act, and how the member stands after it."""

    balance_after = serializers.IntegerField()
    pending_after = serializers.IntegerField()
    held_after = serializers.IntegerField()
    debt_after = serializers.IntegerField()
    expiring_next = ExpiringSerializer(allow_null=True)
    tier = serializers.CharField()
    receipt_text = serializers.CharField(help_text=gettext_lazy("To be printed on the receipt"))
    expires_at = serializers.DateTimeField(required=False, help_text=gettext_lazy("Of a hold"))
    unknown_products = serializers.ListField(
        child=serializers.CharField(), required=False, help_text=gettext_lazy("Of a sale: numbers without a product")
    )


class ToldListSerializer(serializers.Serializer):
    """What was booked on a receipt."""

    results = ToldSerializer(many=True)


class CouponUseSerializer(serializers.Serializer):
    """What one coupon takes off."""

    name = serializers.CharField()
    discount = serializers.IntegerField(help_text=gettext_lazy("won; of a gift nothing"))
    gift = serializers.CharField()


class CouponsSerializer(serializers.Serializer):
    """What coupons take off together."""

    discount = serializers.IntegerField(help_text=gettext_lazy("won"))
    coupons = CouponUseSerializer(many=True)


def finding(found: Finding, card: StandingCard) -> dict[str, Any]:
    """Return the answer of a look-up; the same fields whatever was found."""
    candidates = [
        {"choice": one.token, "name": one.name, "phone_end": one.phone_end, "home_store": one.home_store}
        for one in found.candidates
    ]
    return {"found": found.outcome, "lookup": found.lookup_id, "candidates": candidates, "member": member(card)}


def member(card: StandingCard) -> dict[str, Any]:
    """Return what a till may show of a customer."""
    expiring = {"points": card.expiring_points, "last_day": card.expiring_on.isoformat()} if card.expiring_on else None
    return {
        "name": card.name,
        "status": card.status,
        "tier": card.tier.tier.name if card.tier else "",
        "perks": card.perks,
        "available": card.available,
        "pending": card.pending,
        "held": card.held,
        "debt": card.debt,
        "usable_now": card.usable_now,
        "expiring_next": expiring,
        "coupons": [
            {
                "name": each.name,
                "benefit": str(each.benefit),
                "code": codes.shown(each.code),
                "last_day": each.last_day and each.last_day.isoformat(),
            }
            for each in card.coupons
        ],
        "say": card.saying.text if card.saying else "",
    }


def uses(used: list[CouponRedemption]) -> dict[str, Any]:
    """Return what coupons took off, as they were used."""
    each = [_use(use.coupon.name, use.discount, use.coupon.gift) for use in used]
    return {"discount": sum(one["discount"] for one in each), "coupons": each}


def listed(found: list[TillTransaction]) -> dict[str, Any]:
    """Return acts as they stand written."""
    return {"results": [acts.told(act) for act in found]}


def _use(name: str, discount: int, gift: str) -> dict[str, Any]:
    return {"name": name, "discount": 0 if gift else discount, "gift": gift}
