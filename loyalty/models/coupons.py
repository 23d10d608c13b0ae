"""Coupons as they are promised, and as customers hold them. How they are used stands in `coupon_uses`.

Written by `loyalty/coupons/` only: terms and state by `definitions`, what is handed out by `issuing`, the counters by
the same statement that they guard.
"""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Coupon(models.Model):
    """An offer: what it gives, on what, when, and how often.

    Products, categories and stores stand on the row as lists: from the first issue on the terms are a promise, kept as
    they were given. Rows of another source are the history of the shop's own system and are never redeemed here.
    """

    OWN = "dangol"

    class Kind(models.TextChoices):
        AMOUNT = "amount", _("won off")
        PERCENT = "percent", _("percent off")
        FREE_SHIPPING = "free_shipping", _("free shipping")
        GIFT = "gift", _("gift")

    class SalesChannel(models.TextChoices):
        ANY = "", _("in stores and online")
        STORE = "store", _("in stores only")
        ONLINE = "online", _("online only")

    class Codes(models.TextChoices):
        EACH = "each", _("a code of its own for each")
        SHARED = "shared", _("one code for all")

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        RUNNING = "running", _("running")
        STOPPED = "stopped", _("stopped")

    source = models.CharField(_("source"), max_length=40, default="shop")
    external_id = models.CharField(_("coupon number"), max_length=100)
    name = models.CharField(_("name"), max_length=200, help_text=_("As the customer reads it"))
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.DRAFT, editable=False)
    kind = models.CharField(_("what it gives"), max_length=20, choices=Kind.choices, default=Kind.AMOUNT)
    amount = models.PositiveBigIntegerField(_("won off"), default=0)
    percent = models.PositiveSmallIntegerField(
        _("percent off"), default=0, validators=[MinValueValidator(0), MaxValueValidator(100)]
    )
    most_off = models.PositiveBigIntegerField(
        _("at most"), null=True, blank=True, help_text=_("The largest discount that the percent may come to")
    )
    gift = models.CharField(_("gift"), max_length=120, blank=True)
    gift_cost = models.PositiveBigIntegerField(
        _("cost of the gift"), default=0, blank=True, help_text=_("Booked as the cost of each use")
    )
    minimum_amount = models.PositiveBigIntegerField(
        _("from a purchase of"), default=0, blank=True, help_text=_("Of the goods it is for; 0: any purchase")
    )
    products = models.JSONField(_("only these products"), default=list, blank=True)
    categories = models.JSONField(_("only these categories"), default=list, blank=True)
    stores = models.JSONField(_("only in these stores"), default=list, blank=True)
    sales_channel = models.CharField(
        _("where"), max_length=10, choices=SalesChannel.choices, default=SalesChannel.ANY, blank=True
    )
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_until = models.DateField(_("valid until"), null=True, blank=True, help_text=_("The last day included"))
    days_valid = models.PositiveSmallIntegerField(
        _("days of validity"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(3650)],
        help_text=_("After the day of issue, which does not count; never beyond the last day above"),
    )
    per_customer_limit = models.PositiveIntegerField(
        _("times per customer"), null=True, blank=True, default=1, help_text=_("Empty: as often as they like")
    )
    total_limit = models.PositiveIntegerField(
        _("times altogether"), null=True, blank=True, help_text=_("Empty: no limit")
    )
    is_combinable = models.BooleanField(_("may be used together with other coupons"), default=False)
    comes_back = models.BooleanField(
        _("comes back when everything is returned"),
        default=True,
        help_text=_("With its old last day; an expired one does not come back"),
    )
    codes = models.CharField(_("codes"), max_length=10, choices=Codes.choices, default=Codes.EACH)
    shared_code = models.CharField(_("the code"), max_length=40, null=True, blank=True, unique=True)
    points_price = models.PositiveBigIntegerField(
        _("for points"), null=True, blank=True, help_text=_("How many points a customer gives for one; empty: not sold")
    )
    issued_count = models.PositiveIntegerField(_("issued"), default=0, editable=False)
    used_count = models.PositiveIntegerField(_("used"), default=0, editable=False)
    expired_count = models.PositiveIntegerField(_("expired"), default=0, editable=False)
    withdrawn_count = models.PositiveIntegerField(_("withdrawn"), default=0, editable=False)
    discount_total = models.BigIntegerField(_("discount given"), default=0, editable=False, help_text=_("won"))
    revenue_total = models.BigIntegerField(_("revenue with it"), default=0, editable=False, help_text=_("won"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("made by"), null=True, editable=False, related_name="+"
    )
    made_at = models.DateTimeField(_("made at"), auto_now_add=True)

    class Meta:
        verbose_name = _("coupon")
        verbose_name_plural = _("coupons")
        constraints = [
            models.UniqueConstraint(fields=["source", "external_id"], name="coupon_once_per_source"),
            # What no race may get past, whatever the code does.
            models.CheckConstraint(
                condition=Q(total_limit=None) | Q(used_count__lte=F("total_limit")), name="coupon_within_its_limit"
            ),
            models.CheckConstraint(condition=Q(percent__lte=100), name="coupon_at_most_all_of_it"),
        ]
        permissions = [
            ("issue_coupon", _("Can issue coupons to customers and make codes")),
            ("download_codes", _("Can see and download coupon codes")),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_history(self) -> bool:
        """Tell whether the coupon is of another system, and only its record is kept here."""
        return self.source != self.OWN

    @property
    def is_promised(self) -> bool:
        """Tell whether somebody may hold it already, so that its terms stay as they are."""
        return self.status != self.Status.DRAFT or self.is_history


class CouponIssue(models.Model):
    """One time that a coupon was handed out: to a segment, by a campaign, for points, or as a number of codes."""

    class Origin(models.TextChoices):
        SEGMENT = "segment", _("to a segment")
        CAMPAIGN = "campaign", _("by a campaign")
        POINTS = "points", _("for points")
        CUSTOMER = "customer", _("to one customer")
        TIER = "tier", _("on reaching a tier")
        REFERRAL = "referral", _("for a referral")
        CODES = "codes", _("as codes")

    class Status(models.TextChoices):
        RUNNING = "running", _("under way")
        DONE = "done", _("done")
        STOPPED = "stopped", _("stopped")

    coupon = models.ForeignKey(Coupon, models.PROTECT, verbose_name=_("coupon"), related_name="issues", db_index=False)
    origin = models.CharField(_("how"), max_length=10, choices=Origin.choices)
    reference = models.CharField(_("reference"), max_length=100, help_text=_("What makes a second call the same one"))
    segment = models.ForeignKey(
        "customers.Segment",
        models.SET_NULL,
        verbose_name=_("segment"),
        null=True,
        blank=True,
        related_name="+",
    )
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.DONE)
    wanted = models.PositiveIntegerField(_("wanted"), default=0)
    issued_count = models.PositiveIntegerField(_("issued"), default=0)
    position = models.BigIntegerField(
        _("got to"), default=0, help_text=_("The last customer looked at; a cut issue goes on behind")
    )
    note = models.CharField(_("note"), max_length=300, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("issued by"), null=True, related_name="+"
    )
    made_at = models.DateTimeField(_("issued at"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)

    class Meta:
        verbose_name = _("coupon issue")
        verbose_name_plural = _("coupon issues")
        constraints = [
            models.UniqueConstraint(fields=["coupon", "origin", "reference"], name="coupon_issue_once"),
            models.CheckConstraint(
                condition=~Q(origin="codes") | Q(issued_count__lte=F("wanted")), name="no_more_codes_than_wanted"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.coupon_id} {self.origin} {self.reference}"


class IssuedCoupon(models.Model):
    """A coupon in somebody's hand, good for one use; without a customer, a code for whoever brings it."""

    class Status(models.TextChoices):
        HELD = "held", _("unused")
        USED = "used", _("used")
        EXPIRED = "expired", _("expired")
        WITHDRAWN = "withdrawn", _("withdrawn")

    coupon = models.ForeignKey(Coupon, models.PROTECT, verbose_name=_("coupon"), related_name="issued", db_index=False)
    issue = models.ForeignKey(
        CouponIssue, models.PROTECT, verbose_name=_("issue"), related_name="issued", db_index=False
    )
    customer = models.ForeignKey(
        "customers.Customer",
        models.PROTECT,
        verbose_name=_("customer"),
        null=True,
        blank=True,
        related_name="issued_coupons",
        db_index=False,
    )
    entry = models.CharField(
        _("entry"), max_length=100, blank=True, help_text=_("What lets one issue give a customer a second one")
    )
    code = models.CharField(_("code"), max_length=20, unique=True)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.HELD)
    issued_at = models.DateTimeField(_("issued at"))
    expires_at = models.DateTimeField(
        _("expires at"), null=True, blank=True, help_text=_("The midnight (KST) after its last day")
    )

    class Meta:
        verbose_name = _("issued coupon")
        verbose_name_plural = _("issued coupons")
        constraints = [
            # Also how the coupons of an issue are found.
            models.UniqueConstraint(fields=["issue", "customer", "entry"], name="coupon_once_per_issue"),
        ]
        indexes = [
            models.Index(
                fields=["customer", "coupon"], condition=Q(customer__isnull=False), name="coupons_of_customer"
            ),
            models.Index(fields=["coupon", "issued_at"], name="issued_of_coupon"),
            models.Index(fields=["expires_at"], condition=Q(status="held"), name="coupons_to_expire"),
        ]

    def __str__(self) -> str:
        return f"{self.coupon_id} {self.pk}"
