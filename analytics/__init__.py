"""Numbers about everything else: attribution, KPIs, reports.

Owns attributed orders and marketing spend. May import every app; is imported by none.
"""
