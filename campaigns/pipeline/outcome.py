"""What came back: hits judged and added up on their messages.

A roll-up is a reading of the hits by people, computed anew for a whole message each time, so it may run twice, late,
or again over everything after the signs of machines were changed.
"""

import time
from collections.abc import Sequence
from datetime import date, timedelta

from django.db import connection, transaction

from campaigns.models import Hit
from campaigns.tracking import verdicts
from crm_project import queue
from customers.segments.clock import start_of_day
from customers.segments.refresh import touch

MESSAGES_AT_ONCE = 1_000
ONE_DAY = timedelta(days=1)
# A hit whose insert did not see the last verdicts yet calls nobody; it is there after this pause.
SECONDS_FOR_LATECOMERS = 0.5

# A click proves that the message was read, with or without its pictures, so it is an open too.
ROLL_UP = """
UPDATE campaigns_message AS message
   SET opened_at = seen.opened_at, clicked_at = seen.clicked_at, unsubscribed_at = seen.unsubscribed_at
  FROM (SELECT message_id,
               min(occurred_at) FILTER (WHERE NOT is_machine AND kind IN ('open', 'click')) AS opened_at,
               min(occurred_at) FILTER (WHERE NOT is_machine AND kind = 'click') AS clicked_at,
               min(occurred_at) FILTER (WHERE NOT is_machine AND kind = 'unsubscribe') AS unsubscribed_at
          FROM campaigns_hit WHERE message_id = ANY(%s) GROUP BY message_id) AS seen
 WHERE message.id = seen.message_id
   AND (message.opened_at, message.clicked_at, message.unsubscribed_at)
       IS DISTINCT FROM (seen.opened_at, seen.clicked_at, seen.unsubscribed_at)
RETURNING message.customer_id
"""


def roll_up(message_ids: Sequence[int], *, anew: bool = False) -> int:
    """Judge the hits of these messages and set when they were opened, clicked and unsubscribed from.

    Return how many messages changed, whose customers' segments are looked at again. Machines do not count.

    Args:
        anew: judge again what was judged before, too.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        together = sorted({*message_ids, *verdicts.reopen_crowds(message_ids)})
        verdicts.judge(together, anew=anew)
        cursor.execute(ROLL_UP, [together])
        moved = [row[0] for row in cursor.fetchall()]
        touch(moved)
    return len(moved)


def roll_up_waiting() -> int:
    """Roll up every message with a hit that nobody has looked at; return how many messages that were."""
    done = 0
    while not queue.out_of_time():
        waiting = _messages_waiting()
        if not waiting and done:
            time.sleep(SECONDS_FOR_LATECOMERS)
            waiting = _messages_waiting()
        if not waiting:
            break
        roll_up(waiting)
        done += len(waiting)
        queue.progress()
    return done


def roll_up_between(first: date, last: date) -> int:
    """Judge and roll up anew every message with a hit on these days; return how many messages changed."""
    changed = 0
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        hits = Hit.objects.filter(occurred_at__gte=start_of_day(day), occurred_at__lt=start_of_day(day + ONE_DAY))
        found = list(hits.order_by("message_id").values_list("message_id", flat=True).distinct())
        for begin in range(0, len(found), MESSAGES_AT_ONCE):
            changed += roll_up(found[begin : begin + MESSAGES_AT_ONCE], anew=True)
            queue.progress()
    return changed


def _messages_waiting() -> list[int]:
    """Return messages with hits that wait for a verdict, those that wait longest first."""
    hits = Hit.objects.filter(is_machine=None).order_by("pk").values_list("message_id", flat=True)
    return list(dict.fromkeys(hits[:MESSAGES_AT_ONCE]))
