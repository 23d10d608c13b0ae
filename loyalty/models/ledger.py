"""The points ledger: accounts, what was booked, the lots the points lie in, and what the nightly check found.

Written by `loyalty/ledger/` only. Transactions, entries and moves are never changed or deleted; triggers see to it
(migration 0002), and to the rest of the invariants I1–I11 that a constraint cannot say.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from loyalty.models.program import Program, RuleVersion


class Bucket(models.TextChoices):
    """Where points can be: the four of a member, and those of the program that nobody owns."""

    AVAILABLE = "available", pgettext_lazy("points", "Available")
    PENDING = "pending", pgettext_lazy("points", "Pending")
    HELD = "held", pgettext_lazy("points", "Held")
    DEBT = "debt", pgettext_lazy("points", "Return adjustment")
    ISSUED = "issued", pgettext_lazy("points", "Issued")
    REDEEMED = "redeemed", pgettext_lazy("points", "Redeemed")
    EXPIRED = "expired", pgettext_lazy("points", "Expired")
    REVERSED = "reversed", pgettext_lazy("points", "Taken back")
    ADJUSTED = "adjusted", pgettext_lazy("points", "Adjusted")
    TRANSFERRED = "transferred", pgettext_lazy("points", "Moved between accounts")


MEMBER_BUCKETS = (Bucket.AVAILABLE, Bucket.PENDING, Bucket.HELD, Bucket.DEBT)


class LotKind(models.TextChoices):
    """What points were given for; those a customer paid for are used last."""

    BASE = "base", _("purchase")
    PROMOTION = "promotion", _("promotion")
    COMPENSATION = "compensation", _("compensation")
    PAID = "paid", _("paid for")


class Account(models.Model):
    """A member's points: numbers kept beside the entries, locked first by whoever books."""

    class Status(models.TextChoices):
        OPEN = "open", pgettext_lazy("points account", "Open")
        FROZEN = "frozen", pgettext_lazy("points account", "Frozen")
        CLOSED = "closed", pgettext_lazy("points account", "Closed")

    program = models.ForeignKey(Program, models.PROTECT, verbose_name=_("points program"), related_name="accounts")
    customer = models.ForeignKey(
        "customers.Customer", models.PROTECT, verbose_name=_("customer"), related_name="points_accounts"
    )
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.OPEN, db_default=Status.OPEN)
    available = models.BigIntegerField(pgettext_lazy("points", "available"), default=0, db_default=0)
    pending = models.BigIntegerField(pgettext_lazy("points", "pending"), default=0, db_default=0)
    held = models.BigIntegerField(pgettext_lazy("points", "held"), default=0, db_default=0)
    debt = models.BigIntegerField(_("return adjustment"), default=0, db_default=0)
    lifetime_earned = models.BigIntegerField(_("earned in all"), default=0, db_default=0)
    last_seq = models.BigIntegerField(_("last entry"), default=0, db_default=0)
    due_at = models.DateTimeField(
        _("next due"),
        null=True,
        blank=True,
        help_text=_("Not later than the next expiry, activation or end of a hold"),
    )
    merged_into = models.ForeignKey(
        "self", models.PROTECT, verbose_name=_("merged into"), null=True, blank=True, related_name="merged_accounts"
    )
    opened_at = models.DateTimeField(_("opened at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("points account")
        verbose_name_plural = _("points accounts")
        permissions = [
            ("adjust_points", _("Can adjust points")),
            ("approve_adjustment", _("Can approve a large adjustment of points")),
            ("freeze_account", _("Can freeze a points account")),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="account_due", condition=Q(due_at__isnull=False)),
            models.Index(fields=["-available"], name="account_by_balance"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["program", "customer"], name="account_once_per_customer"),
            models.CheckConstraint(
                condition=Q(available__gte=0, pending__gte=0, held__gte=0, debt__gte=0), name="points_never_negative"
            ),
            models.CheckConstraint(condition=Q(debt=0) | Q(available=0), name="debt_leaves_nothing_available"),
            models.CheckConstraint(
                condition=Q(merged_into=None) | Q(available=0, pending=0, held=0, debt=0, status="closed"),
                name="merged_account_is_empty",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.program_id}/{self.pk}"


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


class Lot(models.Model):
    """The points of one award, with the day they die. Only `remaining` and `state` ever change."""

    class State(models.TextChoices):
        PENDING = "pending", pgettext_lazy("lot", "Pending")
        ACTIVE = "active", pgettext_lazy("lot", "Usable")
        SPENT = "spent", pgettext_lazy("lot", "Used up")
        EXPIRED = "expired", pgettext_lazy("lot", "Expired")

    account = models.ForeignKey(
        Account, models.PROTECT, verbose_name=_("points account"), related_name="lots", db_index=False
    )
    made_by = models.ForeignKey(Transaction, models.PROTECT, verbose_name=_("made by"), related_name="+")
    # The award these points come from, through merges and days of grace; what a return takes back looks here first.
    award = models.ForeignKey(Transaction, models.PROTECT, verbose_name=_("award"), related_name="lots")
    origin = models.ForeignKey(
        "self", models.PROTECT, verbose_name=_("continues"), null=True, blank=True, related_name="continued_by"
    )
    kind = models.CharField(_("kind"), max_length=12, choices=LotKind, default=LotKind.BASE)
    original = models.BigIntegerField(_("points"))
    remaining = models.BigIntegerField(_("points left"))
    state = models.CharField(_("state"), max_length=10, choices=State)
    activates_at = models.DateTimeField(_("usable from"))
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)

    class Meta:
        verbose_name = _("lot of points")
        verbose_name_plural = _("lots of points")
        indexes = [
            # Not on `remaining`: a lot used in part is then updated in place.
            models.Index(
                fields=["account", "expires_at"], name="lot_open", condition=Q(state__in=["active", "pending"])
            ),
            models.Index(fields=["expires_at"], name="lot_expiring", condition=Q(state__in=["active", "pending"])),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(original__gt=0, remaining__gte=0, remaining__lte=F("original")),
                name="lot_holds_no_more_than_it_was",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["active", "pending"], remaining__gt=0)
                | Q(state__in=["spent", "expired"], remaining=0),
                name="open_lot_holds_points",
            ),
            models.CheckConstraint(
                condition=Q(expires_at=None) | Q(expires_at__gt=F("activates_at")), name="lot_dies_after_it_is_usable"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.remaining}/{self.original}"


