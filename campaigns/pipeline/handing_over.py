"""Give a slice of messages to a gateway and write what became of each, also where it stops half-way."""

import logging
import time
from collections.abc import Iterator, Mapping, Sequence

from campaigns.gateways.base import Fate, Gateway, GatewayError, Outcome, PreparedMessage
from campaigns.gateways.failures import Failure
from campaigns.models import Message
from campaigns.pipeline import claims
from campaigns.pipeline.claims import Claim
from campaigns.senders import accounts
from campaigns.senders.prices import PriceList

logger = logging.getLogger(__name__)


def hand_over(
    gateway: Gateway,
    going: Sequence[Claim],
    prepared: Mapping[int, PreparedMessage],
    *,
    lease_ends: float,
    deadline: float,
    prices: PriceList,
    turns: Mapping[int, float],
) -> list[Outcome]:
    """Hand over messages that are marked as being sent, and return the outcomes that were recorded.

    `turns` are the seconds that some of them wait, by id.

    None is begun after its lease: by then a worker that slept finds them called unknown and maybe settled. Both
    moments are of `time.monotonic`; the first message goes even past the deadline, so that the work gets on.
    """
    if not going:
        return []
    outcomes: list[Outcome] = []
    drawn: set[int] = set()
    try:
        for outcome in gateway.send_batch(_drawn(going, prepared, drawn, turns, lease_ends, deadline)):
            outcomes.append(outcome)
    except GatewayError as error:
        drawn.clear()
        answered = {outcome.message_id for outcome in outcomes}
        outcomes += _not_sent(gateway, [claim for claim in going if claim.message_id not in answered], error)
    finally:
        # What was not drawn was not sent. What was drawn and has no outcome may have been: it becomes unknown.
        claims.record(outcomes, going, prices=prices, is_repeatable=gateway.deduplicates)
        begun = drawn | {outcome.message_id for outcome in outcomes}
        claims.give_back([claim for claim in going if claim.message_id not in begun], status=Message.Status.SENDING)
    return outcomes


def _drawn(
    going: Sequence[Claim],
    prepared: Mapping[int, PreparedMessage],
    drawn: set[int],
    turns: Mapping[int, float],
    lease_ends: float,
    deadline: float,
) -> Iterator[PreparedMessage]:
    """Yield the messages, each when its turn has come, while there is time; write down which were begun."""
    now = time.monotonic()
    begins = {claim.message_id: now + turns.get(claim.message_id, 0.0) for claim in going}
    until = lease_ends
    for message_id in sorted(begins, key=begins.__getitem__):
        now = time.monotonic()
        if max(now, begins[message_id]) >= until:
            return
        if begins[message_id] > now:
            time.sleep(begins[message_id] - now)
        drawn.add(message_id)
        until = min(lease_ends, deadline)
        yield prepared[message_id]


def _not_sent(gateway: Gateway, left: Sequence[Claim], error: GatewayError) -> list[Outcome]:
    """Return the outcomes of messages that a gateway did not get to; a fault of the account pauses it."""
    logger.warning("Sending account %s stopped: %s", gateway.account.pk, error)
    if error.account_level or error.permanent:
        accounts.pause(gateway.account, reason=str(error))
        return []
    if error.wait:
        accounts.hold_back(gateway.account, seconds=error.wait)
        return []
    return [Outcome(claim.message_id, Fate.RETRY, Failure.GATEWAY, str(error)) for claim in left]
