"""Campaigns side by side: the same figures of each, and which did best."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from analytics.campaign_report.costs import Costs, costs_of
from analytics.campaign_report.funnel import Funnel, funnels_of
from analytics.campaign_report.verdict import roi_text
from analytics.errors import ComparisonRefused
from campaigns.models import Campaign
from crm_project.templatetags.formats import Number, number_text, percent_text, won_text

FEWEST, MOST = 2, 6
SHOWN_AT_FIRST = 5
OFFERED = 50


def finely(share: Number | None) -> str:
    """Write a small share of one as a percentage with two decimals."""
    return percent_text(share, 2)


@dataclass(frozen=True, slots=True)
class Figure:
    """A line of the comparison. `best`: of its values the one to aim at, if there is one; `bars`: drawn as bars too."""

    label: str | Promise
    read: Callable[[Funnel, Costs], Number | None]
    write: Callable[[Number | None], str] = number_text
    best: Callable[[Sequence[Number]], Number] | None = None
    bars: str = ""
    hint: str | Promise = ""


FIGURES = (
    Figure(_("Targeted"), lambda funnel, _costs: funnel.targeted),
    Figure(_("Sent"), lambda funnel, _costs: funnel.sent),
    Figure(
        _("Open rate"), lambda funnel, _costs: funnel.open_rate, percent_text, max, hint=_("People, without machines")
    ),
    Figure(_("Click rate"), lambda funnel, _costs: funnel.click_rate, percent_text, max, "percent"),
    Figure(_("Opt-out rate"), lambda funnel, _costs: funnel.opt_out_rate, finely, min),
    Figure(_("Orders"), lambda funnel, _costs: funnel.orders),
    Figure(_("Buyers"), lambda funnel, _costs: funnel.buyers),
    Figure(_("Orders per message"), lambda funnel, _costs: funnel.order_rate, finely, max),
    Figure(_("Attributed revenue"), lambda funnel, _costs: funnel.net, won_text, max, "won", _("Less refunds")),
    Figure(_("Revenue per message"), lambda funnel, _costs: funnel.net_per_message, won_text, max, "won"),
    Figure(_("Cost"), lambda _funnel, costs: costs.total, won_text, hint=_("Sending, coupons and points")),
    Figure(_("ROI"), lambda funnel, costs: costs.roi(funnel), roi_text, max, hint=_("Gain for each won spent")),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of every campaign, in their order; `best` is the index of the best, None where none stands out."""

    figure: Figure
    values: list[Number | None]
    best: int | None


def offered() -> list[Campaign]:
    """Return the campaigns that can be compared, the latest first."""
    return list(Campaign.objects.own().filter(started_at__isnull=False).order_by("-started_at", "-pk")[:OFFERED])


def chosen_among(offers: Sequence[Campaign], asked: Collection[int]) -> list[Campaign]:
    """Return the campaigns asked for, the oldest first; where none was, the last five.

    Raises:
        ComparisonRefused: fewer than two or more than six.
    """
    if not asked:
        return list(offers[:SHOWN_AT_FIRST])[::-1]
    if not FEWEST <= len(set(asked)) <= MOST:
        raise ComparisonRefused(
            gettext("Choose %(fewest)s to %(most)s campaigns to compare; %(chosen)s were chosen.")
            % {"fewest": FEWEST, "most": MOST, "chosen": len(set(asked))}
        )
    chosen = Campaign.objects.own().filter(pk__in=asked, started_at__isnull=False)
    return list(chosen.order_by("started_at", "pk"))


def compare(campaigns: Sequence[Campaign]) -> list[Row]:
    """Return every figure of these campaigns, in six statements for all of them."""
    funnels = funnels_of([campaign.pk for campaign in campaigns])
    costs = costs_of(funnels)
    return [
        _row(figure, [figure.read(funnels[campaign.pk], costs[campaign.pk]) for campaign in campaigns])
        for figure in FIGURES
    ]


def _row(figure: Figure, values: list[Number | None]) -> Row:
    known = [value for value in values if value is not None]
    if figure.best is None or len(set(known)) < 2:
        return Row(figure, values, None)
    return Row(figure, values, values.index(figure.best(known)))