class LotMove(models.Model):
    """Points that a transaction took from a lot (negative) or returned to it. Never changed, never deleted."""

    transaction = models.ForeignKey(Transaction, models.PROTECT, verbose_name=_("transaction"), related_name="moves")
    lot = models.ForeignKey(Lot, models.PROTECT, verbose_name=_("lot of points"), related_name="moves")
    # A return took points of this lot while those of the lot it was about were used or held.
    instead_of = models.ForeignKey(
        Lot, models.PROTECT, verbose_name=_("instead of"), null=True, blank=True, related_name="+", db_index=False
    )
    amount = models.BigIntegerField(_("points"))

    class Meta:
        verbose_name = _("move of points")
        verbose_name_plural = _("moves of points")
        indexes = [
            models.Index(fields=["instead_of"], name="move_instead", condition=Q(instead_of__isnull=False)),
        ]
        constraints = [models.CheckConstraint(condition=~Q(amount=0), name="lot_move_moves_points")]

    def __str__(self) -> str:
        return f"{self.lot_id} {self.amount:+}"


class Hold(models.Model):
    """Points set aside for a payment under way; resolved once, one way (I8)."""

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("hold", "Open")
        CAPTURED = "captured", pgettext_lazy("hold", "Used")
        VOIDED = "voided", pgettext_lazy("hold", "Released")

    account = models.ForeignKey(
        Account, models.PROTECT, verbose_name=_("points account"), related_name="holds", db_index=False
    )
    placement = models.OneToOneField(
        Transaction, models.PROTECT, verbose_name=_("placed by"), related_name="placed_hold"
    )
    resolution = models.OneToOneField(
        Transaction, models.PROTECT, verbose_name=_("resolved by"), null=True, blank=True, related_name="resolved_hold"
    )
    points = models.BigIntegerField(_("points"))
    expires_at = models.DateTimeField(_("held until"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        indexes = [models.Index(fields=["account"], name="hold_open", condition=Q(state="open"))]
        constraints = [
            models.CheckConstraint(condition=Q(points__gt=0), name="hold_holds_points"),
            models.CheckConstraint(
                condition=Q(state="open", resolution=None)
                | Q(state__in=["captured", "voided"], resolution__isnull=False),
                name="resolved_hold_names_its_resolution",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.points} {self.state}"
