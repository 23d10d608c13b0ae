"""The referral code that a customer or an order comes with: kept once a customer, the first one told.

Devices and addresses are kept as keyed hashes: enough to see that two are the same, and nothing to read.
"""

from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from crm_project.client_address import hash_address
from customers.ingest import values
from customers.ingest.parser import Parser
from customers.ingest.schema import Column

LONGEST = 300
_told = values.text(LONGEST)


def hashed(kind: str, text: str) -> str:
    """Return what is kept of a device or an address; upper and lower case and spaces make no difference."""
    return hash_address(f"{kind} {' '.join(text.casefold().split())}")


def _hashed_column(kind: str) -> Parser[str]:
    def parse(value: object) -> str | None:
        text = _told(value)
        return hashed(kind, text) if text else None

    return Parser(parse)


REFERRAL_COLUMNS = (
    Column("referral_code", values.text(40), "text"),
    Column("referral_device", _hashed_column("device"), "text"),
    Column("referral_address", _hashed_column("address"), "text"),
)
# The first code that was told stays, whatever is told later; what was missing is filled in.
NOTE = """
    INSERT INTO customers_referralclaim AS claim (customer_id, code, device_hash, address_hash, said_at)
    SELECT DISTINCT ON (told.customer_id) told.customer_id, coalesce(told.r_referral_code, ''),
           coalesce(told.r_referral_device, ''), coalesce(told.r_referral_address, ''), %(now)s
    FROM ({told}) AS told
    WHERE told.customer_id IS NOT NULL
      AND coalesce(told.r_referral_code, told.r_referral_device, told.r_referral_address) IS NOT NULL
    ORDER BY told.customer_id, told.r_referral_code IS NULL, told.line
    ON CONFLICT (customer_id) DO UPDATE
       SET code = CASE WHEN claim.code = '' THEN excluded.code ELSE claim.code END,
           said_at = CASE WHEN claim.code = '' THEN excluded.said_at ELSE claim.said_at END,
           device_hash = CASE WHEN claim.device_hash = '' THEN excluded.device_hash ELSE claim.device_hash END,
           address_hash = CASE WHEN claim.address_hash = '' THEN excluded.address_hash ELSE claim.address_hash END
     WHERE (claim.code = '' AND excluded.code <> '') OR (claim.device_hash = '' AND excluded.device_hash <> '')
        OR (claim.address_hash = '' AND excluded.address_hash <> '')
"""
OF_CUSTOMERS = """
    SELECT staged.*, coalesce(c.merged_into_id, c.id) AS customer_id FROM ingest_stage AS staged
    JOIN customers_customer AS c
      ON c.source = staged.record_source AND c.external_id = staged.r_customer_id AND c.erased_at IS NULL
"""
# The refund of an erased person's order comes to their husk, and nothing is kept of them any more (P-06).
OF_ORDERS = """
    SELECT staged.* FROM ingest_order AS staged
    JOIN customers_customer AS c ON c.id = staged.customer_id AND c.erased_at IS NULL
"""


def note_of_customers(cursor: CursorWrapper) -> None:
    """Keep the claims of the staged customers, who are stored by now."""
    cursor.execute(NOTE.format(told=OF_CUSTOMERS), {"now": timezone.now()})


def note_of_orders(cursor: CursorWrapper) -> None:
    """Keep the claims of the customers of the staged orders."""
    cursor.execute(NOTE.format(told=OF_ORDERS), {"now": timezone.now()})
