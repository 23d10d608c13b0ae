"""The page of channels: what each contributed in a period, and how that went month by month."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics import periods
from analytics.boards import channels
from analytics.boards.channels import Contribution
from analytics.boards.tiles import tile_of
from analytics.periods import Period, months_later
from campaigns.channels.base import channel_choices
from crm_project.charts import Chart, Series
from crm_project.templatetags.formats import number, won_short

KEPT_SECONDS = 60
MONTHS_SHOWN = 12
PERIODS: dict[str, tuple[Any, int]] = {
    "30": (gettext_lazy("Last 30 days"), 30),
    "90": (gettext_lazy("Last 90 days"), 90),
    "365": (gettext_lazy("Last 365 days"), 365),
}
MEASURES: dict[str, tuple[Any, str, str, Callable[[Contribution], float]]] = {
    "net": (gettext_lazy("Credited revenue"), "won", "won_short", lambda each: each.net),
    "sent": (gettext_lazy("Sent"), "number", "number_short", lambda each: each.sent),
    "clicked": (gettext_lazy("Clicked"), "number", "number_short", lambda each: each.clicked),
    "orders": (gettext_lazy("Orders"), "number", "number_short", lambda each: each.orders),
    "cost": (gettext_lazy("Cost"), "won", "won_short", lambda each: round(each.cost)),
    "unsubscribed": (gettext_lazy("Opted out"), "number", "number_short", lambda each: each.unsubscribed),
}


@permission_required("analytics.view_attributedorder", raise_exception=True)
def channels_page(request: HttpRequest) -> HttpResponse:
    """Show every channel that sent or earned anything."""
    chosen, measure = _chosen(request, "period", PERIODS, "90"), _chosen(request, "show", MEASURES, "net")
    period = periods.last_days(PERIODS[chosen][1])
    now, then = _kept(period), _kept(period.before())
    labels = dict(channel_choices())
    context = admin.site.each_context(request) | {
        "title": _("Channels"),
        "period": period,
        "tabs": [
            {"key": key, "label": label, "url": f"?period={key}&show={measure}"} for key, (label, _n) in PERIODS.items()
        ],
        "chosen": chosen,
        "measures": [
            {"label": label, "url": f"?period={chosen}&show={key}", "current": key == measure}
            for key, (label, *_more) in MEASURES.items()
        ],
        "measure_label": MEASURES[measure][0],
        "rows": rows_of(now, labels),
        "whole": _whole(now),
        "tiles": tiles_of(_whole(now), _whole(then)),
        "charts": charts_of(measure, labels),
    }
    return render(request, "boards/channels.html", context)


def rows_of(found: dict[str, dict[date, Contribution]], labels: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a line a channel, what earned most first."""
    rows = [{"label": labels.get(key, key), "did": channels.in_all(months)} for key, months in found.items()]
    whole = sum(max(row["did"].net, 0) for row in rows)
    for row in rows:
        row["share"] = row["did"].net / whole if whole else None
    return sorted(rows, key=lambda row: -row["did"].net)


def tiles_of(now: Contribution, then: Contribution) -> list[dict[str, Any]]:
    """Return what all channels did together, against the stretch before."""
    credited = _("Of orders credited to the last click on a message before them, after refunds")
    return [
        tile_of(_("Credited revenue"), now.net, then.net, won_short, hint=credited),
        tile_of(_("Cost of sending"), round(now.cost), round(then.cost), won_short, less_is_better=True),
        tile_of(_("Messages sent"), now.sent, then.sent, number),
        tile_of(_("Opted out"), now.unsubscribed, then.unsubscribed, number, unit=_("people"), less_is_better=True),
    ]


def charts_of(measure: str, labels: dict[str, Any]) -> list[Chart]:
    """Return a chart a channel of the months behind us and this one, all of the same measure."""
    label, way, axis_way, value = MEASURES[measure]
    first = months_later(periods.today(), 1 - MONTHS_SHOWN)
    months = [months_later(first, count) for count in range(MONTHS_SHOWN)]
    found = _kept(Period(first, periods.today()))
    return [
        Chart(
            title=str(labels.get(key, key)),
            labels=[f"{month:%Y-%m}" for month in months],
            series=[Series(str(label), [value(by_month.get(month, Contribution())) for month in months])],
            way=way,
            axis_way=axis_way,
            height=120,
        )
        for key, by_month in sorted(found.items(), key=lambda each: -value(channels.in_all(each[1])))
    ]


def _kept(period: Period) -> dict[str, dict[date, Contribution]]:
    key = f"channels:{period.first}:{period.last}"
    return cache.get_or_set(key, lambda: channels.contributions(period), KEPT_SECONDS)


def _whole(found: dict[str, dict[date, Contribution]]) -> Contribution:
    whole = Contribution()
    for months in found.values():
        whole.add(channels.in_all(months))
    return whole


def _chosen(request: HttpRequest, name: str, choices: dict[str, Any], default: str) -> str:
    value = request.GET.get(name, "")
    return value if value in choices else default
