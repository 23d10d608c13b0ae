"""The legal store: what a law wants kept of an erased person, apart from everything else and only until its day (P-06).

전자상거래법 시행령 제6조 keeps contracts, withdrawals, payments and supplies for five years and complaints for three
(P-07). For the evidence of consent no law names a time; three years is the shop's choice.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.models import Count, Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models import LegalPerson, LegalRecord

Kind = LegalRecord.Kind
SHOP_DAY = "(%s AT TIME ZONE 'Asia/Seoul')::date"


@dataclass(frozen=True)
class Statute:
    """How long a kind of record is kept, and who says so."""

    years: int
    law: object


STATUTES: Mapping[str, Statute] = {
    Kind.CONTRACT: Statute(5, _("E-Commerce Act, decree article 6")),
    Kind.PAYMENT: Statute(5, _("E-Commerce Act, decree article 6")),
    Kind.COMPLAINT: Statute(3, _("E-Commerce Act, decree article 6")),
    Kind.CONSENT: Statute(3, _("burden of proof of the sender; the shop's choice")),
}

# Each gives customer_id, kind, reference, happened_at, facts of the records that a statute is about.
ORDERS = f"""
    SELECT o.customer_id, CASE WHEN o.is_purchase THEN '{Kind.PAYMENT}' ELSE '{Kind.CONTRACT}' END AS kind,
           o.source || ' ' || o.external_id AS reference, o.placed_at AS happened_at,
           jsonb_build_object('status', o.status, 'channel', o.channel, 'items_amount', o.items_amount,
               'discount', o.discount, 'points_used', o.points_used, 'shipping', o.shipping, 'paid', o.paid,
               'refunded', o.refunded, 'lines', coalesce((
                   SELECT jsonb_agg(jsonb_build_object('sku', p.sku, 'quantity', l.quantity, 'amount', l.amount)
                                    ORDER BY l.position)
                   FROM customers_orderline l JOIN customers_product p ON p.id = l.product_id WHERE l.order_id = o.id
               ), '[]'::jsonb)) AS facts
    FROM customers_order o WHERE o.customer_id = ANY(%(ids)s)
"""
COMPLAINTS = f"""
    SELECT customer_id, '{Kind.COMPLAINT}', 'request ' || id, received_at,
           jsonb_build_object('kind', kind, 'details', details, 'outcome', outcome)
    FROM customers_subjectrequest WHERE customer_id = ANY(%(ids)s)
"""
CASES = f"""
    SELECT c.customer_id, '{Kind.COMPLAINT}', 'case ' || c.id, c.opened_at,
           jsonb_build_object('subject', c.subject, 'status', c.status, 'outcome', c.outcome, 'notes', coalesce((
               SELECT jsonb_agg(jsonb_build_object('at', n.at, 'text', n.text, 'told', n.is_reply) ORDER BY n.id)
               FROM customers_casenote n WHERE n.case_id = c.id
           ), '[]'::jsonb))
    FROM customers_case c WHERE c.customer_id = ANY(%(ids)s)
"""
CONSENTS = f"""
    SELECT customer_id, '{Kind.CONSENT}', 'consent ' || id, occurred_at,
           jsonb_build_object('purpose', purpose, 'channel', channel, 'action', action, 'method', method,
                              'wording', wording_version, 'evidence', evidence)
    FROM customers_consententry WHERE customer_id = ANY(%(ids)s) AND evidence <> '{{}}'::jsonb
"""
SOURCES = " UNION ALL ".join([ORDERS, COMPLAINTS, CASES, CONSENTS])
KEEP_UNTIL = "CASE r.kind {} END".format(
    " ".join(
        f"WHEN '{kind}' THEN ({SHOP_DAY % 'r.happened_at'} + interval '{statute.years} years')::date"
        for kind, statute in STATUTES.items()
    )
)
DUE = f"""
    SELECT * FROM (
        SELECT r.*, {KEEP_UNTIL} AS keep_until FROM ({SOURCES}) r
    ) dated WHERE keep_until >= %(today)s
"""


@dataclass(frozen=True)
class Kept:
    """How many records of a kind stay in the legal store, and the last day of the newest."""

    label: object
    law: object
    count: int
    until: date


def what_stays(customer_ids: Collection[int]) -> list[Kept]:
    """Return what an erasure of these customers would keep today."""
    sql = f"SELECT kind, count(*), max(keep_until) FROM ({DUE}) due GROUP BY kind ORDER BY kind"
    with connection.cursor() as cursor:
        cursor.execute(sql, _parameters(customer_ids))
        return [_kept(*row) for row in cursor.fetchall()]


def what_is_stored() -> list[Kept]:
    """Return what the legal store holds now, by kind."""
    kinds = LegalRecord.objects.order_by().values_list("kind").annotate(Count("pk"), Max("keep_until"))
    return [_kept(*row) for row in kinds.order_by("kind")]


def move_in(keys: Mapping[int, object]) -> int:
    """Copy what must stay of these customers, each under its random key; return the number of records.

    A customer of whom nothing must stay leaves nothing here.
    """
    parameters = _parameters(keys) | {"keys": [str(key) for key in keys.values()]}
    key_of = "SELECT * FROM unnest(%(ids)s::bigint[], %(keys)s::uuid[]) AS of(customer_id, key)"
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH due AS MATERIALIZED ({DUE}), key_of AS MATERIALIZED ({key_of}), people AS (
                INSERT INTO customers_legalperson (key, source, external_id, name, email, phone)
                SELECT key_of.key, c.source, c.external_id, c.name, c.email, c.phone
                FROM key_of JOIN customers_customer c ON c.id = key_of.customer_id
                WHERE c.id IN (SELECT customer_id FROM due)
            )
            INSERT INTO customers_legalrecord (person_id, kind, reference, happened_at, keep_until, facts)
            SELECT key_of.key, due.kind, due.reference, due.happened_at, due.keep_until, due.facts
            FROM due JOIN key_of USING (customer_id)
            """,
            parameters,
        )
        return cursor.rowcount


def destroy_due(today: date) -> int:
    """Delete the records whose last day is over, and the people of whom none is left; return how many records."""
    count, _by_model = LegalRecord.objects.filter(keep_until__lt=today).delete()
    LegalPerson.objects.filter(records=None).delete()
    return count


def _parameters(customer_ids: Collection[int]) -> dict[str, object]:
    return {"ids": list(customer_ids), "today": timezone.localdate()}


def _kept(kind: str, count: int, until: date) -> Kept:
    return Kept(Kind(kind).label, STATUTES[kind].law, count, until)
