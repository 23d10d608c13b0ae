"""The admin of loyalty: coupons and who used them."""

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from crm_project.read_only_admin import BigTableAdmin, ReadOnlyAdmin
from customers.customer_link import customer_link
from loyalty.models import Coupon, CouponRedemption


@admin.register(Coupon)
class CouponAdmin(ReadOnlyAdmin):
    """Coupons with how often each was used."""

    list_display = ("name", "external_id", "valid_from", "valid_until", "redemption_count")
    search_fields = ("name", "external_id")
    ordering = ("-valid_until", "name")
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Coupon]:
        return super().get_queryset(request).annotate(redeemed=Count("redemptions"))

    @admin.display(description=_("times used"), ordering="redeemed")
    def redemption_count(self, coupon: Coupon) -> int:
        return coupon.redeemed


@admin.register(CouponRedemption)
class CouponRedemptionAdmin(BigTableAdmin):
    """Each use of a coupon."""

    list_display = ("redeemed_at", "coupon", customer_link)
    list_select_related = ("coupon", "customer")
    ordering = ("-redeemed_at",)
