"""The form of the ladder: its rules, and a row for each tier. Empty rows are left out, ticked ones leave the ladder."""

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loyalty.models import Coupon, Tier, TierRuleVersion
from loyalty.tiers import ladder
from loyalty.tiers.ladder import MOST_TIERS, Draft, DraftTier

MOST_THRESHOLD = 10**12
SPARE_ROWS = 1
# What the page of a new ladder proposes; the preview tells what it would do.
PROPOSAL = (
    (gettext_lazy("Welcome"), Tier.Colour.STONE, 0),
    (gettext_lazy("Silver"), Tier.Colour.SILVER, 100_000),
    (gettext_lazy("Gold"), Tier.Colour.GOLD, 300_000),
    ("VIP", Tier.Colour.VIOLET, 1_000_000),
)


class RulesForm(forms.ModelForm):
    """How tiers are reached and kept."""

    class Meta:
        model = TierRuleVersion
        fields = ("basis", "window", "window_months", "grace_days", "downgrade", "return_effect", "note")

    def validate_unique(self) -> None:
        """Leave the number of the version to whoever puts it in force."""


class TierRowForm(forms.Form):
    """A tier of the ladder."""

    tier = forms.ModelChoiceField(Tier.objects.all(), required=False, widget=forms.HiddenInput)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=40, required=False)
    colour = forms.ChoiceField(label=gettext_lazy("Colour"), choices=Tier.Colour.choices, required=False)
    threshold = forms.IntegerField(
        label=gettext_lazy("Threshold"), min_value=0, max_value=MOST_THRESHOLD, required=False
    )
    points_percent = forms.IntegerField(
        label=gettext_lazy("Points, %"), min_value=0, max_value=1_000, required=False, initial=100
    )
    perks = forms.CharField(
        label=gettext_lazy("Perks, one a line"),
        max_length=2_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    entry_coupons = forms.ModelMultipleChoiceField(
        Coupon.objects.none(),
        label=gettext_lazy("Coupons on entry"),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 3}),
    )
    is_removed = forms.BooleanField(label=gettext_lazy("Take off the ladder"), required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["entry_coupons"].queryset = Coupon.objects.filter(source=Coupon.OWN).order_by("name")

    def clean(self) -> dict:
        """Ask for what a tier needs, once anything is written into the row."""
        cleaned = super().clean()
        if self.is_written() and cleaned.get("threshold") is None and "threshold" not in self.errors:
            self.add_error("threshold", _("Say from how much on; 0 for the tier that everybody has."))
        return cleaned

    def is_written(self) -> bool:
        """Tell whether the row is a tier of the ladder."""
        return bool(self.cleaned_data.get("name")) and not self.cleaned_data.get("is_removed")

    def draft(self) -> DraftTier:
        """Return the row as a tier of a draft."""
        written = self.cleaned_data
        percent = written["points_percent"]
        return DraftTier(
            tier=written["tier"],
            name=written["name"].strip(),
            colour=written["colour"] or Tier.Colour.STONE,
            threshold=written["threshold"],
            points_percent=100 if percent is None else percent,
            perks=written["perks"],
            entry_coupons=tuple(written["entry_coupons"]),
        )


TierRows = forms.formset_factory(TierRowForm, extra=SPARE_ROWS, max_num=MOST_TIERS, absolute_max=MOST_TIERS + 2)


class LadderForm:
    """The rules and the rows as one form: shown, checked, and read as a draft."""

    def __init__(self, request: HttpRequest, version: TierRuleVersion | None) -> None:
        """Bind what was posted; else fill in the ladder in force, or a proposal."""
        posted = request.POST if request.method == "POST" else None
        self.rules = RulesForm(posted, instance=None, initial=_rules_of(version))
        self.rows = TierRows(posted, prefix="tier", initial=_rows_of(version))

    def is_valid(self) -> bool:
        """Check every field."""
        return all([self.rules.is_valid(), self.rows.is_valid()])

    def draft(self) -> Draft:
        """Return what was written, once it is valid."""
        terms = {name: value for name, value in self.rules.cleaned_data.items() if name != "note"}
        return Draft(tuple(row.draft() for row in self.rows if row.is_written()), **terms)

    def note(self) -> str:
        """Return why the ladder was changed."""
        return self.rules.cleaned_data["note"]


def _rules_of(version: TierRuleVersion | None) -> dict[str, object]:
    if version is None:
        return {}
    return {name: getattr(version, name) for name in RulesForm.Meta.fields if name != "note"}


def _rows_of(version: TierRuleVersion | None) -> list[dict[str, object]]:
    """Return the rows of the form, the highest tier first."""
    if version is None:
        return [
            {"name": str(name), "colour": colour, "threshold": threshold, "points_percent": 100}
            for name, colour, threshold in reversed(PROPOSAL)
        ]
    return [
        {
            "tier": each.tier,
            "name": each.name,
            "colour": each.colour,
            "threshold": each.threshold,
            "points_percent": each.points_percent,
            "perks": each.perks,
            "entry_coupons": list(each.entry_coupons),
        }
        for each in reversed(ladder.draft_of(version).rising)
    ]
