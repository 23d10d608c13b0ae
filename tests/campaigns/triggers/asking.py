"""How tests ask a trigger, and a moment at which things happen in them."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection

from campaigns.triggers.base import Window
from campaigns.triggers.every import TRIGGERS

# Friday, 20 November 2026, 10:00 in Korea.
AT = datetime(2026, 11, 20, 1, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Entry(NamedTuple):
    """A row of an answer."""

    customer_id: int
    at: datetime
    key: str
    context: dict[str, Any]


def ask(
    key: str, settings: Mapping[str, Any], *, since: datetime = AT - DAY / 2, until: datetime = AT + DAY / 2
) -> list[Entry]:
    """Who enters after a moment, up to and with another, asked a day later; in the order of time."""
    kind = TRIGGERS[key]
    kind.check(settings)
    entries = kind.entries(settings, Window(since=since, until=until, now=until + DAY))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT customer_id, anchor_at, entry_key, context::text FROM ({entries.sql}) AS entries"
            " ORDER BY anchor_at, customer_id, entry_key",
            entries.parameters,
        )
        rows = cursor.fetchall()
    return [Entry(who, at, word, json.loads(context)) for who, at, word, context in rows]
