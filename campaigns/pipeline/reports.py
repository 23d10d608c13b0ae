"""What gateways said later: kept as it came, then settled on the messages (G-22, G-23, E-01).

Reports come twice, late, in any order, and before the message they speak of is written down as sent. So what a message
ends up with depends on what was said, not on when: not delivered beats delivered, delivered beats no report, and an
opening or a click proves no more than a delivery. A report about an earlier way of a message changes nothing.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from campaigns import lifecycle
from campaigns.gateways.base import CallsBack, Report, names_of
from campaigns.models import ChannelAccount, GatewayReport, Message
from campaigns.notices import sending as notices
from campaigns.pipeline import legs, refusals
from campaigns.pipeline.gateway_words import storable
from crm_project import queue
from crm_project.client_address import hash_address
from customers.segments.refresh import touch

REPORTS_AT_ONCE = 1_000
LARGEST_ID = 2**63 - 1

# By our own number where it came back, else by the gateway's; either way only over the account that reports.
# What is still on its way out waits: the worker that has it writes down first what it knows.
MATCH = """
    UPDATE campaigns_gatewayreport AS report SET message_id = message.id, settled_at = %(now)s
    FROM campaigns_message AS message
    WHERE report.id = ANY(%(ids)s) AND report.settled_at IS NULL
      AND message.status NOT IN ('planned', 'claimed', 'sending')
      AND message.id = coalesce(
          (SELECT told.id FROM campaigns_message AS told
           WHERE told.id = report.told_id
             AND (told.account_id = report.account_id
                  OR EXISTS (SELECT FROM campaigns_closedleg AS leg
                             WHERE leg.message_id = told.id AND leg.account_id = report.account_id))),
          (SELECT min(named.id) FROM campaigns_message AS named
           WHERE report.provider_id <> '' AND named.provider_id = report.provider_id
             AND named.account_id = report.account_id))
    RETURNING report.id
"""
# A report proves that the gateway had the message, so an unknown one was sent.
SETTLE = """
    WITH said AS (
        SELECT message_id, account_id,
               bool_or(kind IN ('failed', 'bounced')) AS is_lost, bool_or(kind = 'deferred') AS is_on_its_way,
               max(provider_id) AS provider_id,
               min(occurred_at) FILTER (
                   WHERE kind IN ('delivered', 'opened', 'clicked', 'complained', 'unsubscribed')) AS arrived_at,
               (array_agg(failure ORDER BY id) FILTER (WHERE kind IN ('failed', 'bounced')))[1] AS failure,
               (array_agg(trim(code || ' ' || detail) ORDER BY id)
                   FILTER (WHERE kind IN ('failed', 'bounced')))[1] AS detail
        FROM campaigns_gatewayreport WHERE id = ANY(%(ids)s) GROUP BY message_id, account_id
    )
    UPDATE campaigns_message AS message
    SET status = 'sent',
        sent_at = coalesce(message.sent_at, message.sending_at, said.arrived_at, %(now)s),
        provider_id = coalesce(nullif(message.provider_id, ''), said.provider_id, ''),
        delivery = CASE WHEN said.is_lost OR message.delivery = 'failed' THEN 'failed'
                        WHEN said.arrived_at IS NULL THEN message.delivery ELSE 'delivered' END,
        delivered_at = CASE WHEN said.is_lost OR message.delivery = 'failed' THEN NULL
                            ELSE least(message.delivered_at, said.arrived_at) END,
        failure = CASE WHEN said.is_lost THEN left(said.failure, 30)
                       WHEN message.delivery = 'failed' THEN message.failure ELSE '' END,
        failure_detail = CASE WHEN said.is_lost THEN left(said.detail, 300)
                              WHEN message.delivery = 'failed' THEN message.failure_detail ELSE '' END
    FROM said
    WHERE message.id = said.message_id AND message.account_id = said.account_id
      AND message.status IN ('sent', 'unknown')
      AND (said.is_lost OR said.arrived_at IS NOT NULL OR (said.is_on_its_way AND message.status = 'unknown'))
      AND (message.status = 'unknown' OR message.delivery <> 'failed')
    RETURNING message.campaign_id, message.customer_id, message.id, message.delivery
"""
EXPIRE = """
    UPDATE campaigns_message SET delivery = 'expired'
    WHERE status = 'sent' AND delivery = '' AND provider_id <> '' AND NOT is_sandbox
      AND sent_at < %s AND account_id = ANY(%s)
"""


@transaction.atomic
def keep(account: ChannelAccount, told: Iterable[Report], *, source: GatewayReport.Source) -> int:
    """Append reports and have them settled soon; return how many came. One that came before changes nothing."""
    rows = [_row(account, report, source) for report in told]
    GatewayReport.objects.bulk_create(rows, ignore_conflicts=True)
    if rows:
        queue.kick("campaigns.tasks.settle_reports")
    return len(rows)


def settle_waiting() -> int:
    """Settle the reports that wait, those about messages not known yet tried again; return how many were settled."""
    settled = after = 0
    while not queue.out_of_time():
        waiting = GatewayReport.objects.filter(settled_at=None, pk__gt=after).order_by("pk")
        ids = list(waiting.values_list("pk", flat=True)[:REPORTS_AT_ONCE])
        if not ids:
            break
        settled += len(settle(ids))
        after = ids[-1]
        queue.progress()
    return settled


@transaction.atomic
def settle(report_ids: Sequence[int]) -> list[int]:
    """Write on the messages what these reports say, and what follows for their readers; return the settled ones."""
    now = timezone.now()
    matched = sorted(row[0] for row in _run(MATCH, {"ids": list(report_ids), "now": now}))
    if not matched:
        return []
    changed = _run(SETTLE, {"ids": matched, "now": now})
    touch(sorted({customer_id for _campaign_id, customer_id, *_rest in changed}))
    refusals.follow(GatewayReport.objects.filter(pk__in=matched).select_related("account"))
    lost = [message_id for *_rest, message_id, delivery in changed if delivery == Message.Delivery.UNDELIVERED]
    notices.take_back(lost)
    legs.go_on(lost)
    for campaign_id in sorted({campaign_id for campaign_id, *_rest in changed}):
        lifecycle.finish_if_done(campaign_id)
    return matched


def expire(now: datetime) -> int:
    """Call expired what no report came for, over gateways that report; give up reports about messages not ours.

    Return how many messages expired.
    """
    before = now - timedelta(hours=settings.REPORT_AWAITED_HOURS)
    GatewayReport.objects.filter(settled_at=None, received_at__lt=before).update(settled_at=now)
    accounts = list(ChannelAccount.objects.filter(gateway__in=names_of(CallsBack)).values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(EXPIRE, [before, accounts])
        return cursor.rowcount


def _row(account: ChannelAccount, report: Report, source: GatewayReport.Source) -> GatewayReport:
    told_id = report.message_id if report.message_id and 0 < report.message_id <= LARGEST_ID else None
    return GatewayReport(
        account=account,
        event_id=report.event_id[:200],
        source=source,
        kind=report.kind.value,
        failure=str(report.failure),
        code=report.code[:60],
        detail=storable(report.detail)[:300],
        told_id=told_id,
        provider_id=report.provider_id[:100],
        recipient_hash=hash_address(report.recipient.lower()) if report.recipient else "",
        occurred_at=min(report.occurred_at, timezone.now()),
    )


def _run(statement: str, parameters: dict[str, Any]) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()
