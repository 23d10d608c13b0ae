"""The page of the RFM grid: who brings what, what each score takes, who moved; everything opens a segment."""

from datetime import date

from django.contrib import admin
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_project.charts import heat_level
from crm_project.templatetags.formats import number_text, percent_text, won_short_text, won_text
from customers.customer_lists import RFM_TONES
from customers.models import RfmScoring
from customers.models.stats import RfmGroup
from customers.rfm_grid import SCORES, Flow, Grid, Total, cut_points_in_words, read_grid
from customers.segments.ready import address_of

KEPT_SECONDS = 60
FLOWS_SHOWN = 8
COLUMNS = {"frequency": gettext_lazy("Frequency"), "monetary": gettext_lazy("Amount")}
MEASURES = {
    "customers": gettext_lazy("Customers"),
    "revenue": gettext_lazy("Revenue"),
    "movement": gettext_lazy("Since the month began"),
}
SHOULD_SHRINK = {RfmGroup.NEEDS_ATTENTION, RfmGroup.AT_RISK, RfmGroup.DORMANT, RfmGroup.LOST}
LETTERS = {"recency": "R", "frequency": "F", "monetary": "M"}
MEANINGS = {
    RfmGroup.CHAMPIONS: gettext_lazy("bought lately, often and much"),
    RfmGroup.LOYAL: gettext_lazy("buy regularly"),
    RfmGroup.PROMISING: gettext_lazy("bought lately, not often yet"),
    RfmGroup.NEW: gettext_lazy("bought lately for the first time or two"),
    RfmGroup.NEEDS_ATTENTION: gettext_lazy("between: a word now may bring them back"),
    RfmGroup.AT_RISK: gettext_lazy("bought often and have stayed away"),
    RfmGroup.DORMANT: gettext_lazy("little, and long ago"),
    RfmGroup.LOST: gettext_lazy("little, and longest ago"),
}


def page(request: HttpRequest) -> HttpResponse:
    """Show the grid by frequency or amount, with customers, revenue or movement in its cells."""
    scoring = RfmScoring.objects.order_by("-computed_at").first()
    context = admin.site.each_context(request) | {"title": "RFM", "scoring": scoring}
    if scoring is None:
        return render(request, "customers/rfm.html", context)
    grid = cache.get_or_set(f"rfm-grid:{scoring.pk}", lambda: read_grid(scoring), KEPT_SECONDS)
    column = _chosen(request, "by", COLUMNS)
    measure = _chosen(request, "show", MEASURES)
    may_build = request.user.has_perm("customers.add_segment")
    flows = grid.flows()
    context |= {
        "column": column,
        "measure": measure,
        "columns": _switch(COLUMNS, "by", column, {"show": measure}),
        "measures": _switch(MEASURES, "show", measure, {"by": column}),
        "rows": _rows(grid, column, measure, scoring, may_build=may_build),
        "heads": [_head(column, score, scoring) for score in reversed(SCORES)],
        "groups": [_group(group, total, grid.everyone, may_build) for group, total in grid.groups().items()],
        "everyone": grid.everyone,
        "month_start": _month_start(grid),
        "rises": [_flow(flow, may_build) for flow in flows if flow.is_rise][:FLOWS_SHOWN],
        "falls": [_flow(flow, may_build) for flow in flows if not flow.is_rise][:FLOWS_SHOWN],
        "risen": sum(flow.customers for flow in flows if flow.is_rise),
        "fallen": sum(flow.customers for flow in flows if not flow.is_rise),
        "newcomers": grid.newcomers(),
        "cut_points": _cut_points(scoring),
        "headline": _headline(grid),
    }
    return render(request, "customers/rfm.html", context)


def _chosen(request: HttpRequest, name: str, choices: dict) -> str:
    value = request.GET.get(name, "")
    return value if value in choices else next(iter(choices))


def _switch(choices: dict, name: str, current: str, others: dict[str, str]) -> list[dict[str, object]]:
    kept = "".join(f"&{key}={value}" for key, value in others.items())
    return [
        {"label": label, "url": f"?{name}={key}{kept}", "current": key == current} for key, label in choices.items()
    ]


def _head(kind: str, score: int, scoring: RfmScoring) -> dict[str, str]:
    return {"score": f"{LETTERS[kind]}{score}", "words": cut_points_in_words(scoring)[kind][score]}


def _rows(grid: Grid, column: str, measure: str, scoring: RfmScoring, *, may_build: bool) -> list[dict[str, object]]:
    """Return the rows of the grid from R5 down, each with a cell for every score of the column."""
    cells, everyone = grid.cells(column), grid.everyone
    highest = max((_shade(total, measure) for total in cells.values()), default=0)
    rows = []
    for recency in SCORES:
        drawn = []
        for score in reversed(SCORES):
            total = cells.get((recency, score), Total())
            level = heat_level(_shade(total, measure), highest=highest, levels=6)
            url = _cell_address(recency, column, score) if may_build and total.customers else ""
            drawn.append(_cell(total, everyone, measure, recency=recency) | {"level": level, "url": url})
        rows.append(_head("recency", recency, scoring) | {"cells": drawn})
    return rows


