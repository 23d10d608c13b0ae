"""Targets: entering one in the KPI's own unit, and how far a reading is from it."""

from dataclasses import dataclass
from decimal import Decimal

from django import forms
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.kpis.definitions import KPIS
from analytics.kpis.kpi import Kpi
from analytics.kpis.wording import in_unit
from analytics.models import KpiTarget


@dataclass(frozen=True, slots=True)
class Aim:
    """A target beside what was reached."""

    kpi: Kpi
    target: Decimal
    reached: Decimal | None

    @property
    def is_met(self) -> bool:
        """Tell whether it is reached, from the side that is better."""
        if self.reached is None:
            return False
        return self.reached <= self.target if self.kpi.less_is_better else self.reached >= self.target

    @property
    def tone(self) -> str:
        """Return the tone of its badge."""
        return "quiet" if self.reached is None else "good" if self.is_met else "wait"

    @property
    def words(self) -> str:
        """Say it in a few words."""
        target = in_unit(self.target, self.kpi.unit)
        return (_("Target %(target)s reached") if self.is_met else _("Target %(target)s")) % {"target": target}


def targets() -> dict[str, KpiTarget]:
    """Return the targets by the names of their KPIs."""
    return {target.kpi: target for target in KpiTarget.objects.all()}


def aim(kpi: Kpi, target: KpiTarget | None, reached: Decimal | None) -> Aim | None:
    """Return how a reading stands against its target; None without one."""
    return Aim(kpi, target.value, reached) if target else None


def shown(target: KpiTarget) -> SafeString | str:
    """Return the target in the unit of its KPI."""
    kpi = KPIS.get(target.kpi)
    return in_unit(target.value, kpi.unit) if kpi else str(target.value)


class KpiTargetForm(forms.ModelForm):
    """Asks in the unit people think in: per cent for shares."""

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

    def __init__(self, *args: object, **given: object) -> None:
        super().__init__(*args, **given)
        self.fields["kpi"].choices = [(each.name, each.label) for each in KPIS]
        if self.instance.pk and self._is_share(self.instance.kpi):
            self.initial["value"] = (self.instance.value * 100).normalize()

    def clean(self) -> dict[str, object]:
        """Turn per cent into a share of one.

        Raises:
            ValidationError: more than the whole.
        """
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
