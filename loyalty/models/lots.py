"""The lots that points lie in, what was moved from and to them, and points set aside for a payment."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from loyalty.models.ledger import Transaction
from loyalty.models.points import Account


class LotKind(models.TextChoices):
    """What points were given for; those a customer paid for are used last."""

    BASE = "base", _("purchase")
    PROMOTION = "promotion", _("promotion")
    COMPENSATION = "compensation", _("compensation")
    PAID = "paid", _("paid for")


class Lot(models.Model):
    """The points of one award, with the day they die. Only `remaining`, `state` and, to a later one, the day change."""

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


class LotPostponement(models.Model):
    """The last day of a lot was put off, because nobody had told its member. Never changed, never deleted."""

    lot = models.ForeignKey(Lot, models.PROTECT, verbose_name=_("lot of points"), related_name="postponements")
    points = models.BigIntegerField(_("points"), help_text=_("That would have died"))
    was = models.DateTimeField(_("would have expired at"))
    until = models.DateTimeField(_("expires at"))
    put_off_at = models.DateTimeField(_("put off at"))

    class Meta:
        verbose_name = _("last day put off")
        verbose_name_plural = _("last days put off")
        constraints = [
            models.UniqueConstraint(fields=["lot", "was"], name="lot_put_off_once_a_day"),
            models.CheckConstraint(condition=Q(until__gt=F("was"), points__gt=0), name="last_day_only_put_off"),
        ]

    def __str__(self) -> str:
        return f"{self.lot_id} {self.until}"


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
