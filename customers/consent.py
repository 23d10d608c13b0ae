"""What customers allowed: the only writer of the consent ledger and of the state it adds up to.

The ledger holds what customers said and when they said it (P-04). The state is a projection: the latest expression
wins, whatever order they arrived in (I-08); a withdrawal and a grant of the same moment count as withdrawn; whoever
withdraws advertising withdraws it at night as well (L-09). No row means no consent (L-01).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils.translation import gettext as _
from psycopg.types.json import Jsonb

from customers.consent_projection import PROJECTION, SAME_STATE
from customers.errors import ConsentRefused
from customers.models import ConsentEntry, ConsentState
from customers.models.consent import Channel, Purpose
from customers.segments.refresh import touch
from customers.sql import literal

Action = ConsentEntry.Action
Method = ConsentEntry.Method

# The columns a query of expressions yields for `record_rows`.
EXPRESSION_COLUMNS = "customer_id, purpose, channel, action, occurred_at, wording_version, evidence"


@dataclass(frozen=True)
class ConsentExpression:
    """One thing a customer said. `occurred_at` is when they said it."""

    customer_id: int
    purpose: str
    action: str
    occurred_at: datetime
    channel: str = ""
    wording_version: str = ""
    evidence: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Recorded:
    """How many expressions became entries, and how many were in the ledger already."""

    new: int
    unchanged: int


def grant(
    customer_id: int,
    *,
    purpose: str,
    occurred_at: datetime,
    method: str,
    channel: str = "",
    wording_version: str = "",
    evidence: Mapping[str, object] | None = None,
    actor: User | None = None,
) -> ConsentEntry | None:
    """Record that a customer agreed. Return the entry, or None where the ledger has it already.

    Raises:
        ConsentRefused: night without the consent to advertising itself (L-09), or a purpose and a channel that do
            not go together.
    """
    expression = ConsentExpression(
        customer_id, purpose, Action.GRANTED, occurred_at, channel, wording_version, evidence or {}
    )
    return _record_one(expression, method=method, actor=actor)


def withdraw(
    customer_id: int,
    *,
    purpose: str,
    occurred_at: datetime,
    method: str,
    channel: str = "",
    wording_version: str = "",
    evidence: Mapping[str, object] | None = None,
    actor: User | None = None,
) -> ConsentEntry | None:
    """Record that a customer no longer agrees. Return the entry, or None where the ledger has it already (L-05).

    Raises:
        ConsentRefused: a purpose and a channel that do not go together.
    """
    expression = ConsentExpression(
        customer_id, purpose, Action.WITHDRAWN, occurred_at, channel, wording_version, evidence or {}
    )
    return _record_one(expression, method=method, actor=actor)


def confirm(
    customer_id: int,
    *,
    purpose: str,
    occurred_at: datetime,
    method: str,
    channel: str = "",
    wording_version: str = "",
    evidence: Mapping[str, object] | None = None,
    actor: User | None = None,
) -> ConsentEntry | None:
    """Record that a consent was confirmed, which begins its two years anew (L-13). Return the entry, or None.

    Raises:
        ConsentRefused: there is no consent to confirm.
    """
    if not is_granted(customer_id, purpose=purpose, channel=channel):
        raise ConsentRefused(_("There is no consent that could be confirmed."))
    expression = ConsentExpression(
        customer_id, purpose, Action.CONFIRMED, occurred_at, channel, wording_version, evidence or {}
    )
    return _record_one(expression, method=method, actor=actor)


def is_granted(customer_id: int, *, purpose: str, channel: str = "") -> bool:
    """Return whether the consent holds now."""
    state = ConsentState.objects.filter(customer_id=customer_id, purpose=purpose, channel=channel, is_granted=True)
    return state.exists()


def check(expression: ConsentExpression) -> None:
    """Refuse what no customer can have said.

    Raises:
        ConsentRefused: an unknown word, a time without a zone, or a purpose and a channel that do not go together.
    """
    if expression.purpose not in Purpose or expression.action not in Action:
        raise ConsentRefused(_("There is no such consent."))
    if expression.occurred_at.tzinfo is None:
        raise ConsentRefused(_("The time of a consent needs a time zone."))
    if expression.purpose == Purpose.MARKETING_USE:
        if expression.channel:
            raise ConsentRefused(_("The consent to marketing use belongs to no channel."))
    elif expression.channel not in Channel:
        raise ConsentRefused(_("Say which channel the consent is for."))


@transaction.atomic
def record_many(expressions: Iterable[ConsentExpression], *, method: str, actor: User | None = None) -> Recorded:
    """Record many expressions in one statement; those that are in the ledger already change nothing.

    Raises:
        ConsentRefused: one of them is impossible; none is recorded then.
    """
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.consent_said")
        cursor.execute(
            "CREATE TEMP TABLE consent_said (customer_id bigint, purpose text, channel text, action text,"
            " occurred_at timestamptz, wording_version text, evidence jsonb) ON COMMIT DROP"
        )
        with cursor.copy("COPY consent_said FROM STDIN") as copy:
            for each in expressions:
                check(each)
                copy.write_row(_row(each))
        _refuse_night_without_base(cursor)
        return record_rows(cursor, "SELECT * FROM consent_said", method=method, actor=actor)


def record_rows(cursor: CursorWrapper, query: str, *, method: str, actor: User | None = None) -> Recorded:
    """Record the expressions a query of ours yields (`EXPRESSION_COLUMNS`), already checked.

    Afterwards the temporary table `consent_written` holds the customers with a new entry.
    """
    cursor.execute("DROP TABLE IF EXISTS pg_temp.consent_written")
    cursor.execute("CREATE TEMP TABLE consent_written (customer_id bigint, purpose text, channel text) ON COMMIT DROP")
    cursor.execute(
        # Sorted, so that two imports at once wait for each other instead of for ever.
        f"""
        WITH said AS MATERIALIZED ({query}), written AS (
            INSERT INTO customers_consententry ({EXPRESSION_COLUMNS}, method, actor_id)
            SELECT {EXPRESSION_COLUMNS}, %s, %s FROM said ORDER BY customer_id, purpose, channel, occurred_at
            ON CONFLICT (customer_id, purpose, channel, action, occurred_at) DO NOTHING
            RETURNING customer_id, purpose, channel
        ), noted AS (
            INSERT INTO consent_written SELECT * FROM written RETURNING 1
        )
        SELECT (SELECT count(*) FROM noted), (SELECT count(*) FROM said)
        """,
        [method, actor.pk if actor else None],
    )
    new, said = cursor.fetchone()
    if new:
        _project(cursor)
    return Recorded(new=new, unchanged=said - new)


@transaction.atomic
def rebuild_states() -> int:
    """Derive every state from the ledger again; return how many rows were not what the ledger says."""
    every_state = "(SELECT DISTINCT customer_id, purpose, channel FROM customers_consententry)"
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE customers_consentstate IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute(
            "DELETE FROM customers_consentstate t WHERE NOT EXISTS (SELECT 1 FROM"
            f" ({PROJECTION.format(states=every_state)}) p WHERE (p.customer_id, p.purpose, p.channel)"
            " = (t.customer_id, t.purpose, t.channel))"
        )
        removed = cursor.rowcount
        return removed + _write_states(cursor, every_state)


@transaction.atomic
def _record_one(expression: ConsentExpression, *, method: str, actor: User | None) -> ConsentEntry | None:
    """Record what one customer said, and have their segments looked at again; None where it was known."""
    recorded = record_many([expression], method=method, actor=actor)
    if not recorded.new:
        return None
    touch([expression.customer_id])
    return ConsentEntry.objects.get(
        customer_id=expression.customer_id,
        purpose=expression.purpose,
        channel=expression.channel,
        action=expression.action,
        occurred_at=expression.occurred_at,
    )


def _row(each: ConsentExpression) -> list[object]:
    terms = [each.customer_id, str(each.purpose), str(each.channel), str(each.action)]
    return [*terms, each.occurred_at, each.wording_version, Jsonb(dict(each.evidence))]


def _refuse_night_without_base(cursor: CursorWrapper) -> None:
    cursor.execute(
        f"""
        SELECT 1 FROM consent_said night
        WHERE night.purpose = {literal(Purpose.AD_NIGHT)} AND night.action = {literal(Action.GRANTED)}
          AND NOT EXISTS (SELECT 1 FROM consent_said base WHERE base.customer_id = night.customer_id
                AND base.channel = night.channel AND base.purpose = {literal(Purpose.AD_RECEIVE)}
                AND base.action = {literal(Action.GRANTED)})
          AND NOT EXISTS (SELECT 1 FROM customers_consentstate base WHERE base.customer_id = night.customer_id
                AND base.channel = night.channel AND base.purpose = {literal(Purpose.AD_RECEIVE)} AND base.is_granted)
        LIMIT 1
        """
    )
    if cursor.fetchone():
        raise ConsentRefused(_("Advertising at night needs the consent to advertising as well."))


def _project(cursor: CursorWrapper) -> None:
    """Bring the states that the new entries bear on up to the ledger."""
    # Whoever else writes the same customer's consents waits here and then reads the entries committed meanwhile.
    cursor.execute(
        "SELECT count(*) FROM (SELECT id FROM customers_customer WHERE id IN (SELECT customer_id FROM consent_written)"
        " ORDER BY id FOR NO KEY UPDATE) locked"
    )
    cursor.execute("ANALYZE consent_written")
    touched = (
        "(SELECT DISTINCT customer_id, purpose, channel FROM consent_written UNION"
        f" SELECT customer_id, {literal(Purpose.AD_NIGHT)}, channel FROM customers_consententry night"
        f" WHERE night.purpose = {literal(Purpose.AD_NIGHT)} AND (customer_id, channel) IN"
        f" (SELECT customer_id, channel FROM consent_written WHERE purpose = {literal(Purpose.AD_RECEIVE)}))"
    )
    _write_states(cursor, touched)


def _write_states(cursor: CursorWrapper, states: str) -> int:
    cursor.execute(
        f"""
        INSERT INTO customers_consentstate AS t
            (customer_id, purpose, channel, is_granted, since, confirmed_at, entry_id)
        {PROJECTION.format(states=states)}
        ORDER BY customer_id, purpose, channel
        ON CONFLICT (customer_id, purpose, channel) DO UPDATE SET is_granted = EXCLUDED.is_granted,
            since = EXCLUDED.since, confirmed_at = EXCLUDED.confirmed_at, entry_id = EXCLUDED.entry_id
        WHERE {SAME_STATE} IS DISTINCT FROM {SAME_STATE.replace("t.", "EXCLUDED.")}
        """
    )
    return cursor.rowcount
