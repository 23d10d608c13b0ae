"""To whom it happened and who of them fits, as SQL: asked by `entering` each minute and by the back-test for months."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from campaigns.models import AutomationVersion
from campaigns.triggers.base import Entries, Window
from campaigns.triggers.every import TRIGGERS
from customers.models import Customer, Segment, SegmentMembership
from customers.segments import rules
from customers.segments.clock import Moment
from customers.segments.compiler import compile_tree

# One thing may be told twice, such as an order changed since: the first time counts.
TOLD = """
    SELECT DISTINCT ON (customer_id, entry_key) customer_id, anchor_at, entry_key, context
    FROM ({entries}) AS entries
    WHERE anchor_at > %(since)s AND anchor_at <= %(until)s
    ORDER BY customer_id, entry_key, anchor_at
"""


def window_of(version: AutomationVersion, now: datetime) -> Window:
    """Return the moments in which an anchor counts: all that was still in time when it was last read, up to now."""
    automation = version.automation
    begins_at = automation.begins_at or now
    read_until = automation.read_until or begins_at
    since = max(begins_at, read_until - timedelta(hours=version.latest_start_hours))
    return Window(since=since, until=now, now=now)


def candidates(version: AutomationVersion, window: Window) -> Entries:
    """Return who would enter in a window, as a SELECT of (customer_id, anchor_at, entry_key, context).

    Segments are asked as of the window's `now`; how often one customer may enter is not asked.
    """
    entries = told(version, window)
    fitting, parameters = _named(fitting_customers(version, Moment(window.now)))
    sql = f"SELECT told.* FROM ({entries.sql}) AS told JOIN ({fitting}) AS fitting ON fitting.id = told.customer_id"
    return Entries(sql, {**entries.parameters, **parameters})


def told(version: AutomationVersion, window: Window) -> Entries:
    """Return to whom it happened in a window, each thing once, whoever they are."""
    entries = TRIGGERS[version.trigger].entries(version.trigger_settings, window)
    bounds = {"since": window.since, "until": window.until}
    return Entries(TOLD.format(entries=entries.sql), {**entries.parameters, **bounds})


def fitting_customers(version: AutomationVersion, moment: Moment) -> QuerySet[Customer]:
    """Return the customers who may enter: those whom its segments' rules find now, never the erased and merged.

    The rules themselves are asked: members were written down at the last refresh, which may be hours ago.
    """
    fitting = Customer.objects.filter(erased_at=None, merged_into=None)
    if moment.among is not None:
        fitting = fitting.filter(pk__in=moment.ids_among())
    if version.segment:
        fitting = fitting.filter(is_in(version.segment, moment))
    if version.excluded_segment:
        fitting = fitting.filter(~is_in(version.excluded_segment, moment))
    return fitting.order_by()


def is_in(segment: Segment, moment: Moment) -> Q:
    """Return the condition of being in a segment; one that is switched off keeps its last members."""
    if not segment.is_active:
        return Q(Exists(SegmentMembership.objects.filter(segment=segment, customer=OuterRef("pk"))))
    return compile_tree(rules.parse(segment.rule), moment)


def _named(customers: QuerySet[Customer]) -> tuple[str, dict[str, Any]]:
    """Return a query for ids with its parameters named, to stand where the others are named too."""
    sql, parameters = customers.values("id").query.sql_with_params()
    named = {f"fitting_{number}": value for number, value in enumerate(parameters)}
    # A per cent sign of the query itself stays doubled.
    return sql.replace("%%", "%%%%") % tuple(f"%({name})s" for name in named), named
