"""Coupons and their use."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Coupon(models.Model):
    """An offer that a customer can redeem."""

    source = models.CharField(_("source"), max_length=40, default="shop")
    external_id = models.CharField(_("coupon number"), max_length=100)
    name = models.CharField(_("name"), max_length=200)
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)

    class Meta:
        verbose_name = _("coupon")
        verbose_name_plural = _("coupons")
        constraints = [models.UniqueConstraint(fields=["source", "external_id"], name="coupon_once_per_source")]

    def __str__(self) -> str:
        return self.name


class CouponRedemption(models.Model):
    """A customer used a coupon."""

    source = models.CharField(_("source"), max_length=40, default="shop")
    external_id = models.CharField(_("redemption number"), max_length=100)
    coupon = models.ForeignKey(Coupon, models.PROTECT, verbose_name=_("coupon"), related_name="redemptions")
    customer = models.ForeignKey(
        "customers.Customer", models.PROTECT, verbose_name=_("customer"), related_name="coupon_redemptions"
    )
    redeemed_at = models.DateTimeField(_("redeemed at"))

    class Meta:
        verbose_name = _("coupon redemption")
        verbose_name_plural = _("coupon redemptions")
        constraints = [models.UniqueConstraint(fields=["source", "external_id"], name="redemption_once_per_source")]

    def __str__(self) -> str:
        return f"{self.coupon_id} {self.customer_id}"
