"""Customers who bring customers: the terms, everybody's code, and what became of each friend.

Written by `loyalty/referrals/` and the admin of the terms only.
"""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class ReferralTerms(models.Model):
    """What a referral brings to both, and when. A change holds for whoever has not been rewarded by then."""

    class Gift(models.TextChoices):
        NOTHING = "nothing", _("nothing")
        POINTS = "points", _("points, as the earning rule for referrals says")
        COUPON = "coupon", _("a coupon")

    program = models.OneToOneField(
        "loyalty.Program",
        models.PROTECT,
        verbose_name=_("program"),
        primary_key=True,
        related_name="referral_terms",
    )
    begins_on = models.DateField(
        _("referrals count from"),
        null=True,
        blank=True,
        help_text=_("Codes told before this day (KST) bring nothing. Empty: no code brings anything."),
    )
    shop_url = models.URLField(
        _("the shop's page"), blank=True, help_text=_("Where the invitation leads; the code goes along in the address")
    )
    parameter = models.SlugField(
        _("name of the code in the address"), max_length=40, default="referral_code", db_default="referral_code"
    )
    referrer_gets = models.CharField(
        _("who invited gets"), max_length=10, choices=Gift.choices, default=Gift.POINTS, db_default=Gift.POINTS
    )
    referrer_coupon = models.ForeignKey(
        "loyalty.Coupon", models.PROTECT, verbose_name=_("coupon"), null=True, blank=True, related_name="+"
    )
    friend_gets = models.CharField(
        _("the friend gets"), max_length=10, choices=Gift.choices, default=Gift.POINTS, db_default=Gift.POINTS
    )
    friend_coupon = models.ForeignKey(
        "loyalty.Coupon", models.PROTECT, verbose_name=_("coupon"), null=True, blank=True, related_name="+"
    )
    minimum_won = models.PositiveBigIntegerField(
        _("first order of at least"), default=0, db_default=0, help_text=_("won, after what came back")
    )
    days_to_buy = models.PositiveSmallIntegerField(
        _("days until the first order"), default=90, db_default=90, validators=[MinValueValidator(1)]
    )
    return_days = models.PositiveSmallIntegerField(
        _("days in which it can be returned"),
        default=14,
        db_default=14,
        help_text=_("Both are rewarded when the first order has stood so long"),
    )
    take_back_days = models.PositiveSmallIntegerField(
        _("days in which a later return takes the reward back"),
        default=90,
        db_default=90,
        help_text=_("Counted from the order"),
    )
    new_within_days = models.PositiveSmallIntegerField(
        _("days in which somebody is new"),
        default=30,
        db_default=30,
        help_text=_("New is who joined and first bought no earlier than so many days before the code was told"),
    )
    most_a_month = models.PositiveSmallIntegerField(
        _("rewards a month at most"),
        default=10,
        db_default=10,
        help_text=_("for one who invites; the friend gets theirs"),
    )
    most_a_device = models.PositiveSmallIntegerField(
        _("friends from one device at most"), default=2, db_default=2, validators=[MinValueValidator(1)]
    )

    class Meta:
        verbose_name = _("terms of referrals")
        verbose_name_plural = _("terms of referrals")

    def __str__(self) -> str:
        return str(self._meta.verbose_name)


class ReferralCode(models.Model):
    """What a customer passes on to friends. Made once, never changed; `referrer` is read through merges."""

    customer = models.OneToOneField(
        "customers.Customer", models.PROTECT, verbose_name=_("customer"), related_name="referral_code"
    )
    code = models.CharField(_("referral code"), max_length=20, unique=True)
    made_at = models.DateTimeField(_("made at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("referral code")
        verbose_name_plural = _("referral codes")

    def __str__(self) -> str:
        return str(self.pk)


class Referral(models.Model):
    """A friend who came with somebody's code, and what became of it. A friend counts once, for ever."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("waiting")
        REWARDED = "rewarded", _("rewarded")
        REFUSED = "refused", _("refused")
        TAKEN_BACK = "taken_back", _("taken back")

    class Reason(models.TextChoices):
        """Why it was refused, or what else is to be known of it."""

        UNKNOWN_CODE = "UNKNOWN_CODE", _("nobody has this code")
        GONE = "GONE", _("who invited, or the friend, is no customer any more")
        NOT_NEW = "NOT_NEW", _("the friend was a customer before")
        SAME_CUSTOMER = "SAME_CUSTOMER", _("it is their own code")
        SAME_PHONE = "SAME_PHONE", _("both have the same phone number")
        SAME_EMAIL = "SAME_EMAIL", _("both have the same e-mail address")
        SAME_DEVICE = "SAME_DEVICE", _("both use the same device")
        SAME_ADDRESS = "SAME_ADDRESS", _("both have the same address")
        RING = "RING", _("they invited each other in a circle")
        CROWDED_DEVICE = "CROWDED_DEVICE", _("too many friends came from one device")
        NO_ORDER = "NO_ORDER", _("the friend did not buy in time")
        TOO_SMALL = "TOO_SMALL", _("the first order came to less than the terms ask for")
        RETURNED = "RETURNED", _("the first order was cancelled or returned")
        OVER_CAP = "OVER_CAP", _("only the friend was rewarded: who invited had all of their month")

    friend = models.OneToOneField(
        "customers.Customer", models.PROTECT, verbose_name=_("friend"), related_name="came_by_referral"
    )
    referrer = models.ForeignKey(
        "customers.Customer",
        models.PROTECT,
        verbose_name=_("who invited"),
        null=True,
        blank=True,
        related_name="referrals_made",
    )
    said_at = models.DateTimeField(_("code told at"))
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.WAITING)
    reason = models.CharField(_("why"), max_length=20, choices=Reason.choices, blank=True)
    problem = models.CharField(
        _("problem"), max_length=300, blank=True, help_text=_("What kept the reward from being given at the last try")
    )
    tried_at = models.DateTimeField(_("last try"), null=True, blank=True, editable=False)
    order = models.ForeignKey(
        "customers.Order", models.PROTECT, verbose_name=_("first order"), null=True, blank=True, related_name="+"
    )
    waits_until = models.DateTimeField(_("return window ends"), null=True, blank=True)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    # Kept as they were when it was rewarded, for the return that comes later.
    minimum_won = models.PositiveBigIntegerField(_("first order of at least"), default=0)
    safe_after = models.DateTimeField(_("reward is final from"), null=True, blank=True)
    referrer_points = models.PositiveBigIntegerField(_("points to who invited"), default=0)
    friend_points = models.PositiveBigIntegerField(_("points to the friend"), default=0)
    referrer_coupon = models.ForeignKey(
        "loyalty.IssuedCoupon", models.PROTECT, verbose_name=_("coupon"), null=True, related_name="+"
    )
    friend_coupon = models.ForeignKey(
        "loyalty.IssuedCoupon", models.PROTECT, verbose_name=_("coupon"), null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("referral")
        verbose_name_plural = _("referrals")
        indexes = [
            models.Index(fields=["referrer", "decided_at"], name="referrals_of_referrer"),
            models.Index(fields=["status", "waits_until"], condition=Q(status="waiting"), name="referrals_waiting"),
            models.Index(fields=["order"], condition=Q(status="rewarded"), name="referrals_to_watch"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="rewarded") | Q(order__isnull=False, decided_at__isnull=False),
                name="rewarded_referral_has_an_order",
            ),
            models.CheckConstraint(condition=~Q(status="refused") | ~Q(reason=""), name="refused_referral_says_why"),
        ]

    def __str__(self) -> str:
        return f"{self.friend_id} ← {self.referrer_id}"
