"""The uses of coupons, and what came back of them. Written by `loyalty/coupons/redeeming.py` and `taking_back.py`."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from loyalty.models.coupons import Coupon, IssuedCoupon


class CouponRedemption(models.Model):
    """A customer used a coupon. `source` and `external_id` are the till's or the shop's own number of the use: a
    second call with them is the same use, for ever.
    """

    class Status(models.TextChoices):
        USED = "used", _("used")
        CANCELLED = "cancelled", _("cancelled")
        RETURNED = "returned", _("came back")

    source = models.CharField(_("source"), max_length=40, default="shop")
    external_id = models.CharField(_("redemption number"), max_length=120)
    coupon = models.ForeignKey(
        Coupon, models.PROTECT, verbose_name=_("coupon"), related_name="redemptions", db_index=False
    )
    issued = models.ForeignKey(
        IssuedCoupon,
        models.PROTECT,
        verbose_name=_("issued coupon"),
        null=True,
        blank=True,
        related_name="redemptions",
        db_index=False,
    )
    customer = models.ForeignKey(
        "customers.Customer",
        models.PROTECT,
        verbose_name=_("customer"),
        null=True,
        blank=True,
        related_name="coupon_redemptions",
        help_text=_("Empty for a guest with a code"),
    )
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.USED)
    redeemed_at = models.DateTimeField(_("redeemed at"))
    receipt = models.CharField(_("receipt"), max_length=100, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=1)
    store = models.ForeignKey(
        "customers.Store", models.PROTECT, verbose_name=_("store"), null=True, blank=True, related_name="+"
    )
    sales_channel = models.CharField(
        _("where"), max_length=10, choices=Coupon.SalesChannel.choices, default=Coupon.SalesChannel.ANY, blank=True
    )
    basket_amount = models.BigIntegerField(_("goods"), default=0, help_text=_("won of the whole purchase"))
    eligible_amount = models.BigIntegerField(_("of them in the offer"), default=0, help_text=_("won"))
    discount = models.BigIntegerField(_("discount"), default=0, help_text=_("won; for a gift its cost"))
    paid_amount = models.BigIntegerField(_("paid"), default=0, help_text=_("won for the goods, after all coupons"))
    returned_amount = models.BigIntegerField(_("goods returned"), default=0, help_text=_("won of those in the offer"))
    returned_discount = models.BigIntegerField(_("discount taken back"), default=0, help_text=_("won"))
    ended_at = models.DateTimeField(_("cancelled or returned at"), null=True, blank=True)
    ended_reason = models.CharField(_("why"), max_length=200, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("cancelled by"),
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("staff"), null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("coupon redemption")
        verbose_name_plural = _("coupon redemptions")
        constraints = [
            # All uses of one act have its number, each its position.
            models.UniqueConstraint(fields=["source", "external_id", "position"], name="redemption_once_per_source"),
            models.UniqueConstraint(
                fields=["issued"], condition=Q(status="used", issued__isnull=False), name="issued_coupon_used_once"
            ),
            # A receipt takes its coupons in one call, so that what may not be combined is not.
            models.UniqueConstraint(
                fields=["source", "receipt", "position"],
                condition=Q(status="used") & ~Q(receipt=""),
                name="coupons_once_per_receipt",
            ),
            models.CheckConstraint(
                condition=Q(returned_amount__gte=0, returned_amount__lte=F("eligible_amount")),
                name="no_more_returned_than_bought",
            ),
            models.CheckConstraint(
                condition=Q(returned_discount__gte=0, returned_discount__lte=F("discount")),
                name="no_more_taken_back_than_given",
            ),
        ]
        indexes = [
            models.Index(fields=["coupon", "redeemed_at"], name="redemptions_of_coupon"),
            models.Index(fields=["redeemed_at"], name="redemption_time"),
            models.Index(fields=["ended_at"], name="redemption_cancelled", condition=Q(ended_by__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.coupon_id} {self.customer_id}"

    @property
    def cost(self) -> int:
        """Return what the use cost the shop (won), as it stands after returns."""
        return 0 if self.status == self.Status.CANCELLED else self.discount - self.returned_discount


class CouponReturn(models.Model):
    """Goods bought with a coupon came back. Its number makes a second call the same return."""

    redemption = models.ForeignKey(
        CouponRedemption, models.PROTECT, verbose_name=_("redemption"), related_name="returns"
    )
    source = models.CharField(_("source"), max_length=40)
    external_id = models.CharField(_("return number"), max_length=120)
    amount = models.PositiveBigIntegerField(_("goods returned"), help_text=_("won of those in the offer"))
    discount = models.PositiveBigIntegerField(_("discount taken back"), help_text=_("won"))
    returned_at = models.DateTimeField(_("returned at"))

    class Meta:
        verbose_name = _("return of a coupon's goods")
        verbose_name_plural = _("returns of coupons' goods")
        constraints = [
            models.UniqueConstraint(fields=["source", "external_id", "redemption"], name="coupon_return_once")
        ]

    def __str__(self) -> str:
        return f"{self.redemption_id} {self.amount}"
