"""The statements that write hits down, one for however many: opens, and everything that may lead somewhere.

Each message must exist, and a click must name a link of its content, or a product that the message showed: that leads
to the product's own page as it stands now. Nothing waits for who writes on a message. Where no other hit waits for
its verdict, nobody was called yet to add hits up: a caller who cannot call has nothing written then.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from campaigns import links
from campaigns.links import Token
from campaigns.models import Hit
from crm_project.client_address import LONGEST_USER_AGENT, clean_user_agent, hash_addresses
from crm_project.prepared_statements import PreparedStatement, array, text_array


class Caller(NamedTuple):
    """Who asked, as far as they say."""

    method: str
    user_agent: str
    address: str


class Asked(NamedTuple):
    """One request for an address of a message."""

    token: Token
    caller: Caller
    at: datetime


class Recorded(NamedTuple):
    """A hit that was written. `url` is where a click leads."""

    url: str


OPENED = Recorded("")
LONGEST_METHOD = 8


class Statement(NamedTuple):
    """How hits are appended: `$1` says whether the first one that waits may be among them.

    The first column of its rows says whether others wait. `values` are its other parameters, and `outcomes` tells from
    its rows what came of each hit: None where no such message or link exists any more.
    """

    sql: str
    prepared: PreparedStatement
    values: Callable[[Sequence[Asked]], list[str]]
    outcomes: Callable[[Sequence[Asked], Sequence[tuple[Any, ...]]], list[Recorded | None]]


# Asked in the order of the index of those that wait: in that of the table all that were judged would come first.
OTHERS_WAIT = """waiting AS MATERIALIZED (
    SELECT (SELECT id FROM campaigns_hit WHERE is_machine IS NULL ORDER BY id LIMIT 1) IS NOT NULL AS others
)"""
MAY_WRITE = "($1::boolean OR (SELECT others FROM waiting))"
# In milliseconds, from the hand-over while the outcome of sending is not known.
SINCE_SENT = "(extract(epoch FROM asked.at - coalesce(message.sent_at, message.sending_at)) * 1000)::bigint"
APPEND_OPENS = f"""
WITH {OTHERS_WAIT}, appended AS (
    INSERT INTO campaigns_hit (message_id, kind, occurred_at, user_agent, ip_hash, method, milliseconds_since_sent,
                               machine_reason)
    SELECT message.id, 'open', asked.at, asked.user_agent, asked.ip_hash, asked.method, {SINCE_SENT}, ''
      FROM unnest($2::bigint[], $3::timestamptz[], $4::text[], $5::text[], $6::text[])
           AS asked (message_id, at, user_agent, ip_hash, method)
      JOIN campaigns_message AS message ON message.id = asked.message_id
     WHERE {MAY_WRITE}
    RETURNING message_id
)
SELECT others, (SELECT array_agg(message_id) FROM appended) FROM waiting
"""
APPEND_OTHERS = f"""
WITH {OTHERS_WAIT}, asked AS (
    SELECT * FROM unnest($2::bigint[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::int[], $8::text[])
        WITH ORDINALITY AS asked (message_id, at, user_agent, ip_hash, method, number, kind, place)
), target AS (
    SELECT asked.*, link.id AS link_id, shown.id AS shown_id, coalesce(link.url, product.url) AS url,
           CASE WHEN shown.id IS NOT NULL THEN message.campaign_id END AS campaign_id, account.channel,
           {SINCE_SENT} AS milliseconds
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
    SELECT message_id, link_id, shown_id, kind, at, user_agent, ip_hash, method, milliseconds, ''
      FROM target WHERE {MAY_WRITE} ORDER BY place
)
SELECT others, place, url, campaign_id, channel FROM target, waiting
"""
OPEN_TYPES = "boolean, bigint[], timestamptz[], text[], text[], text[]"


def statement_for(asked: Sequence[Asked]) -> Statement:
    """Return the statement that appends these hits, which are all opens, or none of them is."""
    return OPENS if asked[0].token.kind is Hit.Kind.OPEN else OTHERS


def _values_of_opens(asked: Sequence[Asked]) -> list[str]:
    """Return the arrays as PostgreSQL writes them; what holds nothing to quote is joined as it is."""
    tokens, callers, moments = zip(*asked, strict=True)
    return [
        _array([str(token.message_id) for token in tokens]),
        _array([moment.isoformat() for moment in moments]),
        _array([_quoted_agent(caller.user_agent[:LONGEST_USER_AGENT]) for caller in callers]),
        _array(hash_addresses([caller.address for caller in callers])),
        _array([_quoted(caller.method[:LONGEST_METHOD]) for caller in callers]),
    ]


def _values_of_others(asked: Sequence[Asked]) -> list[str]:
    numbers = array([each.token.number for each in asked])
    return [*_values_of_opens(asked), numbers, text_array([each.token.kind.value for each in asked])]


def _array(elements: Sequence[str]) -> str:
    return f"{{{','.join(elements)}}}"


@lru_cache(maxsize=4_096)
def _quoted_agent(user_agent: str) -> str:
    """Return the user agent, cleaned, as an element of an array; many readers have the same."""
    return _quoted(clean_user_agent(user_agent))


@lru_cache(maxsize=64)
def _quoted(text: str) -> str:
    return text_array([text])[1:-1]


def _outcomes_of_opens(asked: Sequence[Asked], rows: Sequence[tuple[Any, ...]]) -> list[Recorded | None]:
    ((_others, message_ids),) = rows
    known = set(message_ids or ())
    return [OPENED if each.token.message_id in known else None for each in asked]


def _outcomes_of_others(asked: Sequence[Asked], rows: Sequence[tuple[Any, ...]]) -> list[Recorded | None]:
    outcomes: list[Recorded | None] = [None] * len(asked)
    for _others, place, url, campaign_id, channel in rows:
        is_product = campaign_id is not None
        leads_to = links.product_page(url, campaign_id, medium=channel) if is_product else url or ""
        outcomes[place - 1] = Recorded(leads_to)
    return outcomes


OPENS = Statement(APPEND_OPENS, PreparedStatement(APPEND_OPENS, OPEN_TYPES), _values_of_opens, _outcomes_of_opens)
OTHERS = Statement(
    APPEND_OTHERS,
    PreparedStatement(APPEND_OTHERS, f"{OPEN_TYPES}, int[], text[]"),
    _values_of_others,
    _outcomes_of_others,
)
