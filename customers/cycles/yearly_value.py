"""What customers with a rhythm of their own are worth a year, and how late they are by it, as SQL of the statistics.

Expected yearly revenue is what the customer has brought, over the days from the first to the last purchase and one
cycle more (the last purchase is good for one), times 365: the pace they kept while they came. Somebody who brought
600,000 won in 173 days with a cycle of seven days is worth 600,000 × 365 ÷ 180, about 1,216,666 won a year. A history
shorter than 90 days counts as 90: a few busy weeks make no year.
"""

from datetime import date

from customers.cycles.pauses import ENOUGH_OF_ONES_OWN, IN_SEOUL
from customers.sql import literal

# `stats` is the relation. Whoever has no rhythm of their own, or brought nothing, has neither number.
HAS_RHYTHM = f"stats.cycle_gaps >= {ENOUGH_OF_ONES_OWN} AND stats.paid_total > 0"
LAST_DAY = f"(stats.last_order_at {IN_SEOUL})::date"
FIRST_DAY = f"(stats.first_order_at {IN_SEOUL})::date"
SHORTEST_DAYS = 90
# Whole won, rounded down.
YEARLY_VALUE = f"(stats.paid_total * 365 / greatest({LAST_DAY} - {FIRST_DAY} + stats.cycle_days, {SHORTEST_DAYS}))"
# Whole per cent of the own cycle since the last purchase, `today` being the SQL of a day: 100 is due, 200 a cycle late.
PAUSE_PERCENT = f"(({{today}} - {LAST_DAY}) * 100 / stats.cycle_days)"


def pause_percent(today: date) -> str:
    """Return the SQL of the days since the last purchase in whole per cent of the own cycle, as of a day (KST)."""
    return PAUSE_PERCENT.format(today=f"{literal(today.isoformat())}::date")
