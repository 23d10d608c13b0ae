"""Compares every kept sum with its raw query, in one statement each, so that both sides see the same facts."""

from dataclasses import dataclass

from django.db import connection
from django.utils.translation import gettext as _

from analytics.errors import SumsDiffer
from analytics.rollups.raw import OF_CAMPAIGNS, SALES_OF_DAYS, Rollup, sales_of_days
from crm_project import queue

MOST_SAID = 20
# Marked days come from the orders, as a page reads them.
KEPT_SALES = f"""
SELECT {SALES_OF_DAYS.columns} FROM analytics_salesday WHERE day NOT IN (SELECT day FROM analytics_dirtyday)
UNION ALL
{sales_of_days("SELECT DISTINCT day FROM analytics_dirtyday")}
"""
# What only one side has, or has with other sums. Rows to be summed are summed first.
COMPARE = """
WITH kept AS (SELECT {keys}, {sums} FROM ({kept}) AS kept GROUP BY {keys} HAVING {anything}),
     raw AS (SELECT {keys}, {sums} FROM ({raw}) AS raw GROUP BY {keys} HAVING {anything})
SELECT 'kept', different.* FROM (TABLE kept EXCEPT TABLE raw) AS different
UNION ALL
SELECT 'facts', different.* FROM (TABLE raw EXCEPT TABLE kept) AS different
 LIMIT {limit}
"""


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that only one side has, as column and value; `side` is `kept` or `facts`."""

    table: str
    side: str
    row: dict[str, object]

    def __str__(self) -> str:
        told = ", ".join(f"{column}={value}" for column, value in self.row.items())
        return f"{self.table}, {self.side}: {told}"


def differences() -> list[Difference]:
    """Return where kept sums are not what the facts add up to, at most `MOST_SAID` rows a table."""
    found = _compare(SALES_OF_DAYS, KEPT_SALES)
    for rollup in OF_CAMPAIGNS:
        queue.progress()
        found += _compare(rollup, f"SELECT {rollup.columns} FROM {rollup.table}")
    return found


def refuse_differences() -> None:
    """Do nothing where every kept sum equals the facts.

    Raises:
        SumsDiffer: one does not; the message names the first row.
    """
    found = differences()
    if found:
        raise SumsDiffer(
            _(
                "%(count)d kept sums differ from the facts, the first is: %(first)s. "
                "`manage.py check_rollups --mend` adds everything up anew."
            )
            % {"count": len(found), "first": found[0]}
        )


def _compare(rollup: Rollup, kept: str) -> list[Difference]:
    statement = COMPARE.format(
        keys=", ".join(rollup.keys),
        sums=", ".join(f"sum({column})::numeric AS {column}" for column in rollup.sums),
        anything=" OR ".join(f"sum({column}) <> 0" for column in rollup.sums),
        kept=kept,
        raw=rollup.query.format(of_campaigns="true"),
        limit=MOST_SAID,
    )
    with connection.cursor() as cursor:
        cursor.execute(statement)
        names = rollup.keys + rollup.sums
        return [Difference(rollup.table, row[0], dict(zip(names, row[1:], strict=True))) for row in cursor.fetchall()]
