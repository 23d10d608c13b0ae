"""Who may be one person: customers that share a phone or an e-mail, found in one statement.

A pair whose names or birthdays differ is more likely a household than one person: it is shown as a question, and
nothing is ever merged without a person saying so. A contact that very many share says nothing about anybody (the
shop's own number, typed in for want of one) and is left out.
"""

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils import timezone

from customers.models import Customer, DuplicatePair
from customers.sql import literal

MOST_WHO_SHARE = 10

BASIS, STATUS = DuplicatePair.Basis, DuplicatePair.Status

# Contacts that more than one row has; most are nobody else's, and are done with here. `person` is who a merged
# customer was merged into: its old contacts still tell who it is.
SHARED = """
    SELECT DISTINCT coalesce(merged_into_id, id) AS person, '{kind}' AS kind, {contact} AS contact
    FROM customers_customer
    WHERE erased_at IS NULL AND {contact} IN (
        SELECT {contact} FROM customers_customer WHERE {contact} <> '' AND erased_at IS NULL
        GROUP BY {contact} HAVING count(*) > 1)
"""
# A name without its blanks and capitals; nothing where there is none.
FOLDED = "nullif(lower(replace({}.name, ' ', '')), '')"
FOUND = f"""
    WITH shared AS MATERIALIZED (
        {SHARED.format(kind="phone", contact="phone")} UNION ALL {SHARED.format(kind="email", contact="lower(email)")}
    ), sharing AS (
        SELECT shared.* FROM shared JOIN (
            SELECT kind, contact FROM shared GROUP BY kind, contact HAVING count(*) BETWEEN 2 AND {MOST_WHO_SHARE}
        ) few USING (kind, contact)
    ), pairs AS (
        SELECT one.person AS first_id, other.person AS second_id,
               bool_or(one.kind = 'phone') AS same_phone, bool_or(one.kind = 'email') AS same_email
        FROM sharing one JOIN sharing other USING (kind, contact)
        WHERE one.person < other.person
        GROUP BY one.person, other.person
    )
    SELECT first_id, second_id,
           CASE WHEN same_phone AND same_email THEN {literal(BASIS.PHONE_AND_EMAIL.value)}
                WHEN same_phone THEN {literal(BASIS.PHONE.value)} ELSE {literal(BASIS.EMAIL.value)} END AS basis,
           coalesce({FOLDED.format("one")} <> {FOLDED.format("other")}, false)
           OR coalesce(one.birthday <> other.birthday, false) AS is_household
    FROM pairs
    JOIN customers_customer one ON one.id = first_id
    JOIN customers_customer other ON other.id = second_id
    WHERE one.erased_at IS NULL AND other.erased_at IS NULL
"""


@transaction.atomic
def find() -> int:
    """Bring the open pairs up to the customers as they are; return how many pairs are open.

    What a person decided stays decided. Where the shared contact is gone the question is gone too.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '256MB'")
        cursor.execute("DROP TABLE IF EXISTS pg_temp.pairs_found")
        cursor.execute(f"CREATE TEMP TABLE pairs_found ON COMMIT DROP AS {FOUND}")
        cursor.execute("ANALYZE pairs_found")
        cursor.execute(
            "DELETE FROM customers_duplicatepair pair WHERE status = %s AND NOT EXISTS (SELECT 1 FROM pairs_found"
            " found WHERE (found.first_id, found.second_id) = (pair.first_id, pair.second_id))",
            [STATUS.OPEN],
        )
        cursor.execute(
            """
            INSERT INTO customers_duplicatepair AS pair (first_id, second_id, basis, is_household, status)
            SELECT first_id, second_id, basis, is_household, %s FROM pairs_found ORDER BY first_id, second_id
            ON CONFLICT (first_id, second_id) DO UPDATE
                SET basis = EXCLUDED.basis, is_household = EXCLUDED.is_household
            WHERE pair.status = %s AND (pair.basis, pair.is_household) <> (EXCLUDED.basis, EXCLUDED.is_household)
            """,
            [STATUS.OPEN, STATUS.OPEN],
        )
    return DuplicatePair.objects.filter(status=STATUS.OPEN).count()


def kept_first(pair: DuplicatePair) -> tuple[Customer, Customer]:
    """Return which of the two to keep, and the other: the shop's own customer before a marketplace's contact (I-07)."""
    own_first = pair.second.is_marketplace_contact or not pair.first.is_marketplace_contact
    return (pair.first, pair.second) if own_first else (pair.second, pair.first)


def dismiss(pair: DuplicatePair, *, by: User) -> None:
    """Note that the two are different people; nobody is asked again."""
    DuplicatePair.objects.filter(pk=pair.pk, status=STATUS.OPEN).update(
        status=STATUS.DISMISSED, decided_by=by, decided_at=timezone.now()
    )


def reopen(pair: DuplicatePair) -> None:
    """Ask about the two again."""
    DuplicatePair.objects.filter(pk=pair.pk, status=STATUS.DISMISSED).update(
        status=STATUS.OPEN, decided_by=None, decided_at=None
    )
