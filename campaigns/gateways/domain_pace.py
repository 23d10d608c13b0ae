"""Turns at a receiving domain: portals throttle who sends to them too fast (E-05). All workers share them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from django.db import connection

from campaigns.gateways.base import PreparedMessage

# One row a domain holds when its next turn is; who comes takes the turns after it in the same statement.
TAKE = """
    INSERT INTO campaigns_domainpace AS pace (account_id, domain, next_at)
    SELECT %s, wanted.domain, statement_timestamp() + wanted.seconds * interval '1 second'
    FROM unnest(%s::text[], %s::float8[]) AS wanted(domain, seconds)
    ON CONFLICT (account_id, domain) DO UPDATE
    SET next_at = greatest(pace.next_at, statement_timestamp()) + (excluded.next_at - statement_timestamp())
    RETURNING domain, extract(epoch FROM next_at - statement_timestamp())::float8
"""


def take_turns(account_id: int, prepared: Sequence[PreparedMessage], *, rates: Mapping[str, float]) -> dict[int, float]:
    """Take a turn for each message to one of the domains; return the seconds until it, by message id.

    Args:
        rates: messages a second by domain.
    """
    of_domain: defaultdict[str, list[int]] = defaultdict(list)
    for message in prepared:
        domain = message.recipient.rpartition("@")[2].lower()
        if rates.get(domain):
            of_domain[domain].append(message.message_id)
    taken = _take(account_id, {domain: len(ids) / rates[domain] for domain, ids in sorted(of_domain.items())})
    return {
        message_id: max(0.0, taken[domain] - (len(ids) - position) / rates[domain])
        for domain, ids in of_domain.items()
        for position, message_id in enumerate(ids)
    }


def _take(account_id: int, seconds: Mapping[str, float]) -> dict[str, float]:
    """Return after how many seconds the turns that were taken end, by domain."""
    if not seconds:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [account_id, list(seconds), list(seconds.values())])
        return dict(cursor.fetchall())
