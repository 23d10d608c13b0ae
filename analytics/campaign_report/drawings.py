"""The report as stages and charts: what is drawn, without what is asked of the database."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from analytics.campaign_report.funnel import Funnel
from analytics.campaign_report.moments import by_day, by_hour
from analytics.campaign_report.past_campaigns import Redemptions
from analytics.campaign_report.recipient_links import Lead, credits_url, recipients_url
from analytics.campaign_report.report import Report
from crm_project.charts import Chart, Series

CHART_PIXELS = 160


def stages_of(report: Report, *, lead: Lead = recipients_url) -> list[dict[str, Any]]:
    """Return the stages of the funnel, with those of the campaign before to compare.

    Delivered and opened are stages only where every channel tells them, or their rates would be of other messages than
    those beside them; what some channels tell stands by channel (K-11).
    """
    funnel, before, campaign = report.funnel, report.funnel_before, report.campaign
    stages = (
        ("targeted", _("Targeted"), "quiet", _("Everyone in the audience but the holdout"), {}),
        ("sent", _("Sent"), "accent", _("Accepted by the receiving server"), {"status": "sent"}),
        ("delivered", _("Delivered"), "accent", _("As the gateway reported"), {"delivery": "delivered"}),
        ("opened", _("Opened"), "accent", _("People; a click counts as an open"), {"answer": "opened"}),
        ("clicked", _("Clicked"), "accent", _("People who followed a link"), {"answer": "clicked"}),
        ("buyers", _("Bought"), "good", _("Customers with a purchase credited to a click"), None),
    )
    told = {"delivered": report.tells_delivery, "opened": report.tells_opens}
    return [
        {
            "label": label,
            "count": getattr(funnel, name),
            "previous": getattr(before, name) if before else None,
            "tone": tone,
            "hint": hint,
            "url": credits_url(campaign) if asked is None else lead(campaign, **asked),
        }
        for name, label, tone, hint, asked in stages
        if told.get(name, True)
    ]


def charts_of(report: Report) -> dict[str, Chart] | None:
    """Return revenue and answers by day, and answers and orders by hour; None while nothing happened."""
    if not report.moments:
        return None
    days, hours = by_day(report.moments), by_hour(report.moments)
    with_opens = report.funnel.openable > 0
    return {
        "revenue": _revenue(days),
        "answers": _answers(days, with_opens=with_opens),
        "hours": _hours(hours, with_opens=with_opens),
        "hours_revenue": _hours_revenue(hours),
    }


def _revenue(days: Mapping[date, Funnel]) -> Chart:
    refunds = [-each.refunded for each in days.values()]
    return Chart(
        title=_("Attributed revenue by day"),
        labels=_days(days),
        series=[
            Series(_("Revenue"), [each.revenue for each in days.values()], "good"),
            *([Series(_("Refunds"), refunds, "bad")] if any(refunds) else []),
        ],
        x=_("Day of the order, or of the refund"),
        way="won",
        axis_way="won_short",
        height=CHART_PIXELS,
    )


def _answers(days: Mapping[date, Funnel], *, with_opens: bool) -> Chart:
    return Chart(
        title=_("Opens and clicks by day") if with_opens else _("First clicks by day"),
        labels=_days(days),
        series=_series(days, with_opens=with_opens),
        x=_("Day"),
        height=CHART_PIXELS,
    )


def _hours(hours: Mapping[int, Funnel], *, with_opens: bool) -> Chart:
    return Chart(
        title=_("Opens and clicks by hour of the day") if with_opens else _("First clicks by hour of the day"),
        labels=[f"{hour:02}" for hour in hours],
        series=_series(hours, with_opens=with_opens),
        x=_("Hour"),
        height=CHART_PIXELS,
    )


def _hours_revenue(hours: Mapping[int, Funnel]) -> Chart:
    return Chart(
        title=_("Attributed revenue by hour of the day"),
        labels=[f"{hour:02}" for hour in hours],
        series=[Series(_("Revenue"), [each.revenue for each in hours.values()], "good")],
        x=_("Hour of the order"),
        way="won",
        axis_way="won_short",
        height=CHART_PIXELS,
    )


def redemption_chart(redemptions: Redemptions) -> Chart | None:
    """Return coupon uses by day; None where there was none."""
    if not redemptions.by_day:
        return None
    return Chart(
        title=_("Coupons used by day"),
        labels=[f"{day:%m-%d}" for day, _uses in redemptions.by_day],
        series=[Series(_("Coupons used"), [uses for _day, uses in redemptions.by_day])],
        x=_("Day"),
    )


def _days(days: Mapping[date, Funnel]) -> list[str]:
    return [f"{day:%m-%d}" for day in days]


def _series(times: Mapping[Any, Funnel], *, with_opens: bool) -> list[Series]:
    clicks = Series(_("First clicks"), [each.clicked for each in times.values()])
    opens = Series(_("First opens"), [each.opened for each in times.values()], "second")
    return [opens, clicks] if with_opens else [clicks]
