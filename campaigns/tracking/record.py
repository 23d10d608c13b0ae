"""Write hits down. Everything the caller sends is hostile: cut, cleaned, and the address only as a keyed hash."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from campaigns import links
from campaigns.links import Token
from crm_project.client_address import clean_user_agent, hash_address
from crm_project.prepared_statements import PreparedStatement, array, text_array
from crm_project.queue import kick

# One statement for however many: each message must exist, a click must name a link of its content, and whoever finds
# no other hit waiting for its verdict is the one to call for the roll-up. A click may name a product that the message
# showed instead: it leads to the product's own page as it stands now. Nothing waits for who writes on a message: a
# foreign key takes a lock that only deleting the message, or changing its id, would conflict with.
APPEND = PreparedStatement(
    f"""
WITH asked AS (
    SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7) WITH ORDINALITY
        AS asked (message_id, number, kind, at, user_agent, ip_hash, method, place)
), target AS (
    SELECT asked.*, link.id AS link_id, shown.id AS shown_id, coalesce(link.url, product.url) AS url,
           CASE WHEN shown.id IS NOT NULL THEN message.campaign_id END AS campaign_id, account.channel,
           asked.at - coalesce(message.sent_at, message.sending_at) AS since_sent
      FROM asked
      JOIN campaigns_message AS message ON message.id = asked.message_id
      LEFT JOIN campaigns_link AS link ON link.variant_id = message.variant_id AND link.number = asked.number
      LEFT JOIN campaigns_messageproduct AS shown
             ON shown.message_id = message.id AND shown.number = asked.number - {links.FIRST_PRODUCT}
      LEFT JOIN customers_product AS product ON product.id = shown.product_id AND product.url ~* '^https?://'
      LEFT JOIN campaigns_channelaccount AS account ON account.id = message.account_id AND shown.id IS NOT NULL
     WHERE (coalesce(link.id, product.id) IS NOT NULL) = (asked.kind = 'click')
), appended AS (
    INSERT INTO campaigns_hit (message_id, link_id, shown_id, kind, occurred_at, user_agent, ip_hash, method,
                               milliseconds_since_sent, machine_reason)
    SELECT message_id, link_id, shown_id, kind, at, user_agent, ip_hash, method,
           (extract(epoch FROM since_sent) * 1000)::bigint, ''
      FROM target ORDER BY place
)
SELECT place, url, NOT EXISTS (SELECT FROM campaigns_hit WHERE is_machine IS NULL), campaign_id, channel FROM target
""",
    "bigint[], int[], text[], timestamptz[], text[], text[], text[]",
)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asked, as far as they say."""

    method: str
    user_agent: str
    address: str


class Asked(NamedTuple):
    """One request for an address of a message."""

    token: Token
    caller: Caller
    at: datetime


@dataclass(frozen=True, slots=True)
class Recorded:
    """A hit that was written. `url` is where a click leads."""

    url: str


def record(token: Token, caller: Caller, *, at: datetime) -> Recorded | None:
    """Append the hit and have it rolled up soon. Return None where no such message or link exists any more."""
    return record_all([Asked(token, caller, at)])[0]


def record_all(asked: Sequence[Asked]) -> list[Recorded | None]:
    """Append the hits in one transaction, which has them rolled up soon.

    Return for each what `record` would: None where no such message or link exists any more.
    """
    written: list[Recorded | None] = [None] * len(asked)
    with transaction.atomic():
        rows = APPEND.rows(*_columns(asked))
        if rows and rows[0][2]:
            kick("campaigns.tasks.roll_up_hits")
    for place, url, _is_first_to_wait, campaign_id, channel in rows:
        is_product = campaign_id is not None
        written[place - 1] = Recorded(links.product_page(url, campaign_id, medium=channel) if is_product else url or "")
    return written


def _columns(asked: Sequence[Asked]) -> list[str]:
    """Return the arrays of the statement, as PostgreSQL writes them."""
    tokens, callers, moments = zip(*asked, strict=True)
    return [
        array([token.message_id for token in tokens]),
        array([token.number for token in tokens]),
        text_array([token.kind.value for token in tokens]),
        text_array([moment.isoformat() for moment in moments]),
        text_array([clean_user_agent(caller.user_agent) for caller in callers]),
        text_array([hash_address(caller.address) for caller in callers]),
        text_array([caller.method[:8] for caller in callers]),
    ]
