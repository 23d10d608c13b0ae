"""Which of two states that a platform told us is the newer one."""

from django.db import connection

from customers.platforms.told import Version


def is_newest(version: Version, *, source: str) -> bool:
    """Note the version and return True, unless a newer one is noted already.

    Call it in the transaction that stores the state: the row stays locked until then, so that two calls about the
    same record follow each other.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO customers_platformversion AS known (source, kind, external_id, updated_at, stage)
            VALUES (%s, %s, %s, %s, %s)
            ON CONFLICT (source, kind, external_id)
                DO UPDATE SET updated_at = EXCLUDED.updated_at, stage = EXCLUDED.stage
                WHERE (known.updated_at, known.stage) <= (EXCLUDED.updated_at, EXCLUDED.stage)
            RETURNING id
            """,
            [source, version.kind, version.number[:100], version.updated_at, version.stage],
        )
        return cursor.fetchone() is not None
