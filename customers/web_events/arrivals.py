"""Events lie here from the call until they are taken in: a call writes one row, a job brings in many calls at once."""

import json
import logging
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter

from django.db import DatabaseError, OperationalError, connection, transaction

from crm_project import queue
from crm_project.queue import kick
from customers import ingest
from customers.models import Customer, Product, TrackedSite, WebArrival
from customers.web_events import sites
from customers.web_events.reading import Record

logger = logging.getLogger(__name__)

TAKE_IN = "customers.tasks.take_in_web_events"
CALLS_AT_ONCE = 200
# A call that saw others wait, and so called for no job, may be stored just after the job looked for the last time.
SECONDS_FOR_LATECOMERS = 0.5
FAILED_KEPT = timedelta(days=7)
# One statement; whoever finds nothing else waiting calls for the job.
STORE = """
    WITH stored AS (
        INSERT INTO customers_webarrival (site_id, records, arrived_at, failure) VALUES (%s, %s, %s, '')
    )
    SELECT NOT EXISTS (SELECT FROM customers_webarrival WHERE failure = '')
"""


@transaction.atomic
def receive(site: TrackedSite, records: Sequence[Record], *, at: datetime) -> None:
    """Store the events of a call, durable when this returns, and have them taken in soon."""
    with connection.cursor() as cursor:
        cursor.execute(STORE, [site.pk, json.dumps(records, ensure_ascii=False), at])
        if cursor.fetchone()[0]:
            kick(TAKE_IN)
    sites.note_events(site, records[0], at=at)


def take_in_waiting() -> int:
    """Take in what waits, oldest first; return how many calls were looked at."""
    handled = 0
    while not queue.out_of_time():
        count = _take_in_next()
        if not count and handled:
            time.sleep(SECONDS_FOR_LATECOMERS)
            count = _take_in_next()
        if not count:
            break
        handled += count
        queue.progress()
    return handled


def forget_failed(now: datetime) -> int:
    """Delete what could not be taken in a week ago; return how many calls."""
    return WebArrival.objects.exclude(failure="").filter(arrived_at__lt=now - FAILED_KEPT).delete()[0]


@transaction.atomic
def _take_in_next() -> int:
    waiting = WebArrival.objects.filter(failure="").select_related("site").order_by("pk")
    arrivals = list(waiting.select_for_update(skip_locked=True, of=("self",))[:CALLS_AT_ONCE])
    source = attrgetter("site.source")
    for name, together in groupby(sorted(arrivals, key=source), key=source):
        _take_in(list(together), source=name)
    return len(arrivals)


def _take_in(arrivals: list[WebArrival], *, source: str) -> None:
    """Take calls in together; where the database refuses them, each by itself, so that one holds up no other."""
    try:
        with transaction.atomic():
            records = [record for arrival in arrivals for record in json.loads(arrival.records or "[]")]
            ingest.ingest_events(_of_known(records, source=source), source=source)
            WebArrival.objects.filter(pk__in=[each.pk for each in arrivals]).delete()
    except OperationalError:  # another import was in the way, or the server stopped: the job comes again
        raise
    except DatabaseError as error:
        if len(arrivals) > 1:
            for arrival in arrivals:
                _take_in([arrival], source=source)
            return
        # Without the error's words: they may quote what the page sent.
        logger.error("Web events %d were not taken in: %s", arrivals[0].pk, type(error).__name__)
        WebArrival.objects.filter(pk=arrivals[0].pk).update(failure=type(error).__name__)


def _of_known(records: list[Record], *, source: str) -> list[Record]:
    """Leave out products and customers that nobody told us of yet: the visit is a fact all the same."""
    skus = {record["sku"] for record in records if "sku" in record}
    numbers = {record["customer_id"] for record in records if "customer_id" in record}
    known = {
        "sku": set(Product.objects.filter(source=source, sku__in=skus).values_list("sku", flat=True)),
        "customer_id": set(
            Customer.objects.filter(source=source, external_id__in=numbers, erased_at=None).values_list(
                "external_id", flat=True
            )
        ),
    }
    return [
        {name: value for name, value in record.items() if name not in known or value in known[name]}
        for record in records
    ]
