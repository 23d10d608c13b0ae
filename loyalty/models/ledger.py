"""The points ledger: what was booked, in transactions of two legs and more.

Written by `loyalty/ledger/` only. Transactions, entries and moves are never changed or deleted; triggers see to it
(migration 0002), and to the rest of the invariants I1–I11 that a constraint cannot say.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from loyalty.models.points import MEMBER_BUCKETS, Account, Bucket
from loyalty.models.program import Program, RuleVersion


class Transaction(models.Model):
    """What happened to an account, in one piece: the head of its entries. Never changed, but for an emptied note."""

    class Kind(models.TextChoices):
        EARN = "earn", pgettext_lazy("points", "Earned")
        ACTIVATE = "activate", pgettext_lazy("points", "Became usable")
        REDEEM = "redeem", pgettext_lazy("points", "Used")
        HOLD = "hold", pgettext_lazy("points", "Held for a payment")
        CAPTURE = "capture", pgettext_lazy("points", "Used from a hold")
        VOID = "void", pgettext_lazy("points", "Hold released")
        GIVE_BACK = "give_back", pgettext_lazy("points", "Given back after a return")
        CLAW_BACK = "claw_back", pgettext_lazy("points", "Taken back after a return")
        ADJUST = "adjust", pgettext_lazy("points", "Adjusted by staff")
        EXPIRE = "expire", pgettext_lazy("points", "Expired")
        TRANSFER = "transfer", pgettext_lazy("points", "Moved by a merge")

    class Reason(models.TextChoices):
        """Why staff adjusts or reverses; asked for on every one."""

        MISSED_EARNING = "missed_earning", _("Points for a purchase were missing")
        GOODWILL = "goodwill", _("Goodwill after a complaint")
        WRONG_BOOKING = "wrong_booking", _("Booked by mistake")
        SYSTEM_ERROR = "system_error", _("Error of a system")
        ABUSE = "abuse", _("Abuse")
        MIGRATION = "migration", _("Taken over from another system")

    # Its account's program, here for the unique receipt.
    program = models.ForeignKey(Program, models.PROTECT, verbose_name=_("points program"), db_index=False)
    account = models.ForeignKey(
        Account, models.PROTECT, verbose_name=_("points account"), related_name="transactions", db_index=False
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    points = models.BigIntegerField(_("points"))
    source_system = models.CharField(_("source"), max_length=40, blank=True)
    reference = models.CharField(_("receipt"), max_length=100, blank=True)
    line = models.CharField(_("line"), max_length=100, blank=True)
    occurred_at = models.DateTimeField(_("happened at"), help_text=_("When it happened, as the store tells"))
    posted_at = models.DateTimeField(_("booked at"), help_text=_("The moment that decided what was valid"))
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now(), editable=False)
    reverses = models.ForeignKey(
        "self", models.PROTECT, verbose_name=_("takes back"), null=True, blank=True, related_name="reversals"
    )
    rule_version = models.ForeignKey(
        RuleVersion, models.PROTECT, verbose_name=_("rule version"), null=True, blank=True, db_index=False
    )
    details = models.JSONField(_("computed from"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=20, choices=Reason, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    store = models.ForeignKey(
        "customers.Store", models.PROTECT, verbose_name=_("store"), null=True, blank=True, db_index=False
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("booked by"),
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("approved by"),
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )

    class Meta:
        verbose_name = _("points transaction")
        verbose_name_plural = _("points transactions")
        indexes = [
            models.Index(fields=["account", "-id"], name="transaction_by_account"),
            models.Index(fields=["posted_at"], name="transaction_by_time"),
            models.Index(fields=["by", "posted_at"], name="adjustments_of_a_person", condition=Q(kind="adjust")),
        ]
        constraints = [
            # I9: for ever, whatever became of an idempotency key.
            models.UniqueConstraint(
                fields=["program", "source_system", "reference", "line", "kind"],
                name="receipt_once",
                condition=~Q(reference=""),
            ),
            models.CheckConstraint(condition=Q(points__gt=0), name="transaction_moves_points"),
            models.CheckConstraint(
                condition=~Q(reference="") | ~Q(kind__in=["earn", "redeem", "hold"]), name="booking_has_its_receipt"
            ),
            models.CheckConstraint(
                condition=~Q(kind="adjust") | (~Q(reason="") & Q(by__isnull=False)),
                name="adjustment_has_a_reason_and_a_person",
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("by")), name="nobody_approves_their_own_adjustment"
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["give_back", "claw_back"]) | Q(reverses__isnull=False),
                name="return_names_what_it_returns",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.points}"


class Entry(models.Model):
    """One leg of a transaction; the legs add up to zero. Those of members are numbered without a gap (I10)."""

    transaction = models.ForeignKey(Transaction, models.PROTECT, verbose_name=_("transaction"), related_name="entries")
    account = models.ForeignKey(
        Account,
        models.PROTECT,
        verbose_name=_("points account"),
        null=True,
        blank=True,
        related_name="entries",
        db_index=False,
    )
    bucket = models.CharField(_("bucket"), max_length=12, choices=Bucket)
    amount = models.BigIntegerField(_("points"))
    seq = models.BigIntegerField(_("number"), null=True, blank=True)
    balance_after = models.BigIntegerField(_("balance after"), null=True, blank=True)

    class Meta:
        verbose_name = _("points entry")
        verbose_name_plural = _("points entries")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "seq"], name="entry_number_once", condition=Q(account__isnull=False)
            ),
            models.CheckConstraint(condition=~Q(amount=0), name="entry_moves_points"),
            models.CheckConstraint(
                condition=Q(
                    bucket__in=MEMBER_BUCKETS, account__isnull=False, seq__isnull=False, balance_after__isnull=False
                )
                | (~Q(bucket__in=MEMBER_BUCKETS) & Q(account=None, seq=None, balance_after=None)),
                name="entry_is_of_a_member_or_of_the_program",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.bucket} {self.amount:+}"
