"""The last evaluation in words: which recommender did how well, and whether ours is clearly better."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from crm_project.templatetags.formats import percent_text
from customers.models import RecommendationReport
from customers.recommendations.evaluation import BASELINE, OURS

TARGETS = ("any", "new")


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the report's table; `gains` are those over the baseline with their intervals, in points."""

    recommender: str
    is_ours: bool
    hit_rate: float
    recall: float
    hit_rate_gain: str
    recall_gain: str


def lines(report: RecommendationReport, target: str) -> list[Line]:
    """Return the rows of one target, in the order of the evaluation."""
    return [_line(row) for row in report.results if row["target"] == target]


def _line(row: dict[str, Any]) -> Line:
    return Line(
        recommender=name_of(row["recommender"]),
        is_ours=row["recommender"] == OURS,
        hit_rate=row["hit_rate"],
        recall=row["recall"],
        hit_rate_gain=points(row["hit_rate_gain"]),
        recall_gain=points(row["recall_gain"]),
    )


def name_of(recommender: str) -> str:
    """Return what a recommender is called on the page; a library's keeps its own name."""
    return {BASELINE: _("What sells best"), OURS: _("Ours")}.get(recommender, recommender)


def points(gain: list[float] | None) -> str:
    """Write a gain in percentage points with its interval: +14.1 (12.0 to 16.2)."""
    if gain is None:
        return ""
    mean, low, high = (f"{100 * value:+.1f}" for value in gain)
    return _("%(mean)s (%(low)s to %(high)s)") % {"mean": mean, "low": low, "high": high}


def is_clearly_better(report: RecommendationReport, target: str) -> bool:
    """Tell whether even the lower end of our gain in hits and in recall is above nothing."""
    (row,) = (row for row in report.results if row["recommender"] == OURS and row["target"] == target)
    return row["hit_rate_gain"][1] > 0 and row["recall_gain"][1] > 0


def markdown(report: RecommendationReport) -> str:
    """Return the report as a table for the documentation."""
    heads = [
        "| what counts | recommender | hit rate@10 | recall@10 | hit rate gained | recall gained |",
        "|---|---|---|---|---|---|",
    ]
    rows = [
        f"| {target} | {each.recommender} | {percent_text(each.hit_rate)} | {percent_text(each.recall, 2)}"
        f" | {each.hit_rate_gain} | {each.recall_gain} |"
        for target in TARGETS
        for each in lines(report, target)
    ]
    return "\n".join([*heads, *rows])
