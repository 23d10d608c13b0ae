"""The tables of the app, a module an idea."""

from analytics.models.attribution import AttributedOrder, AttributionProgress
from analytics.models.snapshots import KpiSnapshot
from analytics.models.spend import MarketingSpend

__all__ = ["AttributedOrder", "AttributionProgress", "KpiSnapshot", "MarketingSpend"]
