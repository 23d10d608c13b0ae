"""What came back from messages: opens, clicks, unsubscribes."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _


class Link(models.Model):
    """A target that a variant's content points at. Messages carry its number, never its URL."""

    variant = models.ForeignKey("campaigns.Variant", models.CASCADE, verbose_name=_("variant"), related_name="links")
    number = models.PositiveSmallIntegerField(_("number"))
    url = models.URLField(_("target"), max_length=2000)

    class Meta:
        verbose_name = _("link")
        verbose_name_plural = _("links")
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["variant", "number"], name="link_number_once")]

    def __str__(self) -> str:
        return self.url


class Hit(models.Model):
    """Somebody or something asked for one of a message's addresses. Append-only, but for the machine verdict."""

    class Kind(models.TextChoices):
        OPEN = "open", _("open")
        CLICK = "click", _("click")
        UNSUBSCRIBE = "unsubscribe", _("unsubscribe")
        CLOSE = "close", _("put away")
        TRAP = "trap", _("link that nobody sees")

    # No constraints: what writes a hit reads the message, link or product in the same statement, and to check each of
    # them once more, row by row, would cost as much as all the rest. Nothing of it is deleted once it was sent: Django
    # refuses to, for each of the three.
    message = models.ForeignKey(
        "campaigns.Message",
        models.PROTECT,
        verbose_name=_("message"),
        related_name="hits",
        db_index=False,
        db_constraint=False,
    )
    link = models.ForeignKey(
        Link, models.PROTECT, verbose_name=_("link"), null=True, blank=True, db_index=False, db_constraint=False
    )
    # Of a click on a product: the product as that message showed it. Such a click has no link of the content.
    shown = models.ForeignKey(
        "campaigns.MessageProduct",
        models.PROTECT,
        verbose_name=_("product shown"),
        null=True,
        blank=True,
        related_name="hits",
        db_index=False,
        db_constraint=False,
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    occurred_at = models.DateTimeField(_("happened at"))
    user_agent = models.CharField(_("user agent"), max_length=300, blank=True)
    ip_hash = models.CharField(_("keyed hash of the IP address"), max_length=32, blank=True)
    method = models.CharField(_("method"), max_length=8, default="GET")
    milliseconds_since_sent = models.BigIntegerField(_("milliseconds since it was sent"), null=True)
    # The verdict is computed after the fact and may be computed again. Null: not looked at yet.
    is_machine = models.BooleanField(_("machine"), null=True)
    judged_at = models.DateTimeField(_("judged at"), null=True, help_text=_("When its verdict was found or changed"))
    machine_reason = models.CharField(_("why a machine"), max_length=40, blank=True)
    machine_score = models.PositiveSmallIntegerField(
        _("signs of a machine"),
        default=0,
        db_default=0,
        help_text=_("From 0, no sign at all, to 100; from 50 on it counts as one."),
    )

    class Meta:
        verbose_name = _("hit")
        verbose_name_plural = _("hits")
        indexes = [
            models.Index(fields=["message", "kind", "occurred_at"], name="hit_of_message"),
            models.Index(fields=["id"], condition=models.Q(is_machine=None), name="hit_unjudged"),
            # What one address asked for within seconds.
            models.Index(fields=["ip_hash", "occurred_at"], condition=~models.Q(ip_hash=""), name="hit_of_address"),
            BrinIndex(fields=["occurred_at"], name="hit_happened"),
            # Clicks whose verdict was found lately: their orders are looked at again.
            models.Index(
                fields=["judged_at"], condition=models.Q(kind="click", judged_at__isnull=False), name="hit_click_judged"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.message_id}"
