"""What campaigns did and earned: the plus and minus of every change, folded into one row a key.

Read as sums, these tables are right at every moment, folded or not. Folding keeps them small and nothing else.
"""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import Sum

from analytics.models import CampaignState
from analytics.rollups.locks import only_one_at_a_time
from analytics.rollups.raw import OF_CAMPAIGNS, Rollup
from crm_project import queue

# All rows of the keys to which something was appended become one; what adds up to nothing goes.
FOLD = """
WITH fresh AS MATERIALIZED (SELECT DISTINCT {keys} FROM {table} WHERE NOT is_folded),
taken AS (
    DELETE FROM {table} AS kept USING fresh WHERE ({kept_keys}) = ({fresh_keys}) RETURNING {kept_columns}
), folded AS (
    INSERT INTO {table} ({columns}, is_folded)
    SELECT {keys}, {sums}, true FROM taken GROUP BY {keys} HAVING {anything}
)
SELECT count(*) FROM taken
"""
# What the sums lack is appended, as if it had just changed. One statement sees facts and sums of the same moment, so
# nobody who writes facts has to wait. Where a key had no sum, it is folded already.
MEND = """
INSERT INTO {table} ({columns}, is_folded)
SELECT {keys}, {sums}, bool_and(is_fact)
  FROM (SELECT {columns}, true AS is_fact FROM ({query}) AS raw
         UNION ALL
        SELECT {keys}, {minus}, false FROM {table}) AS both_sides
 GROUP BY {keys} HAVING {anything}
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """How many messages of a campaign stand where; nobody in the holdout is targeted.

    `handed_over`: no longer waiting, and not skipped.
    """

    targeted: int = 0
    sent: int = 0
    failed: int = 0
    unknown: int = 0
    waiting: int = 0
    handed_over: int = 0
    held_out: int = 0
    sandboxed: int = 0


def standing_of(campaign_ids: Collection[int]) -> dict[int, Standing]:
    """Return where the messages of each campaign stand, in one statement for all of them."""
    keys = ("campaign_id", "status", "skip_reason", "is_sandbox")
    rows = CampaignState.objects.filter(campaign__in=campaign_ids).values(*keys).annotate(count=Sum("messages"))
    found: dict[int, dict[str, int]] = {campaign_id: {} for campaign_id in campaign_ids}
    for campaign_id, *row in rows.values_list(*keys, "count"):
        _add(found[campaign_id], *row)
    return {campaign_id: Standing(**counts) for campaign_id, counts in found.items()}


def _add(counts: dict[str, int], status: str, reason: str, is_sandbox: bool, count: int) -> None:
    names = ["held_out"] if reason == "HOLDOUT" else ["targeted"]
    if status in ("sent", "failed", "unknown", "waiting"):
        names.append(status)
    if status not in ("waiting", "skipped"):
        names.append("handed_over")
    if status == "sent" and is_sandbox:
        names.append("sandboxed")
    for name in names:
        counts[name] = counts.get(name, 0) + count


def fold() -> int:
    """Fold what was appended since the last time, a table a transaction; return how many rows were taken up."""
    taken = 0
    for rollup in OF_CAMPAIGNS:
        taken += _fold(rollup)
        queue.progress()
    return taken


@transaction.atomic
def _fold(rollup: Rollup) -> int:
    with connection.cursor() as cursor:
        only_one_at_a_time(cursor)
        cursor.execute(FOLD.format(**_parts(rollup)))
        return cursor.fetchone()[0]


def mend() -> int:
    """Add what the sums lack against the facts, a table a transaction; return how many rows that took."""
    return sum(_mend(rollup) for rollup in OF_CAMPAIGNS)


@transaction.atomic
def _mend(rollup: Rollup) -> int:
    with connection.cursor() as cursor:
        only_one_at_a_time(cursor)
        cursor.execute(MEND.format(query=rollup.query.format(of_campaigns="true"), **_parts(rollup)))
        return cursor.rowcount


def _parts(rollup: Rollup) -> dict[str, str]:
    named = {name: ", ".join(f"{name}.{key}" for key in rollup.keys) for name in ("kept", "fresh")}
    return {
        "table": rollup.table,
        "keys": ", ".join(rollup.keys),
        "columns": rollup.columns,
        "sums": ", ".join(f"sum({column})" for column in rollup.sums),
        "minus": ", ".join(f"-{column}" for column in rollup.sums),
        "anything": " OR ".join(f"sum({column}) <> 0" for column in rollup.sums),
        "kept_keys": named["kept"],
        "fresh_keys": named["fresh"],
        "kept_columns": ", ".join(f"kept.{column}" for column in rollup.keys + rollup.sums),
    }
