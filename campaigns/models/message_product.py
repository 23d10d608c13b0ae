"""Which products a message showed to its reader. Written by `campaigns/product_fields/` as the message leaves."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class MessageProduct(models.Model):
    """A product as one reader saw it. Its link says message and number, so a click leads to the product's own page."""

    message = models.ForeignKey(
        "campaigns.Message",
        models.CASCADE,
        verbose_name=_("message"),
        related_name="products",
        db_index=False,
        db_constraint=False,
    )
    # Of the attempt, so that a message that was made anew does not change what the first one's links mean.
    number = models.PositiveSmallIntegerField(_("number"))
    field = models.CharField(_("field"), max_length=20, help_text=_("The field of the content that showed it"))
    position = models.PositiveSmallIntegerField(_("place"), help_text=_("In the list of the field, from 1"))
    product = models.ForeignKey(
        "customers.Product", models.PROTECT, verbose_name=_("product"), related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("product in a message")
        verbose_name_plural = _("products in messages")
        constraints = [models.UniqueConstraint(fields=["message", "number"], name="product_shown_once")]

    def __str__(self) -> str:
        return f"{self.message_id}/{self.number}"
