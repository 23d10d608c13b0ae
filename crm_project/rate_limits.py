"""How often somebody may call, counted in the database and so over all web processes and hosts.

A window slides: calls of the window before count by the share of it that still lies within the last `seconds`, so
that nobody gets twice the limit at a window's edge. The table has no write-ahead log (migration 0003): one call costs
one short statement.
"""

import math
import time
from dataclasses import dataclass

from django.db import connection

from crm_project.models import RateCount

SECONDS_A_DAY = 86_400  # the longest window


@dataclass(frozen=True)
class Verdict:
    """Whether a call is within the limit, and after how many seconds one may try again."""

    is_allowed: bool
    retry_after: int


def count_call(subject: str, *, limit: int, seconds: int) -> Verdict:
    """Count one call of the subject and say whether it is among the `limit` of the last `seconds`."""
    now = time.time()
    window = int(now // seconds) * seconds
    passed = now - window
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO crm_project_ratecount AS r (subject, "window", count) VALUES (%s, %s, 1)
            ON CONFLICT (subject, "window") DO UPDATE SET count = r.count + 1
            RETURNING count,
                (SELECT before.count FROM crm_project_ratecount before
                 WHERE before.subject = r.subject AND before."window" = r."window" - %s)
            """,
            [subject, window, seconds],
        )
        current, previous = cursor.fetchone()
    used = current + (previous or 0) * (1 - passed / seconds)
    return Verdict(used <= limit, max(1, math.ceil(seconds - passed)))


def look(subject: str, *, limit: int, seconds: int) -> Verdict:
    """Say whether the subject may call once more, without counting: for calls of which only the wrong ones count."""
    now = time.time()
    window = int(now // seconds) * seconds
    passed = now - window
    rows = RateCount.objects.filter(subject=subject, window__in=(window, window - seconds))
    counts = dict(rows.values_list("window", "count"))
    used = counts.get(window, 0) + counts.get(window - seconds, 0) * (1 - passed / seconds)
    return Verdict(used < limit, max(1, math.ceil(seconds - passed)))


def forget_old() -> int:
    """Delete the counts of windows that began more than a day ago; return how many."""
    return RateCount.objects.filter(window__lt=time.time() - SECONDS_A_DAY).delete()[0]
