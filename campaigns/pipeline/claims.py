"""The states of a message on its way out, each move one statement (`moves`), conditional on state and attempt.

planned → claimed → sending → sent, failed or unknown. The attempt number, counted at each claim, is the fence: a worker
that slept past its lease finds that nothing is its own any more. Clocks of several hosts may differ by seconds, leases
are minutes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from campaigns.gateways.base import GATEWAYS, Fate, Outcome
from campaigns.models import Message
from campaigns.pipeline import legs, moves, refusals
from campaigns.pipeline.gateway_words import storable
from crm_project.prepared_statements import Call, array, text_array

CLAIM_SIZE = 500
# At most a tenth of a second's worth at a time, so that workers take turns and servers see no bursts; for slow accounts
# so many. Whoever comes late may make up for this much of it, or the rate would never be reached.
CLAIM_SECONDS, SMALL_CLAIM = 0.1, 20
CATCH_UP = timedelta(seconds=0.2)
FREE = Decimal(0)


class Claim(NamedTuple):
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
    [(paused_at, next_send_at, allowed)] = moves.LOCK_ACCOUNT.rows(account_id)
    if paused_at:
        return [], 0.0
    if next_send_at and next_send_at > now:
        return [], (next_send_at - now).total_seconds()
    rate = max(allowed, 1)
    lease = now + timedelta(seconds=settings.CLAIM_LEASE_SECONDS)
    most = min(rate, max(int(rate * CLAIM_SECONDS), SMALL_CLAIM), CLAIM_SIZE)
    due = [campaign_id, account_id, now]
    rows = _run(moves.CLAIM, [*due, False, most, lease], returning=True)
    rows = rows or _run(moves.CLAIM, [*due, True, 1, lease], returning=True)
    claims = [Claim(*row) for row in rows]
    if claims:
        begins_at = max(next_send_at or now, now - CATCH_UP)
        moves.SEND_NEXT_AT.rows(account_id, begins_at + timedelta(seconds=len(claims) / rate))
    return sorted(claims, key=lambda each: each.message_id), 0.0


def mark_sending(claims: Sequence[Claim], *, is_sandbox: bool) -> set[int]:
    """Commit the intent to send before any byte leaves; return the ids that are still ours and may go.

    Not those whose campaign was paused or stopped, or whose lease ran out.
    """
    now = timezone.now()
    lease = now + timedelta(seconds=settings.SENDING_LEASE_SECONDS)
    variants, kinds = array([each.variant_id for each in claims]), text_array([each.kind for each in claims])
    marked = moves.MARK_SENDING.rows(now, lease, is_sandbox, *map(array, _keys(claims)), variants, kinds)
    return {row[0] for row in marked}


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
    now = timezone.now()
    ids = array([each.message_id for each in outcomes])
    attempts = array([held[each.message_id].attempt for each in outcomes])
    costs = array([(prices or {}).get(held[each.message_id].kind, FREE) for each in outcomes])
    if all(_is_plainly_sent(each) for each in outcomes):
        moves.RECORD_SENT.rows(now, ids, attempts, costs)  # nothing follows from it, so one statement is all there is
        return
    with transaction.atomic():
        rows = moves.RECORD.rows(
            now,
            ids,
            attempts,
            text_array([_fate(each, is_repeatable=is_repeatable) for each in outcomes]),
            text_array([each.failure for each in outcomes]),
            text_array([storable(each.detail) for each in outcomes]),
            text_array([each.provider_id for each in outcomes]),
            costs,
        )
        refusals.follow_outcomes(outcomes)  # while the message still stands at the way on which it was refused
        legs.go_on([message_id for message_id, status in rows if status == Message.Status.FAILED])


def locking_caps(claims: Iterable[Claim]) -> Call:
    """Return what lets nobody else decide about these customers until the transaction ends.

    Two campaigns that ask the gate at the same moment would each find the cap unused (U-30).
    """
    return Call(moves.LOCK_CAPS, [moves.CAP_LOCKS, array(sorted({each.customer_id for each in claims}))])


def set_aside(messages: Sequence[SetAside]) -> None:
    """Write that claimed messages will not leave this way, and why; plan them over the next one, if any."""
    if not messages:
        return
    with transaction.atomic():
        columns = [[getattr(each, name) for each in messages] for name in ("status", "reason", "failure")]
        details = [storable(each.detail) for each in messages]
        rows = _run(moves.SET_ASIDE, [*_keys([each.claim for each in messages]), *columns, details], returning=True)
        legs.go_on([row[0] for row in rows])


def put_off(messages: Sequence[PutOff]) -> None:
    """Let claimed messages wait, at most `settings.DEFER_DAYS_AT_MOST` days from the plan; then they are refused."""
    if not messages:
        return
    with transaction.atomic():
        columns = [[getattr(each, name) for each in messages] for name in ("reason", "until")]
        longest = timedelta(days=settings.DEFER_DAYS_AT_MOST)
        rows = _run(moves.PUT_OFF, [longest, *_keys([each.claim for each in messages]), *columns], returning=True)
        legs.go_on([message_id for message_id, status in rows if status == Message.Status.SKIPPED])


def give_back(claims: Sequence[Claim], *, status: str, waits: Mapping[int, float] | None = None) -> None:
    """Plan messages again that were certainly not sent; `status` is what they still must be, claimed or sending.

    Args:
        waits: seconds by message id, for those that are to come back later; the others are due as they were.
    """
    if not claims:
        return
    now = timezone.now()
    due = [
        now + timedelta(seconds=waits[each.message_id]) if waits and each.message_id in waits else None
        for each in claims
    ]
    _run(moves.GIVE_BACK, [*_keys(claims), due, status])


@transaction.atomic
def reclaim_expired(now: datetime) -> None:
    """Take back what lost workers had claimed; call unknown, or plan again, what they were handing over."""
    rows = _run(moves.TAKE_BACK, {"now": now}, returning=True)
    legs.go_on([message_id for message_id, status in rows if status == Message.Status.FAILED])
    repeatable = [gateway.name for gateway in GATEWAYS if gateway.deduplicates]
    _run(moves.LOSE_TRACK, {"now": now, "repeatable": repeatable})


def _is_plainly_sent(outcome: Outcome) -> bool:
    return outcome.fate is Fate.SENT and not (outcome.failure or outcome.detail or outcome.provider_id)


def _fate(outcome: Outcome, *, is_repeatable: bool) -> str:
    is_again = is_repeatable and outcome.fate == Fate.UNKNOWN
    return "again" if is_again else outcome.fate.value


def _keys(claims: Sequence[Claim]) -> list[list[int]]:
    return [[each.message_id for each in claims], [each.attempt for each in claims]]


def _run(statement: str, parameters: Sequence[Any] | Mapping[str, Any], *, returning: bool = False) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall() if returning else []
