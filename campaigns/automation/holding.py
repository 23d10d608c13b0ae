"""Keeping an automation from being paused or stopped while its journeys are written.

Everybody takes locks in one order, so that nobody waits in a ring: automation, its campaigns, customers, journeys,
messages.
"""

from django.db import connection

from campaigns.models import Automation

HOLD_AUTOMATION = "SELECT status FROM campaigns_automation WHERE id = %s FOR SHARE"
HOLD_CAMPAIGNS = "SELECT id, status FROM campaigns_campaign WHERE automation_id = %s ORDER BY id FOR SHARE"


def hold(automation_id: int) -> dict[int, str] | None:
    """Hold an automation and its campaigns until the transaction ends; return where these stand, by id.

    None where it is not running.
    """
    with connection.cursor() as cursor:
        cursor.execute(HOLD_AUTOMATION, [automation_id])
        if cursor.fetchone()[0] != Automation.Status.ACTIVE:
            return None
        cursor.execute(HOLD_CAMPAIGNS, [automation_id])
        return dict(cursor.fetchall())
