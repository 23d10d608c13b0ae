"""Who enters: for each customer to whom it happened, one journey at most for one thing, set by set.

Each time the trigger is asked for all that is still in time, also what was stored late or fell into an outage; a key
makes sure that nobody enters twice by the same thing. What is found out too late is listed and begins nothing.
Whoever does not fit when asked is asked again as long as it is in time. To whom it happened is asked before anything is
held, as that may take long; how far it was read is written with the journeys, under a lock on the automation, so that
several workers and a kill at any moment change nothing.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from campaigns import experiments
from campaigns.automation import leaving, reentering
from campaigns.automation.candidates import candidates, fitting_customers, told, window_of
from campaigns.automation.path import first_step
from campaigns.models import Automation, AutomationVersion, Journey
from campaigns.triggers.base import Window
from campaigns.triggers.every import TRIGGERS
from customers.models import Customer
from customers.segments.clock import Moment

__all__ = ["candidates", "enter", "window_of"]

Reentry = AutomationVersion.Reentry
GAVE_WAY = "gave_way"
# So many are worth new statistics before they are joined with all customers.
MANY = 10_000
# Of one connection: a table made anew each minute would leave its traces in the catalogue. Emptied as the transaction
# ends, for rows that are only deleted stay in a temporary table, which nobody vacuums, and are read each time.
MAKE_TABLE = """
    CREATE TEMPORARY TABLE IF NOT EXISTS automation_came (
        customer_id bigint NOT NULL, anchor_at timestamptz NOT NULL, entry_key text NOT NULL, context jsonb NOT NULL
    ) ON COMMIT DELETE ROWS
"""
KNOWN = """
    EXISTS (
        SELECT FROM campaigns_journey AS known
        WHERE known.automation_id = %(automation)s AND known.customer_id = told.customer_id
          AND known.entry_key = told.entry_key
    )
"""
COME = f"""
    INSERT INTO automation_came (customer_id, anchor_at, entry_key, context)
    SELECT customer_id, anchor_at, entry_key, context FROM ({{told}}) AS told WHERE NOT {KNOWN}
"""
DROP_KNOWN = f"DELETE FROM automation_came AS told WHERE {KNOWN}"
CAME = "SELECT customer_id FROM automation_came"
# Not NOT IN, which of hundreds of thousands asks each about each.
DROP_UNFIT = """
    DELETE FROM automation_came AS came
    WHERE NOT EXISTS (SELECT FROM ({fitting}) AS fitting WHERE fitting.id = came.customer_id)
"""
# Whoever is being merged or erased is asked again the next time: that takes customers first, and then their journeys,
# which the rows written here would wait for while it waits for theirs.
DROP_HELD = """
    WITH free AS MATERIALIZED (
        SELECT id FROM customers_customer
        WHERE id IN (SELECT customer_id FROM automation_came) AND merged_into_id IS NULL AND erased_at IS NULL
        FOR KEY SHARE SKIP LOCKED
    )
    DELETE FROM automation_came AS came WHERE NOT EXISTS (SELECT FROM free WHERE free.id = came.customer_id)
"""
DROP_LATE = "DELETE FROM automation_came WHERE anchor_at < %(earliest)s"
WRITE = """
    WITH chosen AS (
        SELECT {distinct} * FROM automation_came WHERE {timely} ORDER BY customer_id, anchor_at, entry_key
    ), gone AS (
        DELETE FROM automation_came AS came USING chosen
        WHERE came.customer_id = chosen.customer_id AND came.entry_key = chosen.entry_key
    ), judged AS (
        SELECT chosen.*, {status} AS status, {control} AS is_control FROM chosen
    ), written AS (
        INSERT INTO campaigns_journey
            (automation_id, version_id, customer_id, entry_key, anchor_at, context, is_control, status, end_reason,
             step_id, due_at, entered_at, ended_at)
        SELECT %(automation)s, %(version)s, customer_id, entry_key, anchor_at, context, is_control, status,
               CASE WHEN status = 'inside' THEN '' ELSE status END,
               CASE WHEN status = 'inside' THEN %(step)s::bigint END,
               CASE WHEN status = 'inside' THEN anchor_at END,
               %(now)s, CASE WHEN status <> 'inside' THEN %(now)s::timestamptz END
        FROM judged ORDER BY anchor_at, customer_id, entry_key
        RETURNING status
    )
    SELECT count(*), count(*) FILTER (WHERE status = 'inside') FROM written
"""
IN_TIME, TOO_LATE = "anchor_at >= %(earliest)s", "anchor_at < %(earliest)s"
FIRST_OF_EACH = "DISTINCT ON (customer_id)"
# Of a group the one with the higher number wins; of equals the one where the customer is already.
UNLESS_KEPT_OUT = """
    CASE WHEN EXISTS (
        SELECT FROM campaigns_journey AS other JOIN campaigns_automation AS rival ON rival.id = other.automation_id
        WHERE other.customer_id = chosen.customer_id AND other.status = 'inside' AND rival.id <> %(automation)s
          AND rival.exclusion_group = %(group)s AND rival.priority >= %(priority)s
    ) THEN 'gave_way' ELSE 'inside' END
