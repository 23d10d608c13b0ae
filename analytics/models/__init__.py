"""The tables of the app, a module an idea."""

from analytics.models.advice import PutAwayAdvice
from analytics.models.attribution import AttributedOrder, AttributionProgress, CreditRefund
from analytics.models.cohorts import CohortCell, CohortDimension, CohortGroup, CohortRebuild
from analytics.models.kpi_targets import KpiTarget
from analytics.models.rollups import (
    CampaignDay,
    CampaignState,
    DirtyDay,
    EarningDay,
    KeptFigures,
    MachineDay,
    SalesDay,
)
from analytics.models.snapshots import KpiSnapshot
from analytics.models.spend import MarketingSpend

__all__ = [
    "AttributedOrder",
    "AttributionProgress",
    "CampaignDay",
    "CampaignState",
    "CohortCell",
    "CohortDimension",
    "CohortGroup",
    "CohortRebuild",
    "CreditRefund",
    "DirtyDay",
    "EarningDay",
    "KeptFigures",
    "KpiSnapshot",
    "KpiTarget",
    "MachineDay",
    "MarketingSpend",
    "PutAwayAdvice",
    "SalesDay",
]
