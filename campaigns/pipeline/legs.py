"""From one way of a message to the next: only where the way before certainly failed, never where nobody knows.

A way that is left is kept as a `ClosedLeg` with what it cost. The message itself stays one row, so a customer never
has two under way for one intent. A report about a closed way must not touch the message: it names another account.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.utils import timezone

from campaigns.pipeline.gate.ways import FINAL
from crm_project.queue import kick

# The gateway had it already: it is with the customer, whatever the row says.
NOT_FAILED = "duplicate"
GO_ON = """
    WITH next AS (
        SELECT message.id, fallback.position, fallback.account_id
          FROM campaigns_message AS message
          JOIN campaigns_campaign AS campaign ON campaign.id = message.campaign_id
           AND campaign.status IN ('active', 'paused')
          CROSS JOIN LATERAL (
            SELECT position, account_id FROM campaigns_fallback
             WHERE step_id = message.step_id AND position > message.leg ORDER BY position LIMIT 1) AS fallback
         WHERE message.id = ANY(%(ids)s) AND message.failure <> %(not_failed)s
           AND message.skip_reason <> ALL(%(final)s)
           AND (message.status IN ('failed', 'skipped') OR (message.status = 'sent' AND message.delivery = 'failed'))
           FOR NO KEY UPDATE OF message
    ), closed AS (
        INSERT INTO campaigns_closedleg
            (message_id, leg, account_id, variant_id, kind, cost, failure, failure_detail, sent_at, closed_at)
        SELECT message.id, message.leg, message.account_id, message.variant_id, message.kind, message.cost,
               coalesce(nullif(message.failure, ''), nullif(message.skip_reason, ''), 'undelivered'),
               message.failure_detail, message.sent_at, %(now)s
          FROM campaigns_message AS message JOIN next ON next.id = message.id
    )
    UPDATE campaigns_message AS message
       SET leg = next.position, account_id = next.account_id, status = 'planned', due_at = %(now)s, skip_reason = '',
           failure = '', failure_detail = '', kind = '', cost = 0, provider_id = '', delivery = '',
           delivered_at = NULL, sending_at = NULL, sent_at = NULL, lease_until = NULL
      FROM next WHERE message.id = next.id
    RETURNING message.id
"""


def go_on(message_ids: Sequence[int]) -> set[int]:
    """Plan failed, refused or undelivered messages over their next way; return the ids of those that have one.

    Whether the customer may get them that way is asked when they are claimed. Call it in the transaction that writes
    the failure.
    """
    if not message_ids:
        return set()
    parameters: dict[str, Any] = {
        "ids": list(message_ids),
        "not_failed": NOT_FAILED,
        "final": [str(code) for code in FINAL],
        "now": timezone.now(),
    }
    with connection.cursor() as cursor:
        cursor.execute(GO_ON, parameters)
        moved = {row[0] for row in cursor.fetchall()}
    if moved:
        kick("campaigns.tasks.dispatch_messages")
    return moved
