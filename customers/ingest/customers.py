"""Customers come in, with the consents they gave."""

from collections.abc import Iterable, Mapping

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from customers import consent
from customers.identity import following
from customers.ingest import erased_people, referrals, values
from customers.ingest.consent_columns import CONSENT_COLUMNS, consents_of
from customers.ingest.referrals import REFERRAL_COLUMNS
from customers.ingest.result import IngestResult, Progress
from customers.ingest.schema import Column, Schema, Shape, as_json
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
from customers.ingest.upsert import Target, Upsert, rounds
from customers.models.consent import ConsentEntry

CUSTOMERS = Schema(
    "customers",
    (
        Column("customer_id", values.text(100), "text", required=True),
        Column("name", values.name(200), "text"),
        Column("email", values.email, "text"),
        Column("phone", values.phone, "text"),
        Column("birthday", values.day, "date"),
        Column("gender", values.gender, "text"),
        Column("locale", values.text(10), "text"),
        Column("joined_at", values.moment, "timestamptz"),
        Column("store_id", values.text(100), "text"),
        Column("acquisition_source", values.name(60), "text"),
        Column("region", values.region, "text"),
        *REFERRAL_COLUMNS,
    ),
    prefix="attr.",
    others=CONSENT_COLUMNS,
)


def _upsert(*, demo: bool, marketplace: bool) -> Upsert:
    bit = CUSTOMERS.bit
    targets = (
        Target("name", "s.r_name", bit("name"), "''"),
        Target("email", "s.r_email", bit("email"), "''"),
        Target("phone", "s.r_phone", bit("phone"), "''"),
        Target("birthday", "s.r_birthday", bit("birthday")),
        Target("gender", "s.r_gender", bit("gender"), "''"),
        Target("locale", "s.r_locale", bit("locale"), "'ko'"),
        # Nobody un-joins: an empty cell keeps the date that is known.
        Target("joined_at", "s.r_joined_at", bit("joined_at"), "now()", keeps_when_empty=True),
        Target("home_store_id", "store.id", bit("store_id")),
        Target("acquisition_source", "s.r_acquisition_source", bit("acquisition_source"), "''"),
        Target("region", "s.r_region", bit("region"), "''"),
        Target("attributes", "jsonb_strip_nulls(coalesce(e.attributes, '{}') || s.attributes)"),
        Target("is_demo", "true" if demo else "coalesce(e.is_demo, false)"),
        # Only a new one is marked: who has agreed with the shop since stays free (I-07).
        Target("is_marketplace_contact", f"coalesce(e.is_marketplace_contact, {str(marketplace).lower()})"),
    )
    return Upsert(
        "customers_customer",
        "external_id",
        "r_customer_id",
        targets,
        rows="ingest_stage s LEFT JOIN customers_store store"
        " ON store.source = s.record_source AND store.external_id = s.r_store_id",
    )


@transaction.atomic
def ingest_customers(
    records: Iterable[Mapping[str, object]],
    *,
    source: str = "shop",
    progress: Progress | None = None,
    result: IngestResult | None = None,
    defer_stats: bool = False,
    demo: bool = False,
    method: str = ConsentEntry.Method.IMPORT,
    marketplace: bool = False,
) -> IngestResult:
    """Store customers and their consents.

    Args:
        defer_stats: for a first load; the caller runs `stats.rebuild()` and refreshes the segments afterwards.
        demo: their contact details are made up, and no live gateway may send to them.
        method: how the consents reached us, for the ledger.
        marketplace: they gave their contacts to get a delivery; new ones may not be advertised to (I-07).
    """
    result = result or IngestResult()
    with connection.cursor() as cursor:
        make_stage(cursor, CUSTOMERS, more=", attributes jsonb, consents jsonb, record_source text")
        numbered = Numbered(records, schema=CUSTOMERS, result=result, progress=progress)
        read = rows_of(CUSTOMERS, _attributes, _consents, lambda _record, _shape: source)
        fill_stage(cursor, numbered, read=read, result=result)
        refuse_repeated(cursor, "r_customer_id", field="customer_id")
        _refuse_unknown(cursor, source=source)
        erased_people.refuse_numbers(cursor, source=source)
        erased_people.withhold_consents(cursor, source=source, result=result)
        make_touched(cursor)
        for _round in rounds(cursor, "r_customer_id"):
            upsert = _upsert(demo=demo, marketplace=marketplace)
            upsert.run(cursor, source=source, result=result)
            following.hold_choices(cursor)
            _record_consents(cursor, result=result, method=method)
            referrals.note_of_customers(cursor)
        report_refused(cursor, result)
        touch(cursor, defer_stats=defer_stats)
    return result


def _attributes(record: Mapping[str, object], shape: Shape) -> str:
    return as_json(CUSTOMERS.own_values(record, shape)) if shape.own else "{}"


def _consents(record: Mapping[str, object], shape: Shape) -> str | None:
    return as_json(consents_of(record)) if shape.others else None


def _refuse_unknown(cursor: CursorWrapper, *, source: str) -> None:
    """Refuse customers of a store nobody knows, and those whose data was erased."""
    cursor.execute(
        """
        INSERT INTO ingest_refused
        SELECT line, 'store_id', r_store_id, 'unknown_store' FROM ingest_stage s
        WHERE r_store_id IS NOT NULL
          AND NOT EXISTS (SELECT 1 FROM customers_store WHERE source = %s AND external_id = r_store_id)
        UNION ALL
        SELECT line, 'customer_id', r_customer_id, 'erased' FROM ingest_stage s
        JOIN customers_customer c ON c.source = %s AND c.external_id = s.r_customer_id AND c.erased_at IS NOT NULL
        """,
        [source, source],
    )
    drop_refused(cursor)


def _record_consents(cursor: CursorWrapper, *, result: IngestResult, method: str) -> None:
    consent.record_rows(
        cursor,
        """
        SELECT coalesce(c.merged_into_id, c.id) AS customer_id,
               said.purpose, said.channel, said.action, said.occurred_at,
               '' AS wording_version, '{}'::jsonb AS evidence
        FROM ingest_stage s
        JOIN customers_customer c ON c.source = s.record_source AND c.external_id = s.r_customer_id
        CROSS JOIN jsonb_to_recordset(s.consents)
            AS said(purpose text, channel text, action text, occurred_at timestamptz)
        WHERE s.consents IS NOT NULL
        """,
        method=method,
    )
    # A customer who only said something about consent changed as well: a segment may ask for it.
    cursor.execute(
        "WITH spoke AS (SELECT DISTINCT customer_id FROM consent_written EXCEPT SELECT id FROM ingest_written),"
        " noted AS (INSERT INTO ingest_touched SELECT id FROM ingest_written UNION ALL SELECT customer_id FROM spoke)"
        " SELECT count(*) FROM spoke"
    )
    spoke = cursor.fetchone()[0]
    result.changed += spoke
    result.unchanged -= spoke
    result.note_outcomes(
        cursor,
        "SELECT s.line, 'changed' FROM ingest_stage s JOIN customers_customer c"
        " ON c.source = s.record_source AND c.external_id = s.r_customer_id WHERE c.id IN"
        " (SELECT customer_id FROM consent_written EXCEPT SELECT id FROM ingest_written)",
    )
