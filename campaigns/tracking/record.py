"""Write a hit down. Everything the caller sends is hostile: cut, cleaned, and the address only as a keyed hash."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from campaigns.links import Token
from campaigns.models import Hit
from crm_project.client_address import clean_user_agent, hash_address
from crm_project.queue import kick

# One statement: the message must exist, a click must name a link of its content, and whoever finds no other hit
# waiting for its verdict is the one to call for the roll-up.
APPEND = """
WITH target AS (
    SELECT message.id, link.id AS link_id, link.url,
           %(at)s - coalesce(message.sent_at, message.sending_at) AS since_sent
      FROM campaigns_message AS message
      LEFT JOIN campaigns_link AS link ON link.variant_id = message.variant_id AND link.number = %(number)s
     WHERE message.id = %(message_id)s AND (link.id IS NOT NULL) = %(is_click)s
), appended AS (
    INSERT INTO campaigns_hit (message_id, link_id, kind, occurred_at, user_agent, ip_hash, method,
                               milliseconds_since_sent, machine_reason)
    SELECT id, link_id, %(kind)s, %(at)s, %(user_agent)s, %(ip_hash)s, %(method)s,
           (extract(epoch FROM since_sent) * 1000)::bigint, ''
      FROM target
)
SELECT url, NOT EXISTS (SELECT FROM campaigns_hit WHERE is_machine IS NULL) FROM target
"""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asked, as far as they say."""

    method: str
    user_agent: str
    address: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """A hit that was written. `url` is where a click leads."""

    url: str


def record(token: Token, caller: Caller, *, at: datetime) -> Recorded | None:
    """Append the hit and have it rolled up soon. Return None where no such message or link exists any more."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(APPEND, _row(token, caller, at))
        found = cursor.fetchone()
        if found is None:
            return None
        url, is_first_to_wait = found
        if is_first_to_wait:
            kick("campaigns.tasks.roll_up_hits")
    return Recorded(url or "")


def _row(token: Token, caller: Caller, at: datetime) -> dict[str, int | str | datetime]:
    return {
        "message_id": token.message_id,
        "number": token.number,
        "kind": token.kind.value,
        "is_click": token.kind == Hit.Kind.CLICK,
        "at": at,
        "user_agent": clean_user_agent(caller.user_agent),
        "ip_hash": hash_address(caller.address),
        "method": caller.method[:8],
    }
