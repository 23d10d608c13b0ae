"""The counters on the coupons against the rows they count.

They are written by the statements that write the rows, so nothing may differ; whatever comes in by another way (the
history of another system) is counted by `recount`.
"""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection

NAMES = ("issued_count", "expired_count", "withdrawn_count", "used_count", "discount_total", "revenue_total")
COUNTED = """
    SELECT coupon.id,
        coalesce(pieces.issued_count, 0) AS issued_count, coalesce(pieces.expired_count, 0) AS expired_count,
        coalesce(pieces.withdrawn_count, 0) AS withdrawn_count, coalesce(uses.used_count, 0) AS used_count,
        coalesce(uses.discount_total, 0) AS discount_total, coalesce(uses.revenue_total, 0) AS revenue_total
    FROM loyalty_coupon AS coupon
    LEFT JOIN (
        SELECT coupon_id, count(*) AS issued_count, count(*) FILTER (WHERE status = 'expired') AS expired_count,
            count(*) FILTER (WHERE status = 'withdrawn') AS withdrawn_count
        FROM loyalty_issuedcoupon GROUP BY coupon_id
    ) AS pieces ON pieces.coupon_id = coupon.id
    LEFT JOIN (
        SELECT coupon_id, count(*) FILTER (WHERE status = 'used') AS used_count,
            sum(discount - returned_discount) AS discount_total,
            sum(paid_amount - returned_amount + returned_discount) AS revenue_total
        FROM loyalty_couponredemption WHERE status <> 'cancelled' GROUP BY coupon_id
    ) AS uses ON uses.coupon_id = coupon.id
"""
CHECK = "SELECT coupon.id, {pairs} FROM loyalty_coupon AS coupon JOIN ({counted}) AS real USING (id) WHERE {differs}"
RECOUNT = """
    UPDATE loyalty_coupon AS coupon SET {set} FROM ({counted}) AS real
    WHERE real.id = coupon.id AND coupon.id = ANY(%s)
"""


@dataclass(frozen=True, slots=True)
class Difference:
    """A counter that does not say what the rows say."""

    coupon_id: int
    counter: str
    stored: int
    counted: int


def differences() -> list[Difference]:
    """Return every counter of every coupon that differs from its rows."""
    pairs = ", ".join(f"coupon.{name}, real.{name}" for name in NAMES)
    differs = " OR ".join(f"coupon.{name} <> real.{name}" for name in NAMES)
    with connection.cursor() as cursor:
        cursor.execute(CHECK.format(pairs=pairs, counted=COUNTED, differs=differs))
        rows = cursor.fetchall()
    return [
        Difference(coupon_id, name, int(stored), int(counted))
        for coupon_id, *values in rows
        for name, stored, counted in zip(NAMES, values[::2], values[1::2], strict=True)
        if stored != counted
    ]


def recount(coupon_ids: Collection[int]) -> None:
    """Set the counters of these coupons to what their rows say."""
    assigned = ", ".join(f"{name} = real.{name}" for name in NAMES)
    with connection.cursor() as cursor:
        cursor.execute(RECOUNT.format(set=assigned, counted=COUNTED), [list(coupon_ids)])
