"""The page of cohorts: how many come back, when, and who stops; everything opens the customers behind it."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.cohorts import drawing, reading, survival
from analytics.cohorts.behind import Behind, known_as
from analytics.cohorts.reading import Group
from analytics.models import CohortDimension, CohortRebuild
from crm_project.templatetags.formats import number_text, percent_text
from customers.segments.ready import address_of

MEASURES = {
    "share": gettext_lazy("Share who bought"),
    "customers": gettext_lazy("Customers"),
    "revenue": gettext_lazy("Revenue per customer"),
    "so_far": gettext_lazy("So far per customer"),
}
# Everybody is not told apart by anything.
DIMENSIONS = {each.value: each.label for each in CohortDimension if each != CohortDimension.ALL}


@permission_required("analytics.view_attributedorder", raise_exception=True)
def cohorts_page(request: HttpRequest) -> HttpResponse:
    """Show everybody or one group: retention, the repurchase curve, one-time buyers, groups beside each other."""
    rebuilt = reading.last_rebuild()
    context = admin.site.each_context(request) | {"title": _("Cohorts"), "rebuilt": rebuilt}
    everyone = reading.group(CohortDimension.ALL, "") if rebuilt else None
    if everyone:
        context |= _figures(request, everyone, rebuilt)
    return render(request, "cohorts/cohorts.html", context)


def _figures(request: HttpRequest, everyone: Group, rebuilt: CohortRebuild) -> dict[str, Any]:
    dimension, measure = _chosen(request, "by", DIMENSIONS), _chosen(request, "show", MEASURES)
    # A group may have nobody left in it since the address was written.
    value = request.GET.get("value", "").replace("\0", "")
    chosen = (reading.group(dimension, value) if "value" in request.GET else None) or everyone
    is_one = chosen is not everyone
    at = (dimension, chosen.value) if is_one else (CohortDimension.ALL.value, "")
    behind = Behind(*at, rebuilt)
    may_build = request.user.has_perm("customers.add_segment")
    groups = reading.groups(dimension)
    kept = {"by": dimension, "show": measure} | ({"value": chosen.value} if is_one else {})
    return {
        "group": chosen,
        "is_one": is_one,
        "name": group_name(dimension, chosen) if is_one else _("All customers"),
        "all_url": _address(by=dimension, show=measure),
        "headline": headline(chosen),
        "tiles": drawing.tiles(chosen, behind if may_build else None),
        "measures": [
            {"label": label, "url": _address(**(kept | {"show": key})), "current": key == measure}
            for key, label in MEASURES.items()
        ],
        "grid": drawing.grid(_cohorts_of(at, rebuilt), measure, behind if may_build else None),
        "curve": drawing.curve(everyone, chosen if is_one else None),
        "waiting": drawing.waiting(chosen),
        "steps": drawing.steps(reading.steps(chosen.counted), behind if may_build else None),
        "dimensions": [
            {"label": label, "url": _address(by=key, show=measure), "current": key == dimension}
            for key, label in DIMENSIONS.items()
        ],
        "groups": _group_lines(groups, dimension, measure, rebuilt if may_build else None),
        "groups_chart": drawing.compared(groups, dimension),
        "dimension_label": DIMENSIONS[dimension],
        "days": drawing.MILESTONES,
        "few": reading.FEW,
        "most_groups": reading.MOST_GROUPS,
    }


def _cohorts_of(at: tuple[str, str], rebuilt: CohortRebuild) -> list[reading.Cohort]:
    """Return the cohorts of the group; a month is one cohort of everybody."""
    dimension, value = at
    if dimension != CohortDimension.MONTH:
        return reading.cohorts(dimension, value, rebuilt)
    return [each for each in reading.cohorts(CohortDimension.ALL, "", rebuilt) if f"{each.month:%Y-%m}" == value]


def _group_lines(
    groups: list[Group], dimension: str, measure: str, rebuilt: CohortRebuild | None
) -> list[dict[str, Any]]:
    """Return a line a group, with its segment where the reader may make one (`rebuilt` is given)."""
    known = known_as(dimension, [each.value for each in groups])
    lines = []
    for each in groups:
        rule = Behind(dimension, each.value, rebuilt, known=known).everybody() if rebuilt else None
        segment_url = address_of(rule, group_name(dimension, each)) if rule else ""
        url = _address(by=dimension, show=measure, value=each.value)
        lines.append(_group_line(each) | {"url": url, "segment_url": segment_url})
    return lines


def _group_line(each: Group) -> dict[str, Any]:
    return {
        "group": each,
        "label": each.label or _("not known"),
        "backs": [each.back_by(day) for day in drawing.MILESTONES],
        "revenue_each": round(each.counted.revenue / each.counted.customers),
        "orders_each": each.counted.orders / each.counted.customers,
    }


def group_name(dimension: str, group: Group) -> str:
    """Say a group with what it is told apart by."""
    label = group.label or _("not known")
    said = f"{DIMENSIONS[dimension]}: {label}"
    return said[0].upper() + said[1:]


def headline(group: Group) -> str:
    """Say in a sentence how many come back, and when."""
    month, half = group.back_by(30), survival.day_of_share(group.points, 0.5)
    if month is None:
        return _("Too few have been customers for a month to say how many come back.")
    words = {"month": percent_text(month.share), "once": number_text(group.one_time)}
    if half is not None:
        return _(
            "%(month)s of first-time buyers order again within 30 days, half of them within %(half)s days. "
            "%(once)s have ordered once so far."
        ) % (words | {"half": number_text(half)})
    last = group.points[-1]
    words |= {"last": percent_text(last.share), "days": number_text(last.day)}
    return (
        _(
            "%(month)s of first-time buyers order again within 30 days, %(last)s within %(days)s. "
            "%(once)s have ordered once so far."
        )
        % words
    )


def _chosen(request: HttpRequest, name: str, choices: dict[str, Any]) -> str:
    value = request.GET.get(name, "")
    return value if value in choices else next(iter(choices))


def _address(**query: str) -> str:
    return f"?{urlencode(query)}"
