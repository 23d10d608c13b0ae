"""The states of a message on its way out, each move one statement, conditional on state and attempt.

planned → claimed → sending → sent, failed or unknown. The attempt number, counted at each claim, is the fence: a worker
that slept past its lease finds that nothing is its own any more. Clocks of several hosts may differ by seconds, leases
are minutes.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from campaigns.gateways.base import Outcome
from campaigns.models import ChannelAccount

CLAIM_SIZE = 200
MOST_ATTEMPTS = 5
ADDRESS = re.compile(r"[^\s<>@]+@[^\s<>@]+")
Parameter = int | str | datetime | list

# No ORDER BY: it would sort all that is planned for every claim.
CLAIM = """
    WITH due AS (
        SELECT id FROM campaigns_message
        WHERE campaign_id = %s AND account_id = %s AND status = 'planned' AND due_at <= %s
        LIMIT %s FOR NO KEY UPDATE SKIP LOCKED
    )
    UPDATE campaigns_message AS message
    SET status = 'claimed', attempt = attempt + 1, lease_until = %s
    FROM due, campaigns_campaign AS campaign
    WHERE message.id = due.id AND campaign.id = message.campaign_id AND campaign.status = 'active'
    RETURNING message.id, message.attempt, message.customer_id, message.variant_id
"""
MARK_SENDING = """
    UPDATE campaigns_message AS message
    SET status = 'sending', sending_at = %s, lease_until = %s, is_sandbox = %s
    FROM unnest(%s::bigint[], %s::int[]) AS mine(id, attempt), campaigns_campaign AS campaign
    WHERE message.id = mine.id AND message.attempt = mine.attempt AND message.status = 'claimed'
      AND message.lease_until > %s AND campaign.id = message.campaign_id AND campaign.status = 'active'
    RETURNING message.id
"""
# What goes back to be planned: of a campaign that was stopped meanwhile nothing does.
REPLANNED = "CASE WHEN campaign.status = 'cancelled' THEN 'stopped' ELSE 'planned' END"
# An `unknown` of the same attempt was never sent again, so a late answer still settles it. Waits: 1, 4, 16, 64 minutes.
RECORD = f"""
    UPDATE campaigns_message AS message
    SET status = CASE WHEN mine.fate <> 'retry' THEN mine.fate
                      WHEN message.attempt >= %(most)s THEN 'failed' ELSE {REPLANNED} END,
        sent_at = CASE WHEN mine.fate = 'sent' THEN %(now)s ELSE message.sent_at END,
        due_at = CASE WHEN mine.fate = 'retry' THEN %(now)s + interval '1 minute' * power(4, message.attempt - 1)
                      ELSE message.due_at END,
        failure = left(mine.failure, 30), failure_detail = left(mine.detail, 300), lease_until = NULL,
        provider_id = left(mine.provider_id, 100)
    FROM unnest(%(ids)s::bigint[], %(attempts)s::int[], %(fates)s::text[], %(failures)s::text[], %(details)s::text[],
                %(provider_ids)s::text[])
         AS mine(id, attempt, fate, failure, detail, provider_id), campaigns_campaign AS campaign
    WHERE campaign.id = message.campaign_id
      AND message.id = mine.id AND message.attempt = mine.attempt AND message.status IN ('sending', 'unknown')
"""
SET_ASIDE = """
    UPDATE campaigns_message AS message
    SET status = mine.status, skip_reason = mine.reason, failure = left(mine.failure, 30),
        failure_detail = left(mine.detail, 300), lease_until = NULL
    FROM unnest(%s::bigint[], %s::int[], %s::text[], %s::text[], %s::text[], %s::text[])
         AS mine(id, attempt, status, reason, failure, detail)
    WHERE message.id = mine.id AND message.attempt = mine.attempt AND message.status = 'claimed'
"""
GIVE_BACK = f"""
    UPDATE campaigns_message AS message
    SET status = {REPLANNED}, lease_until = NULL, sending_at = NULL
    FROM unnest(%s::bigint[], %s::int[]) AS mine(id, attempt), campaigns_campaign AS campaign
    WHERE campaign.id = message.campaign_id
      AND message.id = mine.id AND message.attempt = mine.attempt AND message.status = %s
"""
CAP_LOCKS = 0x646E6763  # "dngc": a key space of our own among the advisory locks of this database
LOCK_CAPS = "SELECT pg_advisory_xact_lock(%s, (id %% 2147483647)::int) FROM unnest(%s::bigint[]) AS customer(id)"
TAKE_BACK = """
    UPDATE campaigns_message
    SET status = CASE WHEN attempt >= %s THEN 'failed' ELSE 'planned' END, lease_until = NULL,
        failure = CASE WHEN attempt >= %s THEN 'worker_lost' ELSE failure END
    WHERE status = 'claimed' AND lease_until < %s
