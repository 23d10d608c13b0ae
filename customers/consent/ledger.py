"""The only writer of the consent ledger and of the state it adds up to.

The ledger holds what customers said and when they said it (P-04). The state is a projection: the latest expression
wins, whatever order they arrived in (I-08); a withdrawal and a grant of the same moment count as withdrawn; whoever
withdraws advertising withdraws it at night as well (L-09). No row means no consent (L-01). What the law then asks of
the shop is opened in the same statements (`duty_rules`).
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone
from django.utils.translation import gettext as _
from psycopg.types.json import Jsonb

from crm_project.country_rules import country_rules
from customers.consent.duty_rules import (
    END_ANSWERED,
    NOTICE_DAYS,
    OF_WRITTEN,
    OPEN_RECONFIRMATIONS,
    OPEN_RESULT_NOTICES,
    OPENED_ONCE,
)
from customers.consent.expressions import Action, ConsentExpression, Method, Recorded, check
from customers.consent.projection import PROJECTION, SAME_STATE
from customers.errors import ConsentRefused
from customers.models.consent import UNDATED, Purpose
from customers.sql import literal, literals

# So many new entries are worth a moment for measuring the ledger before it is joined.
WORTH_MEASURING = 10_000
# The columns a query of expressions yields for `record_rows`.
EXPRESSION_COLUMNS = "customer_id, purpose, channel, action, occurred_at, wording_version, evidence"
OF_THE_MERGED = (
    "SELECT merged_into_id, purpose, channel FROM customers_consententry"
    " JOIN customers_customer merged ON merged.id = customer_id AND merged_into_id IS NOT NULL"
)
# Ways by which another system reports what was said, today's words and those of years ago alike.
REPORTED = (Method.API, Method.OPT_OUT_LINE)
BEGINNING_OF_TIME = datetime(1, 1, 2, tzinfo=UTC)


@transaction.atomic
def record_many(
    expressions: Iterable[ConsentExpression], *, method: str, actor: User | None = None, is_new: bool | None = None
) -> Recorded:
    """Record many expressions in one statement; those that are in the ledger already change nothing.

    Args:
        is_new: whether customers said this just now, so that they are owed the notice of the result (L-12). Left out:
            yes, but for imports, and of what another system reports (`REPORTED`) that of the last 14 days.

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
        return record_rows(cursor, "SELECT * FROM consent_said", method=method, actor=actor, is_new=is_new)


def record_rows(
    cursor: CursorWrapper, query: str, *, method: str, actor: User | None = None, is_new: bool | None = None
) -> Recorded:
    """Record the expressions a query of ours yields (`EXPRESSION_COLUMNS`), already checked; a NULL time is undated.

    Afterwards the temporary table `consent_written` holds the customers with a new entry. `is_new`: `record_many`.
    """
    cursor.execute("DROP TABLE IF EXISTS pg_temp.consent_written")
    cursor.execute("CREATE TEMP TABLE consent_written (customer_id bigint, purpose text, channel text) ON COMMIT DROP")
    notices_from = _notices_from(method, is_new=is_new)
    notices = f", notices AS ({OPEN_RESULT_NOTICES} AND occurred_at > %s)" if notices_from else ""
    cursor.execute(
        # Sorted, so that two imports at once wait for each other instead of for ever.
        f"""
        WITH said AS MATERIALIZED ({query}), written AS (
            INSERT INTO customers_consententry ({EXPRESSION_COLUMNS}, is_undated, method, actor_id)
            SELECT customer_id, purpose, channel, action, coalesce(occurred_at, {literal(UNDATED)}), wording_version,
                   evidence, occurred_at IS NULL, %s, %s
            FROM said ORDER BY customer_id, purpose, channel, occurred_at
            ON CONFLICT (customer_id, purpose, channel, action, occurred_at) DO NOTHING
            RETURNING id, customer_id, purpose, channel, action, occurred_at, is_undated
        ), noted AS (
            INSERT INTO consent_written SELECT customer_id, purpose, channel FROM written RETURNING 1
        ), decided AS ( -- what is said under a merged customer's number holds for whom they were merged into
            INSERT INTO consent_written SELECT merged_into_id, purpose, channel
            FROM written JOIN customers_customer merged ON merged.id = customer_id AND merged_into_id IS NOT NULL
        ), freed AS ( -- a marketplace's contact who agrees themselves is the shop's own from then on (I-07)
            UPDATE customers_customer SET is_marketplace_contact = false
            WHERE is_marketplace_contact AND id IN
                (SELECT customer_id FROM written WHERE action = {literal(Action.GRANTED)} AND NOT is_undated)
        ){notices}
        SELECT (SELECT count(*) FROM noted), (SELECT count(*) FROM said)
        """,
        [method, actor.pk if actor else None, *([notices_from] if notices_from else [])],
    )
    new, said = cursor.fetchone()
    if new:
        _project(cursor, entries=new)
    return Recorded(new=new, unchanged=said - new)