def _shade(total: Total, measure: str) -> int:
    return {"customers": total.customers, "revenue": total.revenue, "movement": abs(total.change)}[measure]


def _cell(total: Total, everyone: Total, measure: str, *, recency: int) -> dict[str, object]:
    """Return what a cell says: a figure, a grey line beneath, and in words for the pointer."""
    average = _("%(won)s each") % {"won": won_short_text(total.average)} if total.customers else ""
    if measure == "revenue":
        share = total.revenue / everyone.revenue if everyone.revenue else 0
        return {"figure": won_short_text(total.revenue), "below": percent_text(share), "tip": average}
    if measure == "movement":
        return {
            "figure": _signed(total.change),
            "below": _("of %(before)s") % {"before": number_text(total.before)},
            "tip": average,
            "tone": _tone(total.change, less_is_better=recency < SCORES[len(SCORES) // 2]),
        }
    share = total.customers / everyone.customers if everyone.customers else 0
    return {"figure": number_text(total.customers), "below": average or "–", "tip": percent_text(share)}


def _tone(change: int, *, less_is_better: bool) -> str:
    if change == 0:
        return "quiet"
    return "good" if (change < 0) == less_is_better else "bad"


def _signed(number: int) -> str:
    return f"{'+' if number > 0 else '−' if number < 0 else '±'}{number_text(abs(number))}"


def _cell_address(recency: int, column: str, score: int) -> str:
    rule = {
        "all": [
            {"is": "recency_score", "op": "exactly", "value": recency},
            {"is": f"{column}_score", "op": "exactly", "value": score},
        ]
    }
    return address_of(rule, f"RFM R{recency} {LETTERS[column]}{score}")


def _group(group: RfmGroup, total: Total, everyone: Total, may_build: bool) -> dict[str, object]:
    rule = {"all": [{"is": "rfm_group", "op": "in", "value": [group.value]}]}
    return {
        "label": group.label,
        "tone": RFM_TONES[group],
        "meaning": MEANINGS[group],
        "total": total,
        "share": total.customers / everyone.customers if everyone.customers else 0,
        "revenue_share": total.revenue / everyone.revenue if everyone.revenue else 0,
        "change": _signed(total.change),
        "change_tone": _tone(total.change, less_is_better=group in SHOULD_SHRINK),
        "url": address_of(rule, str(group.label)) if may_build else "",
    }


def _flow(flow: Flow, may_build: bool) -> dict[str, object]:
    rule = {
        "all": [
            {"is": "rfm_group_at_month_start", "op": "in", "value": [flow.origin.value]},
            {"is": "rfm_group", "op": "in", "value": [flow.target.value]},
        ]
    }
    return {
        "origin": flow.origin.label,
        "origin_tone": RFM_TONES[flow.origin],
        "target": flow.target.label,
        "target_tone": RFM_TONES[flow.target],
        "customers": flow.customers,
        "revenue": flow.revenue,
        "url": address_of(rule, f"{flow.origin.label} → {flow.target.label}") if may_build else "",
    }


def _cut_points(scoring: RfmScoring) -> list[dict[str, object]]:
    words = cut_points_in_words(scoring)
    kinds = [("recency", _("Recency")), ("frequency", COLUMNS["frequency"]), ("monetary", COLUMNS["monetary"])]
    return [
        {"letter": LETTERS[kind], "label": label, "words": [words[kind][score] for score in SCORES]}
        for kind, label in kinds
    ]


def _month_start(grid: Grid) -> date | None:
    return grid.month[0].month if grid.month else None


def _headline(grid: Grid) -> str:
    """Say who earns the shop's money, and what is at stake."""
    groups, everyone = grid.groups(), grid.everyone
    best = [groups[RfmGroup.CHAMPIONS], groups[RfmGroup.LOYAL]]
    share = sum(total.customers for total in best) / everyone.customers if everyone.customers else 0
    revenue = sum(total.revenue for total in best) / everyone.revenue if everyone.revenue else 0
    return _(
        "%(share)s of the buyers, champions and loyal ones, brought %(revenue)s of all revenue. "
        "%(risk)s who used to buy often are staying away; they have brought %(won)s so far."
    ) % {
        "share": percent_text(share, 0),
        "revenue": percent_text(revenue, 0),
        "risk": number_text(groups[RfmGroup.AT_RISK].customers),
        "won": won_text(groups[RfmGroup.AT_RISK].revenue),
    }