"""
LOSE_TRACK = """
    UPDATE campaigns_message SET status = 'unknown', failure = 'worker_lost', lease_until = NULL
    WHERE status = 'sending' AND lease_until < %s
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """A message this worker holds, by id and attempt."""

    message_id: int
    attempt: int
    customer_id: int
    variant_id: int


@dataclass(frozen=True, slots=True)
class SetAside:
    """A claimed message that will not leave: skipped by the gate or its content, or impossible to make."""

    claim: Claim
    status: str
    reason: str = ""
    failure: str = ""
    detail: str = ""


@transaction.atomic
def claim(campaign_id: int, account_id: int) -> tuple[list[Claim], float]:
    """Take messages that are due, as many as the account's rate allows all workers together.

    Returns:
        the claims, and the seconds after which the account may send again where it may not now. None and 0: nothing
        is due, or account or campaign are paused.
    """
    now = timezone.now()
    account = ChannelAccount.objects.select_for_update(no_key=True).get(pk=account_id)
    if account.paused_at:
        return [], 0.0
    if account.next_send_at and account.next_send_at > now:
        return [], (account.next_send_at - now).total_seconds()
    rate = max(account.rate_per_second, 1)
    lease = now + timedelta(seconds=settings.CLAIM_LEASE_SECONDS)
    most = min(rate, CLAIM_SIZE)  # a second's worth at a time, so that workers take turns
    claims = [Claim(*row) for row in _run(CLAIM, [campaign_id, account_id, now, most, lease], returning=True)]
    if claims:
        next_send_at = now + timedelta(seconds=len(claims) / rate)
        ChannelAccount.objects.filter(pk=account_id).update(next_send_at=next_send_at)
    return sorted(claims, key=lambda each: each.message_id), 0.0


def mark_sending(claims: Sequence[Claim], *, is_sandbox: bool) -> set[int]:
    """Commit the intent to send before any byte leaves; return the ids that are still ours and may go.

    Not those whose campaign was paused or stopped, or whose lease ran out.
    """
    now = timezone.now()
    lease = now + timedelta(seconds=settings.SENDING_LEASE_SECONDS)
    rows = _run(MARK_SENDING, [now, lease, is_sandbox, *_keys(claims), now], returning=True)
    return {row[0] for row in rows}


def record(outcomes: Sequence[Outcome], claims: Iterable[Claim]) -> None:
    """Write what became of messages, in one statement; a passing failure is planned again after a while."""
    attempts = {each.message_id: each.attempt for each in claims}
    parameters: dict[str, Parameter] = {
        "most": MOST_ATTEMPTS,
        "now": timezone.now(),
        "ids": [each.message_id for each in outcomes],
        "attempts": [attempts[each.message_id] for each in outcomes],
        "fates": [each.fate.value for each in outcomes],
        "failures": [each.failure for each in outcomes],
        "details": [storable(each.detail) for each in outcomes],
        "provider_ids": [each.provider_id for each in outcomes],
    }
    if outcomes:
        _run(RECORD, parameters)


def lock_caps(claims: Iterable[Claim]) -> None:
    """Until the transaction ends, let nobody else decide about these customers.

    Two campaigns that ask the gate at the same moment would each find the cap unused (U-30).
    """
    _run(LOCK_CAPS, [CAP_LOCKS, sorted({each.customer_id for each in claims})])


def set_aside(messages: Sequence[SetAside]) -> None:
    """Write that claimed messages will not leave, and why."""
    if messages:
        columns = [[getattr(each, name) for each in messages] for name in ("status", "reason", "failure")]
        details = [storable(each.detail) for each in messages]
        _run(SET_ASIDE, [*_keys([each.claim for each in messages]), *columns, details])


def give_back(claims: Sequence[Claim], *, status: str) -> None:
    """Plan messages again that were certainly not sent; `status` is what they still must be, claimed or sending."""
    if claims:
        _run(GIVE_BACK, [*_keys(claims), status])


def reclaim_expired(now: datetime) -> None:
    """Take back what lost workers had claimed, and call unknown what they were handing over."""
    _run(TAKE_BACK, [MOST_ATTEMPTS, MOST_ATTEMPTS, now])
    _run(LOSE_TRACK, [now])


def _keys(claims: Sequence[Claim]) -> list[list[int]]:
    return [[each.message_id for each in claims], [each.attempt for each in claims]]


def storable(text: str) -> str:
    """Return what a gateway said without addresses, which live with the customer only, and without NUL."""
    return ADDRESS.sub("…@…", text).replace("\x00", "")


def _run(
    statement: str, parameters: Sequence[Parameter] | Mapping[str, Parameter], *, returning: bool = False
) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall() if returning else []