def _notices_from(method: str, *, is_new: bool | None) -> datetime | None:
    """Return since when what was said is owed a notice; None where nothing is, as in a country without that duty."""
    if not country_rules().wants_notices:
        return None
    if is_new is None and method in REPORTED:
        return timezone.now() - timedelta(days=NOTICE_DAYS)
    owed = method != Method.IMPORT if is_new is None else is_new
    return BEGINNING_OF_TIME if owed else None


@transaction.atomic
def rebuild_states() -> int:
    """Derive every state from the ledger again; return how many rows were not what the ledger says."""
    every_state = f"SELECT customer_id, purpose, channel FROM customers_consententry UNION {OF_THE_MERGED}"
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE customers_consentstate IN SHARE ROW EXCLUSIVE MODE")
        return _remove_states(cursor, every_state) + write_states(cursor, every_state)


@transaction.atomic
def rebuild_states_of(customer_ids: Iterable[int]) -> int:
    """Derive the states of these customers again, after who speaks for them changed; return how many rows changed."""
    among = f"IN ({literals([0, *map(int, customer_ids)])})"
    their_states = (
        f"SELECT customer_id, purpose, channel FROM customers_consententry WHERE customer_id {among}"
        f" UNION {OF_THE_MERGED} WHERE merged_into_id {among}"
    )
    with connection.cursor() as cursor:
        removed = _remove_states(cursor, their_states, among=f"t.customer_id {among} AND")
        return removed + write_states(cursor, their_states)


def _remove_states(cursor: CursorWrapper, states: str, *, among: str = "") -> int:
    """Remove the states that the ledger does not tell of; return how many."""
    cursor.execute(
        f"DELETE FROM customers_consentstate t WHERE {among} NOT EXISTS (SELECT 1 FROM"
        f" ({PROJECTION.format(states=states)}) p WHERE (p.customer_id, p.purpose, p.channel)"
        " = (t.customer_id, t.purpose, t.channel))"
    )
    return cursor.rowcount


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


def _project(cursor: CursorWrapper, *, entries: int) -> None:
    """Bring the states that the new entries bear on up to the ledger, and the duties up to the states."""
    # Whoever else writes the same customer's consents waits here and then reads the entries committed meanwhile.
    cursor.execute(
        "SELECT count(*) FROM (SELECT id FROM customers_customer WHERE id IN (SELECT customer_id FROM consent_written)"
        " ORDER BY id FOR NO KEY UPDATE) locked"
    )
    cursor.execute("ANALYZE consent_written")
    if entries >= WORTH_MEASURING:  # a ledger filled by this batch would be planned for as if it were empty
        cursor.execute("ANALYZE customers_consententry")
    night = f"purpose = {literal(Purpose.AD_NIGHT)}"
    advertising = f"(SELECT customer_id, channel FROM consent_written WHERE purpose = {literal(Purpose.AD_RECEIVE)})"
    touched = (
        "SELECT customer_id, purpose, channel FROM consent_written"
        " UNION SELECT customer_id, purpose, channel FROM customers_consententry"
        f" WHERE {night} AND (customer_id, channel) IN {advertising}"
        f" UNION {OF_THE_MERGED} WHERE {night} AND (merged_into_id, channel) IN {advertising}"
    )
    write_states(cursor, touched)
    now = timezone.now()
    cursor.execute(END_ANSWERED, [now])
    if country_rules().wants_notices:
        cursor.execute(f"{OPEN_RECONFIRMATIONS} AND {OF_WRITTEN} {OPENED_ONCE}", [now])


def write_states(cursor: CursorWrapper, states: str) -> int:
    """Write what the ledger adds up to for the terms a query yields; return how many rows changed."""
    cursor.execute(
        f"""
        INSERT INTO customers_consentstate AS t
            (customer_id, purpose, channel, is_granted, since, confirmed_at, reconfirm_by, entry_id)
        {PROJECTION.format(states=states)}
        ORDER BY customer_id, purpose, channel
        ON CONFLICT (customer_id, purpose, channel) DO UPDATE SET is_granted = EXCLUDED.is_granted,
            since = EXCLUDED.since, confirmed_at = EXCLUDED.confirmed_at, reconfirm_by = EXCLUDED.reconfirm_by,
            entry_id = EXCLUDED.entry_id
        WHERE {SAME_STATE} IS DISTINCT FROM {SAME_STATE.replace("t.", "EXCLUDED.")}
        """
    )
    return cursor.rowcount
