"""Orders are pulled: whatever came in or changed is counted by its rules, and the ledger gets the difference.

What an order has earned is at any time what the rules of its version give for it as it stands. So nothing depends on
in which order a payment, a refund, a cancellation and a second copy of the file arrive, or how often (T1–T5, T9).
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from crm_project.queue import progress
from loyalty import ledger, tiers
from loyalty.earning import returns, set_based, versions
from loyalty.earning.desk_receipts import AFTER_DESK, IS_TAKEN_BACK
from loyalty.earning.validity import lot_terms
from loyalty.earning.versions import Versions
from loyalty.ledger.batches import earn_many, open_accounts
from loyalty.ledger.terms import start_of
from loyalty.models import EarningProgress, EarningTerms, Program
from loyalty.tiers.credits import SAFELY_SEEN

# So few that an account's lock is held for a second or two, and a till that wants it does not give up. What orders earn
# anew is booked in sets; of what is taken back, the points that were used or have expired meanwhile, one by one.
ORDERS_AT_ONCE, RETURNS_AT_ONCE = 20_000, 1_000

CHANGED = """
    SELECT bought.id, award.order_id IS NOT NULL FROM customers_order AS bought
    LEFT JOIN customers_customer AS buyer ON buyer.id = bought.customer_id
    LEFT JOIN loyalty_orderaward AS award ON award.order_id = bought.id
    WHERE bought.changed_at >= %(since)s
      AND (award.order_id IS NOT NULL
           OR (bought.is_purchase AND bought.placed_at >= %(begins)s AND buyer.erased_at IS NULL
               AND buyer.id IS NOT NULL))
    ORDER BY bought.id
"""
KNOWN = """
    SELECT bought.id, award.order_id IS NOT NULL FROM customers_order AS bought
    LEFT JOIN loyalty_orderaward AS award ON award.order_id = bought.id
    WHERE bought.id = ANY(%(orders)s) ORDER BY bought.id
"""
# An order counts by the version it was counted by before, at first by that of the moment when it was placed.
DUE = """
    INSERT INTO earning_due
    SELECT bought.id,
           coalesce(award.rule_version_id,
                    (SELECT version_id FROM unnest(%(made_at)s::timestamptz[], %(ids)s::bigint[])
                        AS version (made_at, version_id)
                     WHERE made_at <= bought.placed_at ORDER BY made_at DESC, version_id DESC LIMIT 1),
                    %(first)s),
           CASE WHEN award.reasons <> '[]' THEN
                ARRAY(SELECT reason ->> 'rule' FROM jsonb_array_elements(award.reasons) AS reason) END
    FROM customers_order AS bought
    LEFT JOIN loyalty_orderaward AS award ON award.order_id = bought.id
    WHERE bought.id = ANY(%(orders)s) AND bought.customer_id IS NOT NULL
      AND (award.order_id IS NOT NULL OR (bought.is_purchase AND bought.placed_at >= %(begins)s))
"""
RESULTS = """
    CREATE TEMPORARY TABLE earning_result ON COMMIT DROP AS
    SELECT bought.order_id, account.id AS account_id, buyer.id AS customer_id, bought.version_id, bought.day,
           bought.placed_at, bought.channel, bought.store_id,
           CASE WHEN bill.total > 0 THEN div(bought.money * bill.counting, bill.total)::bigint
                ELSE bought.money END AS won,
           coalesce(given.points, 0) AS points, coalesce(given.reasons, '[]') AS reasons,
           coalesce(award.points, 0) AS points_before,
           CASE WHEN award.order_id IS NULL THEN 0
                ELSE award.revision + (award.points <> coalesce(given.points, 0))::int END AS revision
    FROM earning_order AS bought
    JOIN customers_customer AS owner ON owner.id = bought.customer_id
    JOIN customers_customer AS buyer ON buyer.id = coalesce(owner.merged_into_id, owner.id)
    JOIN loyalty_account AS account ON account.customer_id = buyer.id AND account.program_id = %(program)s
         AND account.status <> 'closed'
    LEFT JOIN earning_bill AS bill ON bill.order_id = bought.order_id
    LEFT JOIN (
        SELECT order_id, greatest(0, sum(points))::bigint AS points,
               jsonb_agg(jsonb_build_object('rule', key, 'won', won, 'points', points) ORDER BY place) AS reasons
        FROM earning_award GROUP BY order_id
    ) AS given ON given.order_id = bought.order_id
    LEFT JOIN loyalty_orderaward AS award ON award.order_id = bought.order_id
