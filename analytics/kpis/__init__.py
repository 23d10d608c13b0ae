"""KPIs: what they are called, what counts, and what they come to for a period.

Owns the registry of KPIs, the SQL that counts for them, the months kept for trends, the board and the API.
May import every app and the floor of crm_project; `docs/kpis.md` says the same definitions in prose.
"""

from analytics.kpis.definitions import KPIS, Input, Kpi, Reading, as_json, find

__all__ = ["KPIS", "Input", "Kpi", "Reading", "as_json", "find"]
