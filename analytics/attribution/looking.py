"""Which orders to look at: those whose credits may have changed since the last look, those of a period, or all."""

from collections.abc import Iterator
from datetime import datetime

from analytics.models import AttributionProgress
from analytics.statements import tuples

ORDERS_AT_ONCE = 20_000
# More are not seen to within the minute that a run may take which others wait for.
MOST_IN_A_MINUTE = 100_000

# The oldest moment at which something may still be written that was stamped before now, by a transaction under way.
# Taken before looking, so nothing falls between two runs.
SAFELY_SEEN = """
SELECT clock_timestamp(),
       least(clock_timestamp(),
             (SELECT min(xact_start) FROM pg_stat_activity
               WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid())
            ) - interval '1 minute'
"""

# A click matters to the orders after it, from when its verdict is found, or changed by a later hit: an app may tell of
# it hours later, once the phone is in reach again. What a gateway reports may date, undo or re-route a message long
# after its orders came in. A message just sent needs no look: the orders after it changed after it. A merge brings
# orders and messages together.
CHANGED = """
SELECT id FROM customers_order WHERE changed_at >= %(since)s
UNION
SELECT bought.id
  FROM campaigns_hit AS hit
  JOIN campaigns_message AS message ON message.id = hit.message_id
  JOIN customers_order AS bought
       ON bought.customer_id = message.customer_id AND bought.placed_at >= hit.occurred_at
 WHERE hit.kind = 'click' AND hit.judged_at >= %(since)s
UNION
SELECT bought.id
  FROM campaigns_gatewayreport AS report
  JOIN campaigns_message AS message ON message.id = report.message_id
  JOIN customers_order AS bought
       ON bought.customer_id = message.customer_id AND bought.placed_at >= least(message.planned_at, message.sent_at)
 WHERE report.settled_at >= %(since)s
UNION
SELECT bought.id
  FROM customers_customermerge AS merged
  JOIN customers_order AS bought ON bought.customer_id IN (merged.kept_id, merged.merged_id)
 WHERE merged.merged_at >= %(since)s OR merged.undone_at >= %(since)s
"""
CHANGED_ORDERS = """
SELECT count(*) FROM (SELECT FROM customers_order WHERE changed_at >= coalesce(%s, '-infinity'::timestamptz) LIMIT %s)
    AS changed
"""
# An order whose date was mended still has its credit in the period of the former one.
OF_PERIOD = """
SELECT id FROM customers_order WHERE placed_at >= %(start)s AND placed_at < %(end)s
UNION
SELECT order_id FROM analytics_attributedorder WHERE placed_at >= %(start)s AND placed_at < %(end)s
"""
NEXT = "SELECT id FROM customers_order WHERE id > %s ORDER BY id LIMIT %s"


def changed() -> Iterator[list[int]]:
    """Yield, in chunks, the orders whose credits may have changed since the last look; all before the first one.

    Exhausting it is the promise that they were seen to: then the look is written down.
    """
    progress = AttributionProgress.objects.first()
    seen = tuples(SAFELY_SEEN, {})[0]
    yield from _chunks(CHANGED, since=progress.looked_until) if progress else everything()
    _write_down(*seen)


def are_too_many() -> bool:
    """Tell whether more orders changed since the last look than are seen to in a minute, as after a large import."""
    progress = AttributionProgress.objects.first()
    since = progress.looked_until if progress else None
    return tuples(CHANGED_ORDERS, [since, MOST_IN_A_MINUTE + 1])[0][0] > MOST_IN_A_MINUTE


def leave() -> None:
    """Write down the look; the caller promises that everything is looked at after this."""
    _write_down(*tuples(SAFELY_SEEN, {})[0])


def of_period(start: datetime, end: datetime) -> Iterator[list[int]]:
    """Yield the orders placed from `start` to before `end`, in chunks."""
    return _chunks(OF_PERIOD, start=start, end=end)


def everything(after: int = 0) -> Iterator[list[int]]:
    """Yield all orders, or those above an id, in chunks by id."""
    last = after
    while chunk := [row[0] for row in tuples(NEXT, [last, ORDERS_AT_ONCE])]:
        yield chunk
        last = chunk[-1]


def _chunks(query: str, **parameters: datetime) -> Iterator[list[int]]:
    ids = sorted(row[0] for row in tuples(query, parameters))
    return (ids[at : at + ORDERS_AT_ONCE] for at in range(0, len(ids), ORDERS_AT_ONCE))


def _write_down(ran_at: datetime, looked_until: datetime) -> None:
    AttributionProgress.objects.update_or_create(pk=1, defaults={"looked_until": looked_until, "ran_at": ran_at})
