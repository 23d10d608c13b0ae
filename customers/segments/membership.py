"""Make membership rows equal who fits, and log every move: the SQL of `refresh`."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import QuerySet

from customers.models import SegmentMembership, SegmentMove

MEMBERS, MOVES = SegmentMembership._meta.db_table, SegmentMove._meta.db_table
# Grouped subqueries of a rule are hashed only where they fit into this; otherwise they are read again for every row.
MEMORY = "256MB"

LOG_MOVES = f"""
    moves AS (
        INSERT INTO {MOVES} (segment_id, customer_id, direction, moved_at)
        SELECT %(segment)s, customer_id, 'in', %(at)s FROM came
        UNION ALL SELECT %(segment)s, customer_id, 'out', %(at)s FROM gone
    )
    SELECT (SELECT count(*) FROM came), (SELECT count(*) FROM gone)
"""
PUT_IN = f"""
    came AS (
        INSERT INTO {MEMBERS} (segment_id, customer_id, entered_at)
        SELECT %(segment)s, customer_id, %(at)s FROM fitting
        WHERE NOT EXISTS (
            SELECT FROM {MEMBERS} member
            WHERE member.segment_id = %(segment)s AND member.customer_id = fitting.customer_id
        )
        ON CONFLICT DO NOTHING
        RETURNING customer_id
    )
"""
FOR_EVERYBODY = f"""
    WITH fitting (customer_id) AS MATERIALIZED ({{fitting}}), {PUT_IN},
    gone AS (
        DELETE FROM {MEMBERS} member
        WHERE member.segment_id = %(segment)s
        AND NOT EXISTS (SELECT FROM fitting WHERE fitting.customer_id = member.customer_id)
        RETURNING customer_id
    ), {LOG_MOVES}
"""
FOR_SOME = f"""
    WITH fitting (customer_id) AS MATERIALIZED (SELECT unnest(%(fitting)s::bigint[])), {PUT_IN},
    gone AS (
        DELETE FROM {MEMBERS} WHERE segment_id = %(segment)s AND customer_id = ANY(%(unfit)s) RETURNING customer_id
    ), {LOG_MOVES}
"""


@dataclass(frozen=True)
class Moved:
    """How many customers came and left."""

    came: int
    left: int


def write_for_everybody(segment_id: int, fitting: QuerySet, *, at: datetime) -> Moved:
    """Let exactly the customers of the query be members, from the moment at which the rule was asked.

    To be called in a transaction.
    """
    sql, parameters = fitting.query.sql_with_params()
    named = {f"fitting_{number}": value for number, value in enumerate(parameters)}
    # Names instead of positions; a per cent sign of the query itself stays doubled.
    written = sql.replace("%%", "%%%%") % tuple(f"%({name})s" for name in named)
    with connection.cursor() as cursor:
        # A segment that just grew has no statistics yet: taken for empty, it would be joined row by row with
        # everybody who fits, which took minutes where a hash takes a second.
        cursor.execute("SELECT set_config('work_mem', %s, true), set_config('enable_nestloop', 'off', true)", [MEMORY])
        cursor.execute(FOR_EVERYBODY.format(fitting=written), {"segment": segment_id, "at": at, **named})
        return Moved(*cursor.fetchone())


def write_for_some(segment_id: int, *, fitting: Collection[int], among: Collection[int], at: datetime) -> Moved:
    """Let of the customers `among` exactly those of `fitting` be members; nobody else is looked at."""
    unfit = sorted(set(among) - set(fitting))
    with connection.cursor() as cursor:
        cursor.execute(FOR_SOME, {"segment": segment_id, "fitting": list(fitting), "unfit": unfit, "at": at})
        return Moved(*cursor.fetchone())
