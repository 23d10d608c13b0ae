"""The RFM grid: how many buyers have which scores, what they bring, and who moved since the month began."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from django.db.models import Count, Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from crm_project.templatetags.formats import number_text, won_text
from customers.models import CustomerStats, RfmMonth, RfmScoring
from customers.models.stats import RfmGroup
from customers.rfm import group_of

SCORES = (5, 4, 3, 2, 1)
# The better the group, the further up: what makes a move a rise or a fall.
ORDER = (
    RfmGroup.CHAMPIONS,
    RfmGroup.LOYAL,
    RfmGroup.PROMISING,
    RfmGroup.NEW,
    RfmGroup.NEEDS_ATTENTION,
    RfmGroup.AT_RISK,
    RfmGroup.DORMANT,
    RfmGroup.LOST,
)


class Slice(NamedTuple):
    """Buyers who have the same scores and were in the same group as the month began."""

    recency: int
    frequency: int
    monetary: int
    group: str
    group_then: str
    customers: int
    revenue: int


@dataclass(frozen=True, slots=True)
class Total:
    """How many buyers, what they paid, and how many they were as the month began."""

    customers: int = 0
    revenue: int = 0
    before: int = 0

    @property
    def change(self) -> int:
        """Return how many more there are than as the month began."""
        return self.customers - self.before

    @property
    def average(self) -> int | None:
        """Return what one of them paid, in won."""
        return round(self.revenue / self.customers) if self.customers else None


@dataclass(frozen=True, slots=True)
class Flow:
    """Buyers who went from one group to another since the month began."""

    origin: RfmGroup
    target: RfmGroup
    customers: int
    revenue: int

    @property
    def is_rise(self) -> bool:
        """Tell whether they went to a better group."""
        return ORDER.index(self.target) < ORDER.index(self.origin)


@dataclass(frozen=True)
class Grid:
    """All buyers by their scores, as they are and as the month began."""

    slices: list[Slice]
    month: list[RfmMonth]

    @property
    def everyone(self) -> Total:
        """Return all buyers."""
        return _total(self.slices, self.month)

    def cells(self, score: str) -> dict[tuple[int, int], Total]:
        """Return the buyers by recency and another score: "frequency" or "monetary"."""
        return _totals(
            self.slices,
            self.month,
            now=lambda each: (each.recency, getattr(each, score)),
            then=lambda each: (each.recency_score, getattr(each, f"{score}_score")),
        )

    def groups(self) -> dict[RfmGroup, Total]:
        """Return the buyers by group, the best group first."""
        totals = _totals(
            self.slices,
            self.month,
            now=lambda each: each.group,
            then=lambda each: group_of(each.recency_score, each.frequency_score, each.monetary_score),
        )
        return {group: totals.get(group, Total()) for group in ORDER}

    def flows(self) -> list[Flow]:
        """Return who went from which group to which since the month began, the most first; not who stayed."""
        sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
        for each in self.slices:
            if each.group_then and each.group_then != each.group:
                sums[each.group_then, each.group][0] += each.customers
                sums[each.group_then, each.group][1] += each.revenue
        flows = [Flow(RfmGroup(then), RfmGroup(now), *counted) for (then, now), counted in sums.items()]
        return sorted(flows, key=lambda flow: (-flow.customers, flow.origin, flow.target))

    def newcomers(self) -> int:
        """Return how many bought for the first time this month."""
        return sum(each.customers for each in self.slices if not each.group_then)


def read_grid(scoring: RfmScoring) -> Grid:
    """Return the grid as it stands, in two queries over all customers."""
    scored = CustomerStats.objects.filter(recency_score__isnull=False, order_count__gt=0).exclude(rfm_group="")
    by_scores = scored.order_by().values_list(
        "recency_score", "frequency_score", "monetary_score", "rfm_group", "group_at_month_start"
    )
    slices = [Slice(*row) for row in by_scores.annotate(Count("pk"), Sum("paid_total"))]
    latest = RfmMonth.objects.filter(month__lte=scoring.computed_at).order_by("-month").first()
    return Grid(slices, list(RfmMonth.objects.filter(month=latest.month)) if latest else [])


def cut_points_in_words(scoring: RfmScoring) -> dict[str, dict[int, str]]:
    """Return what each score takes, by kind of score and score: {"recency": {5: "within 12 days", …}, …}."""
    days, orders, paid = scoring.recency_days, scoring.order_counts, scoring.paid_totals
    return {
        "recency": {5 - place: words for place, words in enumerate(_recency_words(days))},
        "frequency": dict(enumerate(_order_words(orders), start=1)),
        "monetary": dict(enumerate(_won_words(paid), start=1)),
    }


def _recency_words(days: list[int]) -> list[str]:
    first = [_("within %(days)s days") % {"days": number_text(days[0])}]
    between = _whole_spans(
        days,
        one=lambda count: ngettext("%(from)s day ago", "%(from)s days ago", count),
        several=_("%(from)s–%(to)s days ago"),
    )
    return [*first, *between, _("over %(days)s days ago") % {"days": number_text(days[-1])}]


def _order_words(orders: list[int]) -> list[str]:
    between = _whole_spans(
        orders,
        one=lambda count: ngettext("%(from)s order", "%(from)s orders", count),
        several=_("%(from)s–%(to)s orders"),
    )
    first = _("up to %(most)s orders") % {"most": number_text(orders[0])}
    return [first, *between, _("over %(least)s orders") % {"least": number_text(orders[-1])}]


def _whole_spans(cuts: list[int], *, one: Callable[[int], str], several: str) -> list[str]:
    """Return the words for what lies above each cut point up to the next: nothing, one number, or several."""
    return [
        (several if high > low + 1 else one(high)) % {"from": number_text(low + 1), "to": number_text(high)}
        if high > low
        else _nobody()
        for low, high in pairwise(cuts)
    ]


def _nobody() -> str:
    """Say that two cut points fall together, as they do where most buyers ordered once: no score lies between."""
    return pgettext("score", "nobody")


def _won_words(paid: list[int]) -> list[str]:
    between = [
        _("over %(from)s to %(to)s") % {"from": won_text(low), "to": won_text(high)} if low < high else _nobody()
        for low, high in pairwise(paid)
    ]
    first = _("up to %(most)s") % {"most": won_text(paid[0])}
    return [first, *between, _("over %(least)s") % {"least": won_text(paid[-1])}]


def _totals(
    slices: Iterable[Slice],
    month: Iterable[RfmMonth],
    *,
    now: Callable[[Slice], object],
    then: Callable[[RfmMonth], object],
) -> dict:
    """Return totals under the keys that `now` and `then` give."""
    sums: dict[object, list[int]] = defaultdict(lambda: [0, 0, 0])
    for each in slices:
        sums[now(each)][0] += each.customers
        sums[now(each)][1] += each.revenue
    for row in month:
        sums[then(row)][2] += row.customers
    return {key: Total(*counted) for key, counted in sums.items()}


def _total(slices: Iterable[Slice], month: Iterable[RfmMonth]) -> Total:
    whole = _totals(slices, month, now=lambda _each: "all", then=lambda _row: "all")
    return whole.get("all", Total())
