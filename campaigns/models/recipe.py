"""How many people a recipe would have reached. Written by `campaigns/recipes/expected.py` only."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class RecipeFigure(models.Model):
    """The people who would have entered the automation of a recipe, by its trigger and segment, had it run."""

    recipe = models.CharField(_("recipe"), max_length=40, primary_key=True)
    in_30_days = models.PositiveIntegerField(_("in 30 days"), null=True)
    in_90_days = models.PositiveIntegerField(_("in 90 days"), null=True)
    problem = models.CharField(_("why it could not be counted"), max_length=300, blank=True)
    counted_at = models.DateTimeField(_("counted at"))

    class Meta:
        verbose_name = _("figure of a recipe")
        verbose_name_plural = _("figures of recipes")
        default_permissions = ()

    def __str__(self) -> str:
        return self.recipe
