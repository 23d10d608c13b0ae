"""The report of a campaign: the verdict first, then the funnel down to won, then why."""

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _

from analytics.campaign_report.costs import cost_of
from analytics.campaign_report.days import by_day
from analytics.campaign_report.funnel import Funnel, campaign_before, funnels_of
from analytics.campaign_report.holdout import lift_of
from analytics.campaign_report.machines import machines
from analytics.campaign_report.past_campaigns import Redemptions, redemptions_of
from analytics.campaign_report.products import products_sold
from analytics.campaign_report.skips import skip_reasons
from analytics.campaign_report.window import window_end
from analytics.experiments.lift import Lift
from analytics.models import AttributionProgress
from campaigns import standing
from campaigns.models import Campaign
from crm_project.charts import Chart, Series
from crm_project.templatetags.formats import number_text, percent_text, won_text
from loyalty.coupons import costs

# A rate of fewer than this says little without the counts beside it (U-21).
FEW = 30


@permission_required(["campaigns.view_campaign", "analytics.view_attributedorder"], raise_exception=True)
def campaign_report(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Show the report; `?part` gives the numbers alone, for the page that refreshes itself."""
    campaign = get_object_or_404(Campaign.objects.select_related("segment"), pk=campaign_id)
    context = {
        "campaign": campaign,
        "title": campaign.name,
        "status_badge": standing.status_badge(campaign),
        "tabs": [] if campaign.is_history else standing.pages_of(campaign),
    }
    context |= _history(campaign) if campaign.is_history else _numbers(campaign)
    if "part" in request.GET:
        return render(request, "analytics/campaign_report_part.html", context)
    return render(request, "analytics/campaign_report.html", admin.site.each_context(request) | context)


def _numbers(campaign: Campaign) -> dict[str, Any]:
    before = campaign_before(campaign)
    funnels = funnels_of([campaign.pk, *([before.pk] if before else [])])
    funnel, previous = funnels[campaign.pk], funnels[before.pk] if before else None
    cost = cost_of(campaign)
    progress = AttributionProgress.objects.first()
    end = window_end(campaign)
    lift = lift_of(campaign)
    with_opens = standing.tells_opens(campaign)
    return {
        "funnel": funnel,
        "revenue_tone": "good" if funnel.revenue > 0 else "",
        "stages": stages_of(funnel, previous, with_opens=with_opens),
        "funnel_hint": _("In grey: %(name)s") % {"name": before.name} if before else "",
        "cost": cost,
        "coupons": costs.of_campaigns([campaign.pk]).get(campaign.pk),
        "roi_words": _("return: %(times)s") % {"times": number_text((funnel.revenue - cost) / cost, 1)} if cost else "",
        "revenue_per_message": Decimal(funnel.revenue) / funnel.sent if funnel.sent else None,
        "opt_out_words": percent_text(funnel.unsubscribed / funnel.sent, 2) if funnel.sent >= FEW else "",
        "lift": lift,
        "lift_words": words_of(lift) if lift else "",
        "skipped": [{"label": label, "value": count} for label, count in skip_reasons(campaign)],
        "machines": machines(campaign),
        "products": products_sold(campaign),
        "charts": charts_of(campaign, with_opens=with_opens),
        "credited_until": progress.ran_at if progress else None,
        "refreshed_at": timezone.now(),
        "is_moving": end is not None and timezone.now() < end,
        "window_end": end,
    }


def _history(campaign: Campaign) -> dict[str, Any]:
    redemptions = redemptions_of(campaign)
    rate = redemptions.redeemers / redemptions.targeted if redemptions.targeted else None
    return {
        "redemptions": redemptions,
        "redemption_rate": rate,
        "redemption_chart": redemption_chart(redemptions),
    }


def words_of(lift: Lift) -> str:
    """Return the difference to the holdout as a sentence, with its interval."""
    sums = {"middle": won_text(lift.middle), "low": won_text(lift.low), "high": won_text(lift.high)}
    return _("%(middle)s compared with the holdout (95 %%: %(low)s to %(high)s).") % sums


def stages_of(funnel: Funnel, previous: Funnel | None, *, with_opens: bool) -> list[dict[str, Any]]:
    """Return the stages of the funnel, with those of the campaign before to compare."""
    stages = (
        ("targeted", _("Targeted"), "quiet", _("Everyone in the audience but the holdout")),
        ("sent", _("Sent"), "accent", _("Accepted by the receiving server")),
        ("opened", _("Opened"), "accent", _("People; machines are shown apart. A click counts as an open")),
        ("clicked", _("Clicked"), "accent", _("People who followed a link")),
        ("buyers", _("Bought"), "good", _("Customers with a purchase credited to a click")),
    )
    return [
        {
            "label": label,
            "count": getattr(funnel, name),
            "previous": getattr(previous, name) if previous else None,
            "tone": tone,
            "hint": hint,
        }
        for name, label, tone, hint in stages
        if with_opens or name != "opened"
    ]


def charts_of(campaign: Campaign, *, with_opens: bool) -> dict[str, Chart] | None:
    """Return revenue and responses by day; None while nothing happened."""
    days = by_day(campaign)
    if not days:
        return None
    labels = [f"{each.day:%m-%d}" for each in days]
    revenue = Chart(
        title=_("Attributed revenue by day"),
        labels=labels,
        series=[Series(_("Revenue"), [each.revenue for each in days], "good")],
        x=_("Day of the order"),
        way="won",
        axis_way="won_short",
        height=160,
    )
    opens = [Series(_("First opens"), [each.opened for each in days], "second")] if with_opens else []
    responses = Chart(
        title=_("Opens and clicks by day") if with_opens else _("First clicks"),
        labels=labels,
        series=[*opens, Series(_("First clicks"), [each.clicked for each in days])],
        x=_("Day"),
        height=160,
    )
    return {"revenue": revenue, "responses": responses}


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
