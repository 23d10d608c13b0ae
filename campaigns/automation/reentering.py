"""Who may not enter an automation again, or not yet; asked alike where people enter and in the dry run."""

from datetime import datetime
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

from campaigns.models import AutomationVersion
from campaigns.triggers.every import TRIGGERS

Reentry = AutomationVersion.Reentry
# Whoever was too late or gave way was never inside; nor who took the order back before anything was said or given, to
# whom the next order is what that one would have been. The holdout counts as if it had been told.
WAS_INSIDE = """
    earlier.status IN ('inside', 'finished', 'exited')
    AND NOT (earlier.status = 'exited' AND earlier.end_reason = 'order_returned' AND NOT EXISTS (
        SELECT FROM campaigns_steptaken AS taken
        WHERE taken.journey_id = earlier.id AND taken.outcome IN ('planned', 'given', 'held_out')
    ))
"""
DROP_REENTERING = f"""
    DELETE FROM automation_came AS came USING campaigns_journey AS earlier
    WHERE earlier.automation_id = %(automation)s AND earlier.customer_id = came.customer_id AND {WAS_INSIDE}
"""
WITHIN_DAYS = """
      AND earlier.anchor_at > came.anchor_at - make_interval(days => %(days)s)
      AND earlier.anchor_at < came.anchor_at + make_interval(days => %(days)s)
"""
# The key without the number of the order.
BY_THE_SAME = "AND starts_with(earlier.entry_key || '/', regexp_replace(came.entry_key, '[^/]*$', ''))"
LAST_INSIDE = f"""
    SELECT max(earlier.anchor_at) FROM campaigns_journey AS earlier
    WHERE earlier.automation_id = %(automation)s AND earlier.customer_id = %(customer)s AND {WAS_INSIDE}
"""


def drop(cursor: CursorWrapper, version: AutomationVersion, terms: dict[str, Any]) -> int:
    """Leave out of those laid down who may not enter again, or not yet; return how many entries that were.

    Days are counted from what happened to what happened. What happens once for good lets nobody in twice, however often
    the automation may be entered.
    """
    dropped = 0
    for narrowed in _narrowed(version):
        cursor.execute(DROP_REENTERING + narrowed, terms)
        dropped += cursor.rowcount
    return dropped


def _narrowed(version: AutomationVersion) -> list[str]:
    if version.reentry == Reentry.NEVER:
        return [""]
    by_the_same = [BY_THE_SAME] if TRIGGERS[version.trigger].is_for_good else []
    return [*by_the_same, WITHIN_DAYS] if version.reentry == Reentry.AFTER_DAYS else by_the_same


def last_inside(version: AutomationVersion, customer_id: int) -> datetime | None:
    """Return when that happened by which the customer was in the automation last; None: never."""
    with connection.cursor() as cursor:
        cursor.execute(LAST_INSIDE, {"automation": version.automation_id, "customer": customer_id})
        return cursor.fetchone()[0]
