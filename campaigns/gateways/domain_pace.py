"""Turns at a receiving domain: portals throttle who sends to them too fast (E-05). All workers share them.

A turn that comes soon is taken and waited for. Whoever would have to wait longer holds no turn and no worker: they get
a moment to come back, one after the other at the domain's pace, and take a turn then. So what was not sent after all,
as of a campaign that was stopped, keeps nobody else waiting for it.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction

from campaigns.gateways.base import LONGEST_WAIT_SECONDS, PreparedMessage

# So long nobody has come for a turn where those who were sent away have gone for good.
FORSAKEN_SECONDS, FORSAKEN_TURNS = 60.0, 2
# One row a domain: when its next turn is, and until when those who were sent away come back. Whoever has it locked it.
HAVE = """
    INSERT INTO campaigns_domainpace AS pace (account_id, domain, next_at, expected_until)
    SELECT %s, domain, clock_timestamp(), clock_timestamp() FROM unnest(%s::text[]) AS wanted(domain)
    ON CONFLICT (account_id, domain) DO UPDATE SET domain = excluded.domain
    RETURNING domain, next_at, expected_until, clock_timestamp()
"""
TAKE = """
    UPDATE campaigns_domainpace AS pace SET next_at = taken.next_at, expected_until = taken.expected_until
    FROM unnest(%s::text[], %s::timestamptz[], %s::timestamptz[]) AS taken(domain, next_at, expected_until)
    WHERE pace.account_id = %s AND pace.domain = taken.domain
"""
Ids = Sequence[int]


def take_turns(account_id: int, prepared: Sequence[PreparedMessage], *, rates: Mapping[str, float]) -> dict[int, float]:
    """Return the seconds that each message to one of the domains waits, by id, in the order in which they are given.

    Up to `LONGEST_WAIT_SECONDS` it has a turn; from there on it is to come back then.

    Args:
        rates: messages a second by domain.
    """
    of_domain: defaultdict[str, list[int]] = defaultdict(list)
    for message in prepared:
        domain = message.recipient.rpartition("@")[2].lower()
        if rates.get(domain):
            of_domain[domain].append(message.message_id)
    return _taken(account_id, of_domain, rates) if of_domain else {}


@transaction.atomic
def _taken(account_id: int, of_domain: Mapping[str, Ids], rates: Mapping[str, float]) -> dict[int, float]:
    waits: dict[int, float] = {}
    domains, nexts, expected = [], [], []
    with connection.cursor() as cursor:
        cursor.execute(HAVE, [account_id, sorted(of_domain)])
        for domain, next_at, expected_until, now in cursor.fetchall():
            seconds, next_in, expected_in = _shared_out(
                of_domain[domain], rates[domain], _from(now, next_at), _from(now, expected_until)
            )
            waits |= seconds
            domains.append(domain)
            nexts.append(now + timedelta(seconds=next_in))
            expected.append(now + timedelta(seconds=expected_in))
        cursor.execute(TAKE, [domains, nexts, expected, account_id])
    return waits


def _shared_out(ids: Ids, rate: float, next_in: float, expected_in: float) -> tuple[dict[int, float], float, float]:
    """Return the seconds that each waits, and then those until the next turn and until the last one is back."""
    if next_in < -(FORSAKEN_SECONDS + FORSAKEN_TURNS / rate):
        expected_in = 0.0
    next_in = max(next_in, 0.0)
    soon = [number for place, number in enumerate(ids) if next_in + place / rate <= LONGEST_WAIT_SECONDS]
    later = ids[len(soon) :]
    waits = {number: next_in + place / rate for place, number in enumerate(soon)}
    next_in += len(soon) / rate
    if not later:
        return waits, next_in, expected_in
    back_in = max(next_in, expected_in)
    waits |= {number: back_in + place / rate for place, number in enumerate(later)}
    return waits, next_in, back_in + len(later) / rate


def _from(now: datetime, moment: datetime) -> float:
    return (moment - now).total_seconds()
