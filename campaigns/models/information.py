"""Why a message is no advertising: the bases that the law knows, and who vouched for words that sound like it."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class InformationBasis(models.TextChoices):
    """What a message may complete, confirm or fulfil to count as information (L-30)."""

    ORDER = "order", _("an order: received, paid, cancelled or refunded")
    DELIVERY = "delivery", _("a delivery of something bought")
    ACCOUNT = "account", _("an account: sign-up, password, security")
    SAFETY = "safety", _("a recall or a warranty")
    TERMS = "terms", _("a change of the terms")
    TIER = "tier", _("a change of the tier, the fact alone")
    POINTS = "points", _("a balance of points, the fact alone")
    EXPIRY = "expiry", _("the expiry of points or coupons earned by buying, under the terms")
    OWED_COUPON = "owed_coupon", _("a coupon that the contract obliges the shop to issue")
    RESTOCK = "restock", _("goods are back that the customer asked about, once")
    SURVEY = "survey", _("a survey without reward and without a product")
    CONFIRMATION = "confirmation", _("a request to confirm a purchase, without reward")
    CONSENT = "consent", _("a notice about a consent: its result, or the question every two years")
    PRIVACY = "privacy", _("a notice about personal data")


class Acknowledgement(models.Model):
    """Somebody says why words that sound like advertising stand in information (L-32). Kept; holds for these words."""

    campaign = models.ForeignKey(
        "campaigns.Campaign", models.CASCADE, verbose_name=_("campaign"), related_name="acknowledgements"
    )
    words = ArrayField(models.CharField(max_length=100), verbose_name=_("words"))
    reason = models.CharField(_("reason"), max_length=300)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("by"), related_name="+"
    )
    acknowledged_at = models.DateTimeField(_("at"), db_default=Now())

    class Meta:
        verbose_name = _("acknowledgement")
        verbose_name_plural = _("acknowledgements")
        ordering = ["-id"]

    def __str__(self) -> str:
        return ", ".join(self.words)
