"""All KPIs, in the order of the board: importing the rooms registers what stands in them."""

from analytics.kpis import coming_back, leaving, visits, worth
from analytics.kpis.kpi import KPIS

ROOMS = (worth, coming_back, visits, leaving)

__all__ = ["KPIS", "ROOMS"]
