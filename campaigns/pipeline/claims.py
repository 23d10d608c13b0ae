"""The states of a message on its way out, each move one statement, conditional on state and attempt.

planned → claimed → sending → sent, failed or unknown. The attempt number, counted at each claim, is the fence: a worker
that slept past its lease finds that nothing is its own any more. Clocks of several hosts may differ by seconds, leases
are minutes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from campaigns.gateways.base import GATEWAYS, Fate, Outcome
from campaigns.models import ChannelAccount, Message
from campaigns.pipeline import legs, refusals
from campaigns.pipeline.gateway_words import storable

CLAIM_SIZE = 500
# At most a tenth of a second's worth at a time, so that workers take turns and servers see no bursts; for slow accounts
# so many. Whoever comes late may make up for this much of it, or the rate would never be reached.
CLAIM_SECONDS, SMALL_CLAIM = 0.1, 20
CATCH_UP = timedelta(seconds=0.2)
MOST_ATTEMPTS = 5

# In FROM: this transaction need not wait for the disk. Were the database to crash in the next moment, a claim would be
# planned again, and what was sent count as unknown; the intents do wait, and take both to the disk with them.
UNHURRIED = "(SELECT set_config('synchronous_commit', 'off', true)) AS unhurried"
# Two workers were lost with it. Claimed alone from then on: if it kills its workers, it takes no other with it.
SUSPECT = "failure = 'worker_lost' AND attempt >= 2"
# Oldest first by an index of just this, so that what waits for the morning is not looked through at each claim.
CLAIM = f"""
    WITH due AS (
        SELECT id FROM campaigns_message
        WHERE campaign_id = %s AND account_id = %s AND status = 'planned' AND due_at <= %s AND ({SUSPECT}) = %s
        ORDER BY due_at LIMIT %s FOR NO KEY UPDATE SKIP LOCKED
    )
    UPDATE campaigns_message AS message
    SET status = 'claimed', attempt = attempt + 1, lease_until = %s, skip_reason = ''
    FROM due, campaigns_campaign AS campaign, {UNHURRIED}
    WHERE message.id = due.id AND campaign.id = message.campaign_id AND campaign.status = 'active'
    RETURNING message.id, message.attempt, message.customer_id, message.variant_id, message.leg
"""
MARK_SENDING = """
    UPDATE campaigns_message AS message
    SET status = 'sending', sending_at = %s, lease_until = %s, is_sandbox = %s,
        variant_id = mine.variant_id, kind = mine.kind
    FROM unnest(%s::bigint[], %s::int[], %s::bigint[], %s::text[]) AS mine(id, attempt, variant_id, kind),
         campaigns_campaign AS campaign
    WHERE message.id = mine.id AND message.attempt = mine.attempt AND message.status = 'claimed'
      AND message.lease_until > %s AND campaign.id = message.campaign_id AND campaign.status = 'active'
    RETURNING message.id
"""
# What goes back to be planned: of a campaign that was stopped meanwhile nothing does.
REPLANNED = "CASE WHEN campaign.status = 'cancelled' THEN 'stopped' ELSE 'planned' END"
# Attempts are counted for good, for they are the fence; each way has its share of them.
USED_UP = "message.attempt >= %(most)s * (message.leg + 1)"
# An `unknown` of the same attempt was never sent again, so a late answer still settles it. Waits: 1, 4, 16, 64 minutes.
# A message planned again that keeps its `sending_at` may have been accepted: a gateway that knows our ids ignores it.
RECORD = f"""
    UPDATE campaigns_message AS message
    SET status = CASE mine.fate
            WHEN 'retry' THEN CASE WHEN {USED_UP} THEN 'failed' ELSE {REPLANNED} END
            WHEN 'again' THEN CASE WHEN {USED_UP} OR campaign.status = 'cancelled' THEN 'unknown' ELSE 'planned' END
            ELSE mine.fate END,
        sent_at = CASE WHEN mine.fate = 'sent' THEN %(now)s ELSE message.sent_at END,
        sending_at = CASE WHEN mine.fate = 'retry' THEN NULL ELSE message.sending_at END,
        due_at = CASE WHEN mine.fate IN ('retry', 'again')
                      THEN %(now)s + interval '1 minute' * power(4, least(message.attempt - 1, 3))
                      ELSE message.due_at END,
        cost = CASE WHEN mine.fate IN ('sent', 'unknown') THEN mine.cost ELSE 0 END,
        failure = left(mine.failure, 30), failure_detail = left(mine.detail, 300), lease_until = NULL,
        provider_id = left(mine.provider_id, 100)
    FROM unnest(%(ids)s::bigint[], %(attempts)s::int[], %(fates)s::text[], %(failures)s::text[], %(details)s::text[],
                %(provider_ids)s::text[], %(costs)s::numeric[])
         AS mine(id, attempt, fate, failure, detail, provider_id, cost), campaigns_campaign AS campaign, {UNHURRIED}
    WHERE campaign.id = message.campaign_id
      AND message.id = mine.id AND message.attempt = mine.attempt AND message.status IN ('sending', 'unknown')
    RETURNING message.id, message.status