"""


@transaction.atomic
def enter(automation: Automation, now: datetime) -> int:
    """Let those enter an automation who came since it was last read; return how many are newly inside."""
    asked = _live(Automation.objects.get(pk=automation.pk))
    if asked is None or not _is_time(asked, now):
        return 0
    terms, window = _terms(asked, now), window_of(asked, now)
    came = _come(asked, window, terms)
    held = _held(asked.automation)
    if held.status != Automation.Status.ACTIVE or held.live_version_id != asked.pk:
        return 0
    asked.automation = held
    inside = _take_in(asked, terms) if came and _fit(asked, window.now, terms) else 0
    Automation.objects.filter(pk=held.pk).update(read_until=now)
    return inside


def _live(automation: Automation) -> AutomationVersion | None:
    """Return the version in force of a running automation."""
    if automation.status != Automation.Status.ACTIVE or automation.live_version_id is None:
        return None
    version = AutomationVersion.objects.select_related("segment", "excluded_segment").get(pk=automation.live_version_id)
    version.automation = automation
    return version


def _is_time(version: AutomationVersion, now: datetime) -> bool:
    """Tell whether asking again can find somebody new."""
    read_until = version.automation.read_until
    return not read_until or now >= TRIGGERS[version.trigger].next_ask(version.trigger_settings, read_until)


def _held(automation: Automation) -> Automation:
    """Return the automation as it is now, held with all of its group: nobody enters two of them at one moment."""
    together = Q(pk=automation.pk)
    if automation.exclusion_group:
        together |= Q(exclusion_group=automation.exclusion_group)
    held = Automation.objects.filter(together).order_by("pk").select_for_update(no_key=True)
    return next(each for each in held if each.pk == automation.pk)


def _come(version: AutomationVersion, window: Window, terms: dict[str, Any]) -> int:
    """Lay down who came, without those known already or not to enter again yet; return how many."""
    entries = told(version, window)
    with connection.cursor() as cursor:
        cursor.execute(MAKE_TABLE)
        cursor.execute("DELETE FROM automation_came")
        cursor.execute(COME.format(told=entries.sql), {**entries.parameters, "automation": version.automation_id})
        return cursor.rowcount - reentering.drop(cursor, version, terms)


def _fit(version: AutomationVersion, now: datetime, terms: dict[str, Any]) -> int:
    """Drop of those laid down who does not fit, and who became known while it was asked; return how many are left.

    Who may not enter again is told by an index, so they go before segments are asked of everybody who is left.
    """
    with connection.cursor() as cursor:
        cursor.execute(DROP_KNOWN, terms)
        reentering.drop(cursor, version, terms)
        cursor.execute("SELECT count(*) FROM automation_came")
        came = cursor.fetchone()[0]
        if not came:
            return 0
        fitting = _fitting(cursor, version, now, came).values("id")
        sql, parameters = fitting.query.sql_with_params()
        cursor.execute(DROP_UNFIT.format(fitting=sql), parameters)
        came -= cursor.rowcount
        cursor.execute(DROP_HELD)
        return came - cursor.rowcount


def _fitting(cursor: CursorWrapper, version: AutomationVersion, now: datetime, came: int) -> QuerySet[Customer]:
    """Return who of those laid down fits; of many all customers are asked, for a list of them would be slow to read."""
    if came > MANY:
        cursor.execute("ANALYZE automation_came")
        return fitting_customers(version, Moment(now)).filter(pk__in=RawSQL(CAME, []))  # noqa: S611  # ours
    cursor.execute(CAME)
    among = {customer_id for (customer_id,) in cursor.fetchall()}
    return fitting_customers(version, Moment(now, among=tuple(sorted(among))))


def _take_in(version: AutomationVersion, terms: dict[str, Any]) -> int:
    """Write the journeys of those laid down, each customer as often as may be; return how many are inside."""
    inside = 0
    with connection.cursor() as cursor:
        _write(cursor, version, terms, timely=TOO_LATE, status="'too_late'")
        cursor.execute(DROP_LATE, terms)
        # Who may enter again after some days: the first of the customer's entries decides about the next.
        while True:
            written, entered = _write(cursor, version, terms, timely=IN_TIME, status=_status(version))
            inside += entered
            if not written or version.reentry == Reentry.EVERY:
                break
            reentering.drop(cursor, version, terms)
    if inside and version.automation.exclusion_group:
        _send_out_of_others(version.automation, terms["now"])
    return inside


def _terms(version: AutomationVersion, now: datetime) -> dict[str, Any]:
    automation, step = version.automation, first_step(version)
    return {
        "automation": automation.pk,
        "version": version.pk,
        "step": step and step.pk,
        "group": automation.exclusion_group,
        "priority": automation.priority,
        "days": version.reentry_days,
        "earliest": now - timedelta(hours=version.latest_start_hours),
        "now": now,
    }


def _write(
    cursor: CursorWrapper, version: AutomationVersion, terms: dict[str, Any], *, timely: str, status: str
) -> tuple[int, int]:
    """Write journeys, the first of each customer where not each counts; return how many, and how many inside."""
    distinct = "" if version.reentry == Reentry.EVERY else FIRST_OF_EACH
    control = experiments.is_held_out_of(version.automation, customer="chosen.customer_id")
    cursor.execute(WRITE.format(distinct=distinct, timely=timely, status=status, control=control), terms)
    return cursor.fetchone()


def _status(version: AutomationVersion) -> str:
    return UNLESS_KEPT_OUT if version.automation.exclusion_group else "'inside'"


def _send_out_of_others(automation: Automation, now: datetime) -> None:
    """End the journeys, in less important automations of the group, of those who entered this one just now."""
    entered = Journey.objects.filter(automation=automation, entered_at=now, status=Journey.Status.INSIDE)
    rivals = Automation.objects.filter(
        exclusion_group=automation.exclusion_group, priority__lt=automation.priority
    ).exclude(pk=automation.pk)
    left = Journey.objects.filter(
        automation__in=rivals, status=Journey.Status.INSIDE, customer__in=entered.values("customer")
    )
    leaving.end(list(left.values_list("pk", flat=True)), reason=GAVE_WAY, now=now)