"""
MORE = f"""
    SELECT result.account_id, result.points - result.points_before AS points, bought.source AS source_system,
           bought.external_id AS reference,
           CASE WHEN result.revision > 0 THEN result.revision::text
                WHEN {IS_TAKEN_BACK} THEN '{AFTER_DESK}' ELSE '' END AS line,
           result.placed_at AS occurred_at, coalesce(lot.activates_at, result.placed_at) AS activates_at,
           lot.expires_at, 'base' AS kind, result.version_id AS rule_version_id,
           jsonb_build_object('won', result.won, 'reasons', result.reasons) AS details, result.store_id
    FROM earning_result AS result
    JOIN customers_order AS bought ON bought.id = result.order_id
    JOIN loyalty_account AS account ON account.id = result.account_id
    JOIN earning_lot AS lot
         ON lot.version_id = result.version_id AND lot.day = result.day AND lot.channel = result.channel
    WHERE result.points > result.points_before
"""
LOTS = """
    CREATE TEMPORARY TABLE earning_lot ON COMMIT DROP AS
    SELECT * FROM jsonb_to_recordset(%s) AS lot (
        version_id bigint, day date, channel text, activates_at timestamptz, expires_at timestamptz)
"""
KEEP = """
    INSERT INTO loyalty_orderaward AS award (order_id, account_id, rule_version_id, won, points, reasons, revision)
    SELECT order_id, account_id, version_id, won, points, reasons, revision FROM earning_result ORDER BY order_id
    ON CONFLICT (order_id) DO UPDATE
       SET won = excluded.won, points = excluded.points, reasons = excluded.reasons, revision = excluded.revision
     WHERE (award.won, award.points, award.reasons) IS DISTINCT FROM
           (excluded.won, excluded.points, excluded.reasons)
"""
TIER_POINTS = """
    SELECT customer_id, day, 0::bigint, 0, points - points_before, 'earning', order_id::text, revision::text
    FROM earning_result WHERE points <> points_before