"""
# Of one that may have been accepted at an earlier attempt nobody can say any more that it did not leave.
SET_ASIDE = """
    UPDATE campaigns_message AS message
    SET status = CASE WHEN message.sending_at IS NULL THEN mine.status ELSE 'unknown' END, skip_reason = mine.reason,
        failure = left(mine.failure, 30), failure_detail = left(mine.detail, 300), lease_until = NULL
    FROM unnest(%s::bigint[], %s::int[], %s::text[], %s::text[], %s::text[], %s::text[])
         AS mine(id, attempt, status, reason, failure, detail)
    WHERE message.id = mine.id AND message.attempt = mine.attempt AND message.status = 'claimed'
    RETURNING message.id
"""
# Waiting is no attempt. Whoever puts it off holds it and lets go of it here, so the number may come again.
PUT_OFF = """
    UPDATE campaigns_message AS message
    SET status = CASE WHEN mine.until <= message.planned_at + %s THEN 'planned' ELSE 'skipped' END,
        skip_reason = mine.reason, due_at = mine.until, attempt = message.attempt - 1, lease_until = NULL
    FROM unnest(%s::bigint[], %s::int[], %s::text[], %s::timestamptz[]) AS mine(id, attempt, reason, until)
    WHERE message.id = mine.id AND message.attempt = mine.attempt AND message.status = 'claimed'
    RETURNING message.id, message.status
"""
GIVE_BACK = f"""
    UPDATE campaigns_message AS message
    SET status = {REPLANNED}, lease_until = NULL, sending_at = NULL, attempt = message.attempt - 1
    FROM unnest(%s::bigint[], %s::int[]) AS mine(id, attempt), campaigns_campaign AS campaign
    WHERE campaign.id = message.campaign_id
      AND message.id = mine.id AND message.attempt = mine.attempt AND message.status = %s
"""
CAP_LOCKS = 0x646E6763  # "dngc": a key space of our own among the advisory locks of this database
LOCK_CAPS = "SELECT pg_advisory_xact_lock(%s, (id %% 2147483647)::int) FROM unnest(%s::bigint[]) AS customer(id)"
TAKE_BACK = f"""
    UPDATE campaigns_message AS message
    SET status = CASE WHEN NOT {USED_UP} THEN 'planned'
                      WHEN message.sending_at IS NULL THEN 'failed' ELSE 'unknown' END,
        failure = 'worker_lost', lease_until = NULL
    WHERE status = 'claimed' AND lease_until < %(now)s
    RETURNING message.id, message.status
"""
# A gateway that knows our ids may be given the same message again: it sends it once.
LOSE_TRACK = f"""
    UPDATE campaigns_message AS message
    SET status = CASE WHEN campaign.status IN ('active', 'paused') AND NOT {USED_UP}
                       AND CASE WHEN message.is_sandbox THEN 'sandbox' ELSE account.gateway END = ANY(%(repeatable)s)
                      THEN 'planned' ELSE 'unknown' END,
        failure = 'worker_lost', lease_until = NULL
    FROM campaigns_campaign AS campaign, campaigns_channelaccount AS account
    WHERE campaign.id = message.campaign_id AND account.id = message.account_id
      AND message.status = 'sending' AND message.lease_until < %(now)s
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """A message this worker holds, by id and attempt. `variant_id` is its content, `kind` what it leaves as."""

    message_id: int
    attempt: int
    customer_id: int
    variant_id: int
    leg: int = 0
    kind: str = ""


@dataclass(frozen=True, slots=True)
class SetAside:
    """A claimed message that will not leave: skipped by the gate or its content, or impossible to make."""

    claim: Claim
    status: str
    reason: str = ""
    failure: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class PutOff:
    """A claimed message that must not leave now but may later."""

    claim: Claim
    reason: str
    until: datetime


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
    most = min(rate, max(int(rate * CLAIM_SECONDS), SMALL_CLAIM), CLAIM_SIZE)
    due = [campaign_id, account_id, now]
    rows = _run(CLAIM, [*due, False, most, lease], returning=True)
    rows = rows or _run(CLAIM, [*due, True, 1, lease], returning=True)
    claims = [Claim(*row) for row in rows]
    if claims:
        begins_at = max(account.next_send_at or now, now - CATCH_UP)
        next_send_at = begins_at + timedelta(seconds=len(claims) / rate)
        ChannelAccount.objects.filter(pk=account_id).update(next_send_at=next_send_at)
    return sorted(claims, key=lambda each: each.message_id), 0.0


