"""Targets: what a KPI is to reach, and how a reading stands against it."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from analytics.kpis.definitions import KPIS
from analytics.kpis.kpi import Kpi
from analytics.kpis.wording import as_text, in_unit
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
        target = as_text(self.target, self.kpi.unit)
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
