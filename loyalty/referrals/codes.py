"""Everybody's code and link: made once, by the same letters and chance as coupons' codes."""

from collections.abc import Collection

from django.conf import settings
from django.db import connection

from customers.models import Customer
from loyalty.coupons.codes import NOISE, SQL, key
from loyalty.models import ReferralCode

MAKE = f"""
    WITH noisy AS MATERIALIZED (
        SELECT customer.id, {NOISE} AS noise FROM customers_customer AS customer
        WHERE customer.merged_into_id IS NULL AND customer.erased_at IS NULL
          AND (%(customers)s::bigint[] IS NULL OR customer.id = ANY(%(customers)s))
          AND NOT EXISTS (SELECT FROM loyalty_referralcode AS had WHERE had.customer_id = customer.id)
    )
    INSERT INTO loyalty_referralcode (customer_id, code) SELECT id, {SQL} FROM noisy
    ON CONFLICT (customer_id) DO NOTHING
"""


def make_missing(customer_ids: Collection[int] | None = None) -> int:
    """Make a code for each of these customers who has none, or for everybody; return how many, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(MAKE, {"customers": None if customer_ids is None else list(customer_ids)})
        return cursor.rowcount


def codes_of(customer_ids: Collection[int]) -> dict[int, str]:
    """Return the codes of those of these customers who have one."""
    return dict(ReferralCode.objects.filter(customer__in=list(customer_ids)).values_list("customer", "code"))


def code_of(customer_id: int) -> str:
    """Return a customer's code, made when first asked for; "" for who was merged or erased."""
    make_missing([customer_id])
    return codes_of([customer_id]).get(customer_id, "")


def url_of(code: str) -> str:
    """Return the link that a customer passes on."""
    return f"{settings.SITE_URL}/r/{code}"


def owners_of(typed: Collection[str]) -> dict[str, Customer]:
    """Return, by the codes as typed, the customers they are of, after merges who was kept."""
    wanted = {key(text): text for text in typed}
    rows = ReferralCode.objects.filter(code__in=wanted).select_related("customer__merged_into")
    found = {row.code: row.customer.merged_into or row.customer for row in rows}
    return {text: found[key(text)] for text in typed if key(text) in found}