def mark_sending(claims: Sequence[Claim], *, is_sandbox: bool) -> set[int]:
    """Commit the intent to send before any byte leaves; return the ids that are still ours and may go.

    Not those whose campaign was paused or stopped, or whose lease ran out.
    """
    now = timezone.now()
    lease = now + timedelta(seconds=settings.SENDING_LEASE_SECONDS)
    said = [[each.variant_id for each in claims], [each.kind for each in claims]]
    rows = _run(MARK_SENDING, [now, lease, is_sandbox, *_keys(claims), *said, now], returning=True)
    return {row[0] for row in rows}


@transaction.atomic
def record(
    outcomes: Sequence[Outcome],
    claims: Iterable[Claim],
    *,
    prices: Mapping[str, Decimal] | None = None,
    is_repeatable: bool = False,
) -> None:
    """Write what became of messages, and suppress addresses that were refused for good.

    A passing failure is planned again after a while, over the same way; a certain one over the next way, if any.

    Args:
        prices: won by kind, for what left or may have left.
        is_repeatable: the gateway knows our ids, so what it did not answer is handed over again.
    """
    if not outcomes:
        return
    held = {each.message_id: each for each in claims}
    parameters: dict[str, Any] = {
        "most": MOST_ATTEMPTS,
        "now": timezone.now(),
        "ids": [each.message_id for each in outcomes],
        "attempts": [held[each.message_id].attempt for each in outcomes],
        "fates": [_fate(each, is_repeatable=is_repeatable) for each in outcomes],
        "failures": [each.failure for each in outcomes],
        "details": [storable(each.detail) for each in outcomes],
        "provider_ids": [each.provider_id for each in outcomes],
        "costs": [(prices or {}).get(held[each.message_id].kind, Decimal(0)) for each in outcomes],
    }
    rows = _run(RECORD, parameters, returning=True)
    refusals.follow_outcomes(outcomes)  # while the message still stands at the way on which it was refused
    legs.go_on([message_id for message_id, status in rows if status == Message.Status.FAILED])


def lock_caps(claims: Iterable[Claim]) -> None:
    """Until the transaction ends, let nobody else decide about these customers.

    Two campaigns that ask the gate at the same moment would each find the cap unused (U-30).
    """
    _run(LOCK_CAPS, [CAP_LOCKS, sorted({each.customer_id for each in claims})])


def set_aside(messages: Sequence[SetAside]) -> None:
    """Write that claimed messages will not leave this way, and why; plan them over the next one, if any."""
    if not messages:
        return
    with transaction.atomic():
        columns = [[getattr(each, name) for each in messages] for name in ("status", "reason", "failure")]
        details = [storable(each.detail) for each in messages]
        rows = _run(SET_ASIDE, [*_keys([each.claim for each in messages]), *columns, details], returning=True)
        legs.go_on([row[0] for row in rows])


def put_off(messages: Sequence[PutOff]) -> None:
    """Let claimed messages wait, at most `settings.DEFER_DAYS_AT_MOST` days from the plan; then they are refused."""
    if not messages:
        return
    with transaction.atomic():
        columns = [[getattr(each, name) for each in messages] for name in ("reason", "until")]
        longest = timedelta(days=settings.DEFER_DAYS_AT_MOST)
        rows = _run(PUT_OFF, [longest, *_keys([each.claim for each in messages]), *columns], returning=True)
        legs.go_on([message_id for message_id, status in rows if status == Message.Status.SKIPPED])


def give_back(claims: Sequence[Claim], *, status: str) -> None:
    """Plan messages again that were certainly not sent; `status` is what they still must be, claimed or sending."""
    if claims:
        _run(GIVE_BACK, [*_keys(claims), status])


@transaction.atomic
def reclaim_expired(now: datetime) -> None:
    """Take back what lost workers had claimed; call unknown, or plan again, what they were handing over."""
    rows = _run(TAKE_BACK, {"most": MOST_ATTEMPTS, "now": now}, returning=True)
    legs.go_on([message_id for message_id, status in rows if status == Message.Status.FAILED])
    repeatable = [gateway.name for gateway in GATEWAYS if gateway.deduplicates]
    _run(LOSE_TRACK, {"most": MOST_ATTEMPTS, "now": now, "repeatable": repeatable})


def _fate(outcome: Outcome, *, is_repeatable: bool) -> str:
    is_again = is_repeatable and outcome.fate == Fate.UNKNOWN
    return "again" if is_again else outcome.fate.value


def _keys(claims: Sequence[Claim]) -> list[list[int]]:
    return [[each.message_id for each in claims], [each.attempt for each in claims]]


def _run(statement: str, parameters: Sequence[Any] | Mapping[str, Any], *, returning: bool = False) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall() if returning else []
