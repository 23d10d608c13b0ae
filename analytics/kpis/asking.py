"""What the pages of KPIs are asked for in their address: a period and a slice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from analytics import periods
from analytics.kpis.slices import EVERYBODY, Slice, asked_for
from analytics.periods import PRESETS, Period, period_between
from analytics.rollups import kept
from crm_project.errors import BusinessError
from customers.models import Customer, Segment, Store

USUAL = "30"


@dataclass(frozen=True, slots=True)
class Asked:
    """A period with its preset ("" for days that were typed), a slice, and why it is not what was asked for."""

    period: Period
    preset: str
    within: Slice
    refusal: str = ""

    @property
    def query(self) -> str:
        """Return it as it stands in an address."""
        days = {"period": self.preset} if self.preset else {"from": str(self.period.first), "to": str(self.period.last)}
        return urlencode(days | self.within.query)


def read_address(query: Mapping[str, str]) -> Asked:
    """Return what an address asks for; what cannot be had is refused in words and left out."""
    preset = query.get("period", USUAL)
    preset = preset if preset in PRESETS else USUAL
    usual = PRESETS[preset][1](periods.today())
    try:
        within = asked_for(query)
        if query.get("from") and not query.get("period"):
            return Asked(period_between(query["from"], query.get("to") or None), "", within)
    except BusinessError as error:
        return Asked(usual, preset, EVERYBODY, str(error))
    return Asked(usual, preset, within)


def choices() -> dict[str, Any]:
    """Return what the filter bar offers: periods, segments, stores, sources."""
    return {
        "presets": [(key, label) for key, (label, _make) in PRESETS.items()],
        "segments": list(Segment.objects.order_by("name").values_list("pk", "name")),
        "stores": list(Store.objects.order_by("name", "external_id").values_list("external_id", "name")),
        "sources": kept.read("kpis:sources", [""])[0].figures,
    }


def _sources(_abouts: Sequence[str]) -> list[list[str]]:
    sources = Customer.objects.exclude(acquisition_source="").order_by("acquisition_source")
    return [list(sources.values_list("acquisition_source", flat=True).distinct())]


# Everybody is looked at for a handful of words.
kept.QUESTIONS.register("kpis:sources", kept.Question("kpis:sources", _sources, lambda: [""]))
