"""What tills did: each act with its receipt, once for ever, and the answers that repeated requests get."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from loyalty.models.lots import Hold
from loyalty.models.points import Account
from loyalty.models.program import Program
from loyalty.models.terminals import Terminal


class TillTransaction(models.Model):
    """One act of a till. What it booked stands in the ledger, the order and the uses of coupons; here is what ties
    them to a receipt. Never changed.
    """

    class Kind(models.TextChoices):
        SALE = "sale", pgettext_lazy("till", "Sale")
        RETURN = "return", pgettext_lazy("till", "Return")
        HOLD = "hold", pgettext_lazy("till", "Points set aside")
        CAPTURE = "capture", pgettext_lazy("till", "Used from a hold")
        VOID = "void", pgettext_lazy("till", "Hold released")
        REVERSAL = "reversal", pgettext_lazy("till", "Taken back")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    terminal = models.ForeignKey(
        Terminal, models.PROTECT, verbose_name=_("till"), related_name="transactions", db_index=False
    )
    store = models.ForeignKey("customers.Store", models.PROTECT, verbose_name=_("store"), related_name="+")
    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("staff"), null=True, related_name="+"
    )
    account = models.ForeignKey(
        Account, models.PROTECT, verbose_name=_("points account"), related_name="till_transactions"
    )
    order = models.ForeignKey(
        "customers.Order", models.PROTECT, verbose_name=_("order"), null=True, related_name="till_transactions"
    )
    hold = models.ForeignKey(Hold, models.PROTECT, verbose_name=_("hold"), null=True, related_name="till_transactions")
    # What is taken back by a reversal or a return.
    original = models.ForeignKey(
        "self", models.PROTECT, verbose_name=_("takes back"), null=True, related_name="undone_by"
    )
    source = models.CharField(_("source"), max_length=40)
    receipt = models.CharField(_("receipt"), max_length=80)
    occurred_at = models.DateTimeField(_("happened at"), help_text=_("As the till's clock told"))
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now(), editable=False)
    is_clock_off = models.BooleanField(_("its clock was more than five minutes off"), default=False)
    # Gross, both of them; below zero where points came back.
    points_used = models.BigIntegerField(_("points used"), default=0)
    points_earned = models.BigIntegerField(_("points earned"), default=0)
    goods = models.BigIntegerField(_("goods"), default=0, help_text=_("won, before any coupon"))
    discount = models.BigIntegerField(_("discount"), default=0, help_text=_("won"))
    paid = models.BigIntegerField(_("paid"), default=0, help_text=_("won; below zero: to give back"))

    class Meta:
        verbose_name = _("act of a till")
        verbose_name_plural = _("acts of tills")
        constraints = [
            # Of holds one at a time: the ledger sees to that.
            models.UniqueConstraint(
                fields=["source", "receipt", "kind"],
                condition=Q(kind__in=["sale", "return"]),
                name="till_receipt_once",
            ),
            models.UniqueConstraint(fields=["original"], condition=Q(kind="reversal"), name="till_act_undone_once"),
        ]
        indexes = [models.Index(fields=["receipt"], name="till_receipt")]

    def __str__(self) -> str:
        return f"{self.kind} {self.receipt}"


class TillRequest(models.Model):
    """A request of a till that was decided, and the answer that its repetition gets. Written with what it booked."""

    program = models.ForeignKey(Program, models.PROTECT, related_name="+", db_index=False)
    terminal = models.ForeignKey(Terminal, models.PROTECT, related_name="+", db_index=False)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64, help_text="Of the address and the body.")
    status = models.PositiveSmallIntegerField(null=True)
    answer = models.TextField(default="", help_text="JSON as it was sent.")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["program", "terminal", "key"], name="till_key_once")]
        indexes = [models.Index(fields=["created_at"], name="till_request_created")]

    def __str__(self) -> str:
        return self.key
