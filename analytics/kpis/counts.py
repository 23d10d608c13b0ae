"""How KPIs ask: one statement a question, for any number of periods, of everybody or of a slice.

A question reads `period` (place, starts, ends, first, last), `people` (statistics of the customers meant; with a
store, of those of them who ever bought there), `bought` (the purchases meant), `made` (the same of anybody, to look up
those of somebody who is meant), and `meant` where it asks about more than purchases. Guests' orders belong to nobody.
"""

from collections.abc import Sequence
from typing import Any

from analytics.kpis.slices import EVERYBODY, Slice
from analytics.periods import Period
from analytics.statements import tuples

PERIODS = """
WITH period AS (
    SELECT * FROM unnest(%(starts)s::timestamptz[], %(ends)s::timestamptz[], %(firsts)s::date[], %(lasts)s::date[])
                  WITH ORDINALITY AS given (starts, ends, first, last, place)
),
"""
IN_PERIOD = "placed_at >= starts AND placed_at < ends"
IN_SEOUL = "AT TIME ZONE 'Asia/Seoul'"

BUYERS = f"""
SELECT customer_id, count(*) AS orders, sum(revenue)::bigint AS revenue
  FROM bought WHERE {IN_PERIOD} GROUP BY customer_id
"""
REPEAT_BUYERS = "count(*) FILTER (WHERE orders > 1), count(orders)"


def of_persons(persons: str, aggregates: str) -> str:
    """Return the question that adds up the persons of each period."""
    return (
        f"SELECT {aggregates} FROM period LEFT JOIN LATERAL ({persons}) AS person ON true GROUP BY place ORDER BY place"
    )


def ask(question: str, periods: Sequence[Period], within: Slice = EVERYBODY, **parameters: Any) -> list[tuple]:
    """Return the rows of a question."""
    given: dict[str, Any] = {
        "starts": [period.start for period in periods],
        "ends": [period.end for period in periods],
        "firsts": [period.first for period in periods],
        "lasts": [period.last for period in periods],
    }
    return tuples(f"{PERIODS}{within.relations}{question}", {**given, **within.parameters, **parameters})


def repeat_buyers(periods: Sequence[Period], within: Slice = EVERYBODY) -> list[tuple[int, int]]:
    """Return the customers with two or more purchases and those with any, for each period."""
    return ask(of_persons(BUYERS, REPEAT_BUYERS), periods, within)
