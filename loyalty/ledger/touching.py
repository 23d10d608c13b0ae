"""For whom points were booked is looked at again by the segments, where one of them asks about points."""

from collections.abc import Sequence

from django.db import connection

from crm_project.queue import kick
from customers.segments.refresh import TOUCHED_JOB

# So begin the names of all conditions that read what a booking writes.
ASKS_POINTS = "points_"
# Every sale asks this, so it is asked of the text: in JSON a path through a hundred rules takes twice as long.
IS_ASKED = f"""
    SELECT EXISTS (SELECT FROM customers_segment WHERE is_active AND rule::text LIKE '%"is": "{ASKS_POINTS}%')
"""
# Whoever is being merged or erased is passed over: that takes the customer first and then the account, which is held
# here, and has the segments look at them itself.
TOUCH = """
    INSERT INTO customers_touchedcustomer (customer_id)
    SELECT id FROM customers_customer
    WHERE id IN (SELECT customer_id FROM loyalty_account WHERE id IN ({accounts}))
    FOR KEY SHARE SKIP LOCKED
"""


def touch_owners(accounts: str, parameters: Sequence[object] = ()) -> None:
    """Have the segments of those look again whose accounts a query of ours yields; nothing where none asks points."""
    with connection.cursor() as cursor:
        cursor.execute(IS_ASKED)
        if not cursor.fetchone()[0]:
            return
        cursor.execute(TOUCH.format(accounts=accounts), parameters or None)
        if cursor.rowcount:
            kick(TOUCHED_JOB)
