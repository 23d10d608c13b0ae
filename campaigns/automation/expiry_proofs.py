"""Which notices of expiring points a message was tried for: points do not die before (`loyalty.ledger.putting_off`).

A notice begins a journey of whatever automation starts with "points expire soon"; the first message of it that left,
was refused, or could not reach its member is the proof. What the shop itself held back (a cap, an automation that was
stopped) or failed at (its content, its log-in) is none: the member may still be told.
"""

from datetime import datetime

from django.db import connection

from campaigns.gateways.failures import OF_ACCOUNT, Failure
from campaigns.models import Message, SkipReason
from campaigns.triggers.membership import PointsExpiring
from loyalty.facts import expiry_notices

Status = Message.Status
TRIED = (Status.SENT, Status.FAILED, Status.UNKNOWN)
# Nothing of these ever came near the member.
OWN_FAULTS = (
    *OF_ACCOUNT,
    Failure.RATE_LIMITED,
    Failure.CONTENT,
    Failure.SENDER,
    Failure.TEMPLATE,
    Failure.NIGHT_WINDOW,
    Failure.CONNECTION,
    Failure.GATEWAY,
    Failure.WORKER_LOST,
)
# The member has no way over which this shop may reach them.
UNREACHABLE = (
    SkipReason.UNDER14,
    SkipReason.NO_ADDRESS,
    SkipReason.SUPPRESSED,
    SkipReason.SOURCE_RESTRICTED,
    SkipReason.OPTED_OUT,
    SkipReason.NO_CONSENT,
    SkipReason.RECONFIRM_OVERDUE,
)
# Thousands share a day, and with it a key: member and key are looked for together, never the key alone.
TRIED_FOR = """
    WITH open AS MATERIALIZED (
        SELECT notice.id, account.customer_id, notice.last_day || '/' || notice.days_before AS entry_key
        FROM loyalty_expirynotice AS notice JOIN loyalty_account AS account ON account.id = notice.account_id
        WHERE notice.done_at IS NULL AND notice.last_day >= (%(now)s AT TIME ZONE 'Asia/Seoul')::date
    )
    SELECT DISTINCT ON (open.id) open.id, message.id, message.status
    FROM open
    JOIN campaigns_journey AS journey ON journey.customer_id = open.customer_id AND journey.entry_key = open.entry_key
     AND journey.automation_id IN (SELECT automation_id FROM campaigns_automationversion WHERE trigger = %(trigger)s)
    JOIN campaigns_enrollment AS entered
      ON entered.customer_id = journey.customer_id AND entered.entry_key = 'journey/' || journey.id
    JOIN campaigns_message AS message ON message.enrollment_id = entered.id AND NOT message.is_sandbox
     AND (message.status = ANY(%(tried)s)
          AND (message.status <> 'failed' OR message.failure <> ALL(%(own_faults)s))
          OR message.status = 'skipped' AND message.skip_reason = ANY(%(unreachable)s))
    ORDER BY open.id, message.id
"""


def prove(now: datetime) -> int:
    """Mark the open notices for which a message was tried, by which; return how many. Again it finds no more."""
    asked = {
        "trigger": PointsExpiring.key,
        "tried": list(TRIED),
        "own_faults": list(OWN_FAULTS),
        "unreachable": list(UNREACHABLE),
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(TRIED_FOR, asked)
        rows = cursor.fetchall()
    proofs = {notice_id: f"message {message_id}: {status}" for notice_id, message_id, status in rows}
    return expiry_notices.mark_tried(proofs, now=now)
