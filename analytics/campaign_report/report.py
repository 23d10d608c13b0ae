"""Everything the report says of one campaign, read at once: a bounded number of statements, however many messages."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from analytics.campaign_report.breakdowns import Breakdown, breakdowns_of
from analytics.campaign_report.costs import Costs, costs_of
from analytics.campaign_report.funnel import Funnel, buyers_of, campaign_before, cells_of, sum_of
from analytics.campaign_report.machines import Machines, machines_of
from analytics.campaign_report.models_compared import Credited, by_model
from analytics.campaign_report.moments import Moment, moments_of
from analytics.campaign_report.products import ProductSold, products_sold
from analytics.campaign_report.unreached import Failed, LeftOut, failures_of, left_out_of
from analytics.experiments import reading
from analytics.product_clicks.reading import ProductsShown, products_shown
from campaigns.models import Campaign


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a campaign. `before` is the campaign sent before it, to compare with."""

    campaign: Campaign
    funnel: Funnel
    before: Campaign | None
    funnel_before: Funnel | None
    breakdowns: list[Breakdown]
    moments: Mapping[Moment, Funnel]
    machines: Machines
    left_out: list[LeftOut]
    failures: list[Failed]
    products: list[ProductSold]
    products_shown: ProductsShown | None
    models: list[Credited]
    costs: Costs
    reading: reading.Reading | None

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing was planned yet."""
        return not self.funnel.targeted and not self.funnel.held_out

    @property
    def tells_opens(self) -> bool:
        """Tell whether every message sent went over a channel that says who opened."""
        return 0 < self.funnel.sent == self.funnel.openable

    @property
    def tells_delivery(self) -> bool:
        """Tell whether every channel over which messages were sent has reported deliveries."""
        used = [part.funnel for part in self.breakdowns[-1].parts if part.funnel.sent]
        return bool(used) and all(funnel.delivered for funnel in used)


def report_of(campaign: Campaign) -> Report:
    """Return what became of the campaign."""
    before = campaign_before(campaign)
    pair = [campaign.pk, *([before.pk] if before else [])]
    cells, buyers = cells_of(pair), buyers_of(pair)
    own = [cell for cell in cells if cell.campaign_id == campaign.pk]
    funnel = replace(sum_of(own), buyers=buyers.get(campaign.pk, 0))
    earlier = sum_of(cell for cell in cells if cell.campaign_id != campaign.pk)
    return Report(
        campaign=campaign,
        funnel=funnel,
        before=before,
        funnel_before=replace(earlier, buyers=buyers.get(before.pk, 0)) if before else None,
        breakdowns=breakdowns_of(campaign, own),
        moments=moments_of(campaign),
        machines=machines_of(campaign),
        left_out=left_out_of(campaign),
        failures=failures_of(campaign),
        products=products_sold(campaign),
        products_shown=products_shown(campaign),
        models=by_model(campaign),
        costs=costs_of({campaign.pk: funnel})[campaign.pk],
        reading=reading.of_campaign(campaign),
    )
