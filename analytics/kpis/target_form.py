"""Entering a target in the unit people think in."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.kpis.definitions import KPIS
from analytics.models import KpiTarget


class KpiTargetForm(forms.ModelForm):
    """Asks for per cent where the KPI is a share of one."""

    kpi = forms.ChoiceField(label=gettext_lazy("KPI"))
    value = forms.DecimalField(
        label=gettext_lazy("Target"),
        max_digits=20,
        decimal_places=4,
        min_value=0,
        help_text=gettext_lazy("Won for money, days for intervals, per cent for rates: 35 is 35 %"),
    )

    class Meta:
        model = KpiTarget
        fields = ["kpi", "value", "note"]

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self.fields["kpi"].choices = [(each.name, each.label) for each in KPIS]
        if self.instance.pk:
            value = self.instance.value * (100 if self._is_share(self.instance.kpi) else 1)
            # As people write it: neither 50000.000000 nor 3E+1.
            self.initial["value"] = format(value.normalize(), "f")

    def clean(self) -> dict[str, Any]:
        """Turn per cent into a share of one; more than the whole is refused."""
        cleaned = super().clean()
        value = cleaned.get("value")
        if value is not None and self._is_share(str(cleaned.get("kpi"))):
            if value > 100:
                self.add_error("value", _("A rate is at most 100 %. Write 35 for 35 %."))
            cleaned["value"] = value / 100
        return cleaned

    @staticmethod
    def _is_share(name: str) -> bool:
        kpi = KPIS.get(name)
        return kpi is not None and kpi.unit == "share"
