"""What messages cost, by account, kind and day. A new price is a new row: what was sent before keeps its cost."""

from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

VAT = Decimal("1.1")


class Price(models.Model):
    """The price of one message of a kind over an account, from a day (Asia/Seoul) until the next price."""

    account = models.ForeignKey(
        "campaigns.ChannelAccount", models.CASCADE, verbose_name=_("sending account"), related_name="prices"
    )
    kind = models.CharField(_("kind"), max_length=20, help_text=_("What a message leaves as, such as sms or lms"))
    won = models.DecimalField(
        _("price of a message"), max_digits=8, decimal_places=2, validators=[MinValueValidator(0)], help_text=_("won")
    )
    is_vat_extra = models.BooleanField(_("VAT comes on top"), default=False)
    since = models.DateField(_("from"), default=timezone.localdate)

    class Meta:
        verbose_name = _("price")
        verbose_name_plural = _("prices")
        ordering = ["account_id", "kind", "-since"]
        constraints = [models.UniqueConstraint(fields=["account", "kind", "since"], name="price_once_a_day")]

    def __str__(self) -> str:
        return f"{self.kind} {self.won}"

    @property
    def paid(self) -> Decimal:
        """Return what one message costs, in won, VAT included."""
        return self.won * VAT if self.is_vat_extra else self.won
