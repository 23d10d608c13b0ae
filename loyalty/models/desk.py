"""The store desk: membership cards, who works in which store, who looked whom up, and what was booked there."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from loyalty.models.ledger import Transaction
from loyalty.models.points import Account


class MembershipCard(models.Model):
    """A card by which a member is found: a number, printed as a bar code. A lost one is blocked, never given again."""

    account = models.ForeignKey(Account, models.PROTECT, verbose_name=_("points account"), related_name="cards")
    number = models.CharField(_("card number"), max_length=32, unique=True)
    issued_at = models.DateTimeField(_("issued at"), db_default=Now(), editable=False)
    blocked_at = models.DateTimeField(_("blocked at"), null=True, blank=True)

    class Meta:
        verbose_name = _("membership card")
        verbose_name_plural = _("membership cards")
        constraints = [models.CheckConstraint(condition=~Q(number=""), name="card_has_a_number")]

    def __str__(self) -> str:
        return f"…{self.number[-4:]}"


class StoreStaff(models.Model):
    """A person works in a store: the desk shows and books for the stores of whoever is logged in, and no others."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("person"), related_name="desk_stores", db_index=False
    )
    store = models.ForeignKey("customers.Store", models.PROTECT, verbose_name=_("store"), related_name="desk_staff")
    is_manager = models.BooleanField(
        _("manages the store"),
        default=False,
        db_default=False,
        help_text=_("May cancel what colleagues booked at this store's desk, also after the ten minutes"),
    )

    customer = models.ForeignKey(
        "customers.Customer",
        models.PROTECT,
        verbose_name=_("own membership"),
        null=True,
        blank=True,
        related_name="+",
        help_text=_("The person as a member: nobody books on their own account, whatever e-mail address it has"),
    )

    class Meta:
        verbose_name = _("person of a store")
        verbose_name_plural = _("people of stores")
        constraints = [models.UniqueConstraint(fields=["user", "store"], name="person_once_per_store")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.store_id}"


class DeskLookup(models.Model):
    """Somebody at a desk or a till looked for a customer: who, where, how and whether. Never what was typed."""

    class How(models.TextChoices):
        PHONE = "phone", _("phone number")
        LAST_FOUR = "last_four", _("last four digits and initial")
        CARD = "card", _("card number")
        MEMBER_CODE = "member_code", _("code on the member's phone")
        CHOSEN = "chosen", _("chosen among several")

    class Outcome(models.TextChoices):
        FOUND = "found", _("found")
        SEVERAL = "several", _("several fit")
        NOT_FOUND = "not_found", _("not found")

    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("staff"), null=True, blank=True, related_name="+"
    )
    terminal = models.CharField(_("till"), max_length=60, blank=True)
    store = models.ForeignKey("customers.Store", models.PROTECT, verbose_name=_("store"), related_name="+")
    how = models.CharField(_("how"), max_length=12, choices=How)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome)
    customer = models.ForeignKey(
        "customers.Customer", models.PROTECT, verbose_name=_("customer"), null=True, blank=True, related_name="+"
    )
    # A digest of the code that a member's phone showed: it works once.
    code_digest = models.CharField(max_length=64, blank=True, editable=False)
    happened_at = models.DateTimeField(_("happened at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("look-up at the desk")
        verbose_name_plural = _("look-ups at the desk")
        indexes = [models.Index(fields=["happened_at"], name="desk_lookup_time")]
        constraints = [
            models.UniqueConstraint(fields=["code_digest"], condition=~Q(code_digest=""), name="member_code_used_once"),
            models.CheckConstraint(condition=Q(by__isnull=False) | ~Q(terminal=""), name="lookup_names_who"),
            models.CheckConstraint(
                condition=Q(outcome="found", customer__isnull=False) | (~Q(outcome="found") & Q(customer=None)),
                name="lookup_names_whom_it_found",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.how} {self.outcome}"


class DeskAct(models.Model):
    """What one tap at the desk booked. `key` is made by the page for each act, so that a second tap books nothing."""

    class Kind(models.TextChoices):
        REDEEM = "redeem", pgettext_lazy("desk", "points used")
        EARN = "earn", pgettext_lazy("desk", "points earned")
        CANCEL = "cancel", pgettext_lazy("desk", "cancelled")

    key = models.UUIDField(_("key"), unique=True)
    kind = models.CharField(_("kind"), max_length=6, choices=Kind)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("staff"), related_name="+", db_index=False
    )
    store = models.ForeignKey("customers.Store", models.PROTECT, verbose_name=_("store"), related_name="+")
    transaction = models.OneToOneField(
        Transaction, models.PROTECT, verbose_name=_("transaction"), related_name="desk_act"
    )
    points = models.BigIntegerField(_("points"))
    receipt = models.CharField(_("receipt"), max_length=60)
    bill = models.BigIntegerField(_("bill"), null=True, blank=True, help_text=_("won"))
    available_after = models.BigIntegerField(_("usable afterwards"))
    happened_at = models.DateTimeField(_("happened at"))

    class Meta:
        verbose_name = _("act at the desk")
        verbose_name_plural = _("acts at the desk")
        permissions = [("use_desk", _("Can serve customers at the store desk"))]
        indexes = [
            models.Index(fields=["by", "-happened_at"], name="desk_acts_of_a_person"),
            models.Index(fields=["store", "receipt"], name="desk_acts_of_a_receipt"),
        ]
        constraints = [models.CheckConstraint(condition=Q(points__gt=0), name="desk_act_moves_points")]

    def __str__(self) -> str:
        return f"{self.kind} {self.points}"
