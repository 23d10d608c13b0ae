"""Single expressions of consent come in, as a sign-up form or a preference page reports them."""

from collections.abc import Iterable, Mapping

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone
from django.utils.translation import gettext as _

from customers import consent
from customers.ingest import erased_people, values
from customers.ingest.result import IngestResult, Progress
from customers.ingest.schema import Column, FieldRefused, Schema, Shape, as_json
from customers.ingest.stage import (
    Numbered,
    drop_refused,
    fill_stage,
    make_stage,
    refuse_repeated,
    report_refused,
    rows_of,
)
from customers.ingest.touched import make_touched, touch
from customers.models import ConsentEntry
from customers.models.consent import UNDATED, Channel, Purpose
from customers.sql import literal

CONSENTS = Schema(
    "consents",
    (
        Column("customer_id", values.text(100), "text", required=True),
        Column("purpose", values.text(20, choices=Purpose.values), "text", required=True),
        Column("channel", values.text(20, choices=Channel.values), "text"),
        Column("action", values.text(10, choices=ConsentEntry.Action.values), "text", required=True),
        Column("occurred_at", values.moment, "timestamptz"),
        Column("wording_version", values.text(40), "text"),
    ),
    prefix="evidence.",
)
GRANTED, CONFIRMED = literal(ConsentEntry.Action.GRANTED), literal(ConsentEntry.Action.CONFIRMED)
AD, NIGHT = literal(Purpose.AD_RECEIVE), literal(Purpose.AD_NIGHT)


@transaction.atomic
def ingest_consents(
    records: Iterable[Mapping[str, object]],
    *,
    source: str = "shop",
    progress: Progress | None = None,
    result: IngestResult | None = None,
    method: str = ConsentEntry.Method.IMPORT,
) -> IngestResult:
    """Record what customers said about consent; what the ledger has already changes nothing."""
    result = result or IngestResult()
    with connection.cursor() as cursor:
        make_stage(cursor, CONSENTS, more=", evidence jsonb, customer_key bigint")
        numbered = Numbered(records, schema=CONSENTS, result=result, progress=progress)
        fill_stage(cursor, numbered, read=rows_of(CONSENTS, _evidence, _no_customer_yet), result=result)
        refuse_repeated(cursor, "r_customer_id", field="customer_id")
        _find_customers(cursor, source=source)
        _refuse_impossible(cursor)
        erased_people.refuse_old_consents(cursor)
        _note_outcomes(cursor, result)
        recorded = consent.record_rows(cursor, EXPRESSIONS, method=method)
        result.new += recorded.new
        result.unchanged += recorded.unchanged
        report_refused(cursor, result)
        make_touched(cursor)
        cursor.execute("INSERT INTO ingest_touched SELECT DISTINCT customer_id FROM consent_written")
        touch(cursor, defer_stats=False)
    return result


EXPRESSIONS = """
    SELECT customer_key AS customer_id, r_purpose AS purpose, coalesce(r_channel, '') AS channel, r_action AS action,
           r_occurred_at AS occurred_at, coalesce(r_wording_version, '') AS wording_version, evidence
    FROM ingest_stage
"""


def _evidence(record: Mapping[str, object], shape: Shape) -> str:
    """Return the evidence, after the checks that span several columns."""
    belongs_to_channel = record.get("purpose") != Purpose.MARKETING_USE
    if belongs_to_channel and not record.get("channel"):
        raise FieldRefused("channel", "", _("Say which channel the consent is for."), "missing")
    if not belongs_to_channel and record.get("channel"):
        raise FieldRefused("channel", record["channel"], _("The consent to marketing use belongs to no channel."))
    evidence = CONSENTS.own_values(record, shape)
    said_at = values.moment(record.get("occurred_at"))
    if said_at is None and (record.get("action") != ConsentEntry.Action.GRANTED or not any(evidence.values())):
        raise FieldRefused("occurred_at", "", _("Without its date only a grant with evidence is taken."), "missing")
    if said_at is not None and said_at > timezone.now():
        raise FieldRefused("occurred_at", record["occurred_at"], _("This lies in the future."))
    return as_json(evidence)


def _no_customer_yet(_record: Mapping[str, object], _shape: Shape) -> None:
    """Leave the column of the customer's key to `_find_customers`."""


def _note_outcomes(cursor: CursorWrapper, result: IngestResult) -> None:
    """Say which of the staged expressions the ledger has already."""
    result.note_outcomes(
        cursor,
        f"""
        SELECT s.line, CASE WHEN e.id IS NULL THEN 'new' ELSE 'unchanged' END
        FROM ingest_stage s
        LEFT JOIN customers_consententry e ON e.customer_id = s.customer_key AND e.purpose = s.r_purpose
            AND e.channel = coalesce(s.r_channel, '') AND e.action = s.r_action
            AND e.occurred_at = coalesce(s.r_occurred_at, {literal(UNDATED)})
        """,
    )


def _find_customers(cursor: CursorWrapper, *, source: str) -> None:
    cursor.execute(
        "UPDATE ingest_stage s SET customer_key = coalesce(c.merged_into_id, c.id) FROM customers_customer c"
        " WHERE c.source = %s AND c.external_id = s.r_customer_id AND c.erased_at IS NULL",
        [source],
    )
    cursor.execute(
        "INSERT INTO ingest_refused SELECT line, 'customer_id', r_customer_id, 'unknown_customer'"
        " FROM ingest_stage WHERE customer_key IS NULL"
    )
    drop_refused(cursor)


def _refuse_impossible(cursor: CursorWrapper) -> None:
    """Refuse night without the consent to advertising itself (L-09), and confirmations of nothing."""
    cursor.execute(
        f"""
        INSERT INTO ingest_refused
        SELECT s.line, 'purpose', s.r_purpose, 'night_without_base' FROM ingest_stage s
        WHERE s.r_purpose = {NIGHT} AND s.r_action = {GRANTED} AND NOT {_granted("customer_key", AD)}
        UNION ALL
        SELECT s.line, 'action', s.r_action, 'nothing_to_confirm' FROM ingest_stage s
        WHERE s.r_action = {CONFIRMED} AND NOT {_granted("customer_key", "s.r_purpose")}
        """
    )
    drop_refused(cursor)


def _granted(customer: str, purpose: str) -> str:
    """Return the SQL that asks whether a consent holds now or is granted in the same batch."""
    return f"""(
        EXISTS (SELECT 1 FROM customers_consentstate held WHERE held.customer_id = s.{customer} AND held.is_granted
                AND held.purpose = {purpose} AND held.channel = coalesce(s.r_channel, ''))
        OR EXISTS (SELECT 1 FROM ingest_stage other WHERE other.{customer} = s.{customer}
                   AND other.r_purpose = {purpose} AND other.r_action = {GRANTED}
                   AND other.r_channel IS NOT DISTINCT FROM s.r_channel))"""
