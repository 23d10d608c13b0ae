"""Numbers about everything else: attribution, KPIs, reports.

Owns credits of orders, sums and snapshots of what the apps below hold, targets and marketing spend. May import every
app; is imported by none. A room a question: `attribution` (who earned an order), `experiments` (what was added),
`campaign_report`, `kpis`, `cohorts` (who comes back), `boards`, `spend`; `rollups` keeps sums for all of them.
"""
