"""The form of an earning rule: what it refuses, and how lists of categories are typed."""

from django import forms
from django.contrib.postgres.forms import SimpleArrayField
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import Product
from loyalty.models import EarningRule

Kind, Reward = EarningRule.Kind, EarningRule.Reward
# What a rule of a kind cannot be without: the field, and the sentence that asks for it.
NEEDED = {
    Kind.CATEGORY: ("categories", gettext_lazy("Name at least one category.")),
    Kind.STORE: ("stores", gettext_lazy("Choose at least one store.")),
    Kind.CHANNEL: ("channel", gettext_lazy("Choose the sales channel.")),
    Kind.CAMPAIGN: ("segment", gettext_lazy("Choose the segment that the campaign is for.")),
}
OF_PURCHASES = ("categories", "stores", "channel", "tier", "segment", "minimum_won", "most_points")


class CategoriesField(SimpleArrayField):
    """Categories, one a line. Those that no product is in are refused: most likely they are mistyped."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        """Take lines instead of commas, which names of categories may hold."""
        kwargs["delimiter"] = "\n"
        kwargs["widget"] = forms.Textarea(attrs={"rows": 3})
        kwargs["help_text"] = gettext_lazy("One a line, as products have them. Empty: all")
        super().__init__(*args, **kwargs)

    def to_python(self, value: object) -> list[str]:
        """Read the lines, without blanks around them and without empty ones."""
        if isinstance(value, str):
            value = "\n".join(line.strip() for line in value.splitlines() if line.strip())
        return super().to_python(value)

    def clean(self, value: object) -> list[str]:
        """Return the names in order, each once.

        Raises:
            ValidationError: no product is in one of them.
        """
        names = sorted(set(super().clean(value)))
        known = set(Product.objects.filter(category__in=names).values_list("category", flat=True).distinct())
        unknown = [name for name in names if name not in known]
        if unknown:
            raise forms.ValidationError(_("No product is in: %s. Check how it is written.") % ", ".join(unknown))
        return names


class EarningRuleForm(forms.ModelForm):
    """A rule, checked for what its kind needs."""

    class Meta:
        model = EarningRule
        fields = (
            "name",
            "kind",
            "reward",
            "value",
            "is_active",
            "categories",
            "stores",
            "channel",
            "tier",
            "segment",
            "starts_on",
            "ends_on",
            "minimum_won",
            "most_points",
            "times_per_month",
        )
        field_classes = {"categories": CategoriesField}

    def __init__(self, *args: object, **kwargs: object) -> None:
        """Leave out what is not entered here; a rule that is there already keeps its kind."""
        super().__init__(*args, **kwargs)
        if "kind" in self.fields:  # not for who only looks
            own = [Kind(self.instance.kind)] if self.instance.pk else []
            self.fields["kind"].choices = [
                (kind.value, kind.label) for kind in dict.fromkeys((*EarningRule.EDITED, *own))
            ]
            self.fields["kind"].help_text = gettext_lazy(
                "Reviews, survey answers and visits are not offered: nothing here gives points for them."
            )

    def clean(self) -> dict[str, object]:
        """Say at its field what does not go together."""
        given = super().clean() or {}
        kind = given.get("kind")
        if kind in NEEDED and not given.get(NEEDED[kind][0]):
            self.add_error(*NEEDED[kind])
        if kind in EarningRule.UNTOLD and given.get("is_active"):
            self.add_error(
                "is_active", _("Nothing here gives points for this: the rule would promise what nobody gets.")
            )
        if kind in EarningRule.DEEDS:
            self._check_deed(given)
        elif given.get("times_per_month") is not None:
            self.add_error("times_per_month", _("Only for referrals."))
        if kind == Kind.BASE and given.get("reward") not in (Reward.PER_MILLE, Reward.WON_PER_POINT, None):
            self.add_error("reward", _("The base rule needs a rate: points per 1,000 won, or won per point."))
        if kind == Kind.BASE and given.get("is_active") and self._other_base_rules().exists():
            self.add_error("is_active", _("Another rule for every purchase is in force. Switch that one off first."))
        starts_on, ends_on = given.get("starts_on"), given.get("ends_on")
        if starts_on and ends_on and ends_on < starts_on:
            self.add_error("ends_on", _("The last day is before the first one."))
        return given

    def _other_base_rules(self) -> QuerySet[EarningRule]:
        return EarningRule.objects.filter(kind=Kind.BASE, is_active=True).exclude(pk=self.instance.pk)

    def _check_deed(self, given: dict[str, object]) -> None:
        if given.get("reward") != Reward.FIXED:
            self.add_error("reward", _("A deed earns a fixed number of points."))
        for name in OF_PURCHASES:
            if given.get(name):
                self.add_error(name, _("This asks about purchases; a deed is none."))
