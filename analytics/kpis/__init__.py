"""KPIs: what they are called, what counts, what they come to for a period and a slice, and who is behind them.

Owns the registry of KPIs, the SQL that counts for them, targets, the months kept for trends, the board and the API.
May import every app and the floor of crm_project; `docs/kpis.md` says the same definitions in prose.

what counts (`slices`) → what is asked (`worth`, `coming_back`, `leaving`, `visits`) → a reading (`kpi`)
→ kept (`snapshots`), shown (`board_page`), given (`api`, the command), opened (`behind`)
"""

from analytics.kpis import kept_readings
from analytics.kpis.definitions import KPIS
from analytics.kpis.kpi import Group, Input, Kpi, Reading, as_json, find
from analytics.kpis.slices import EVERYBODY, Slice, asked_for

__all__ = [
    "EVERYBODY",
    "KPIS",
    "Group",
    "Input",
    "Kpi",
    "Reading",
    "Slice",
    "as_json",
    "asked_for",
    "find",
    "kept_readings",
]