"""


@dataclass(frozen=True, slots=True)
class Earned:
    """What a run booked: awards, and orders of which points were taken back."""

    awards: int = 0
    taken_back: int = 0


def earn_changed_orders(*, most: int | None = None) -> Earned | None:
    """Count the orders that came in or changed since the last run; nothing while earning has not begun.

    Returns None, and counts nothing, where there is more work than with `most` new orders.
    """
    program = ledger.current_program()
    terms = versions.terms_of_program(program)
    if terms.begins_on is None:
        return Earned()
    looked_until, ran_at = _safely_seen()
    known = EarningProgress.objects.filter(program=program).first()
    since = known.looked_until if known else "-infinity"
    fresh, counted = _split(CHANGED, since=since, begins=_beginning(terms))
    work = len(fresh) + len(counted) * ORDERS_AT_ONCE // RETURNS_AT_ONCE
    if most is not None and work > most:
        return None
    earned = _earn_in_parts(program, fresh, counted)
    EarningProgress.objects.update_or_create(program=program, defaults={"looked_until": looked_until, "ran_at": ran_at})
    return earned


def earn_orders(orders: Iterable[int], *, booked_at: datetime | None = None) -> Earned:
    """Bring the points of these orders to what their rules give for them now; a second time changes nothing.

    `booked_at` is the moment of the booking for a past that is lived through again; now, if it is not given.
    """
    return _earn_in_parts(ledger.current_program(), *_split(KNOWN, orders=list(orders)), booked_at=booked_at)


def earn_after_desk(source: str, reference: str) -> None:
    """Have a receipt's order earn by itself where staff took back all that was booked for it; in the turn of earning.

    The order came in while what the desk gave stood, so that it was left at that.
    """
    order_id = returns.begin_anew_after_desk(source, reference, program=ledger.current_program())
    if order_id is not None:
        earn_orders([order_id])


def look_from_now_on(program: Program) -> None:
    """Let the next run look only at what comes in or changes from now on; all that is there was counted."""
    looked_until, ran_at = _safely_seen()
    EarningProgress.objects.update_or_create(program=program, defaults={"looked_until": looked_until, "ran_at": ran_at})


def wait_for_turn(program: Program) -> EarningTerms | None:
    """Wait until no other run counts; until the caller's transaction ends none begins. Return the terms.

    The difference to what was booked before must not be booked by two. Whoever locks accounts and then counts takes
    its turn before the accounts, as runs do.
    """
    return EarningTerms.objects.select_for_update(no_key=True).filter(program=program).first()


def _earn_in_parts(
    program: Program, fresh: list[int], counted: list[int], *, booked_at: datetime | None = None
) -> Earned:
    """Count orders for the first time, and those that were counted before again, so many in a transaction."""
    if not fresh and not counted:
        return Earned()
    versions.freeze(program)
    known = versions.versions_of(program)
    awards = taken_back = 0
    for part in (*_parts(fresh, ORDERS_AT_ONCE), *_parts(counted, RETURNS_AT_ONCE)):
        earned = _earn(program, known, part, booked_at=booked_at)
        awards, taken_back = awards + earned.awards, taken_back + earned.taken_back
        progress()
    return Earned(awards, taken_back)


@transaction.atomic
def _earn(program: Program, known: Versions, orders: Sequence[int], *, booked_at: datetime | None) -> Earned:
    terms = wait_for_turn(program)
    moved = returns.take_back_moved(orders, program=program)
    with connection.cursor() as cursor:
        _count(cursor, program, known, orders, begins=_beginning(terms))
        _make_lots(cursor, known)
        awards = earn_many(MORE, now=booked_at)
        reduced = returns.take_back_reduced(cursor, now=booked_at)
        cursor.execute(KEEP)
    tiers.credit_many(TIER_POINTS)
    return Earned(awards, moved + reduced)


def _count(
    cursor: CursorWrapper, program: Program, known: Versions, orders: Sequence[int], *, begins: datetime | str
) -> None:
    """Fill `earning_result`: what each order earns now, and what it had earned before."""
    set_based.make_tables(cursor)
    cursor.execute("DROP TABLE IF EXISTS pg_temp.earning_result, pg_temp.earning_lot")
    set_based.fill_rules(cursor, known.rule_sets)
    found = {"made_at": known.made_at, "ids": known.ids, "first": known.ids[0], "orders": list(orders)}
    cursor.execute(DUE, found | {"begins": begins})
    set_based.calculate(cursor)
    open_accounts("SELECT customer_id FROM earning_order", program_id=program.pk)
    cursor.execute(RESULTS, {"program": program.pk})
    # Not its reasons, which are long and asked by nobody.
    cursor.execute("ANALYZE earning_result (order_id, account_id, version_id, day, channel)")


def _make_lots(cursor: CursorWrapper, known: Versions) -> None:
    """Work out when points live, once a day and channel, by the one function that knows."""
    cursor.execute(
        "SELECT version_id, day, channel, min(placed_at) FROM earning_result"
        " WHERE points > points_before GROUP BY version_id, day, channel"
    )
    lots = []
    for version_id, day, channel, placed_at in cursor.fetchall():
        terms = lot_terms(placed_at, channel=channel, rules=known.rule_sets[version_id])
        # Points that are usable at once are so from the minute of each purchase, and not of the day's first one.
        activates_at = None if terms.activates_at == placed_at else terms.activates_at
        lots.append((version_id, day, channel, activates_at, terms.expires_at))
    names = ("version_id", "day", "channel", "activates_at", "expires_at")
    cursor.execute(LOTS, [json.dumps([dict(zip(names, lot, strict=True)) for lot in lots], default=str)])


def _beginning(terms: EarningTerms | None) -> datetime | str:
    return start_of(terms.begins_on) if terms and terms.begins_on else "infinity"


def _split(query: str, **parameters: object) -> tuple[list[int], list[int]]:
    """Return the orders that a query yields: those that were never counted, and the others."""
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        rows = cursor.fetchall()
    return [pk for pk, is_known in rows if not is_known], [pk for pk, is_known in rows if is_known]


def _safely_seen() -> tuple[datetime, datetime]:
    """Return up to when all changes are seen by a look that begins now, and now."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT ({SAFELY_SEEN}), clock_timestamp()")
        return cursor.fetchone()


def _parts(orders: Sequence[int], at_once: int) -> Iterator[Sequence[int]]:
    return (orders[start : start + at_once] for start in range(0, len(orders), at_once))
