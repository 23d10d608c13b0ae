"""What ingest asks after a merge: facts under the old number go where it went, and chosen values outlive imports.

Ingest finds the kept customer by the number itself. But a batch under way when its customer was merged writes under
the old row: once it has, this brings those rows along, in the same transaction. What others write there, such as a
report about a message of before the merge, follows in the night.

The shop's system knows nothing of merges and sends the kept customer's old values with every import. A value that was
chosen from the other one stands as long as the system says what it said at the merge; a new value there wins.
"""

from collections.abc import Collection, Iterator

from django.db import transaction
from django.db.backends.utils import CursorWrapper

from customers import stats
from customers.identity import values
from customers.identity.moving import MOVING, left_behind, move_rows, moving_tables
from customers.models import Customer, CustomerMerge
from customers.personal_data import PersonalTable
from customers.segments.refresh import touch


@transaction.atomic
def bring_along(merged_ids: Collection[int]) -> set[int]:
    """Move what these merged customers still have to whom they were merged into; return those who got something.

    One query a table where there is nothing to move, as there is nearly always.
    """
    behind = _with_rows_left_behind(merged_ids)
    merges = CustomerMerge.objects.select_for_update().filter(merged__in=behind, undone_at=None).order_by("pk")
    return {done.kept_id for done in (merges if behind else []) if _move(done)}


@transaction.atomic
def bring_all_along() -> set[int]:
    """Do so for every merged customer, for what a first load wrote without looking; return who got something."""
    merged = list(Customer.objects.exclude(merged_into=None).values_list("pk", flat=True))
    kept = bring_along(merged)
    if kept:
        stats.refresh([*kept, *merged])
        touch(kept)
    return kept


def hold_choices(cursor: CursorWrapper) -> None:
    """Put back the values chosen at a merge where the batch in `ingest_written` wrote the former ones again."""
    cursor.execute(
        "SELECT id FROM customers_customermerge WHERE undone_at IS NULL"
        " AND kept_id IN (SELECT id FROM ingest_written WHERE NOT is_new)"
    )
    if cursor.rowcount:
        ids = [row[0] for row in cursor.fetchall()]
        for done in CustomerMerge.objects.filter(pk__in=ids).select_related("kept").order_by("pk"):
            _hold_choices_of(done)


def _hold_choices_of(done: CustomerMerge) -> None:
    now = values.packed(values.values_of(done.kept, done.chosen_values))
    reverted = {name: value for name, value in done.chosen_values.items() if now[name] == done.former_values[name]}
    values.write(done.kept, values.unpacked(reverted))


def _move(done: CustomerMerge) -> bool:
    """Move what is left as the merge itself would, and note it for an undo; tell whether there was anything."""
    found = {
        table.name: ids
        for table in _followed_tables()
        if (ids := move_rows(table, kept_id=done.kept_id, merged_id=done.merged_id))
    }
    done.moved |= {name: [*done.moved.get(name, []), *ids] for name, ids in found.items()}
    done.save(update_fields=["moved"])
    return bool(found)


def _with_rows_left_behind(merged_ids: Collection[int]) -> set[int]:
    return {
        customer_id
        for table in _followed_tables()
        for customer_id in left_behind(table, merged_ids).values_list(table.field, flat=True).distinct()
    }


def _followed_tables() -> Iterator[PersonalTable]:
    """Yield the tables whose rows change hands one by one."""
    return (table for table in moving_tables() if table.merge in MOVING)
