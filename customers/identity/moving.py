"""Rows change hands: every declared table, set by set, and back again by the ids that were kept."""

from collections.abc import Collection, Iterator
from typing import cast

from django.db.models import Exists, Field, OuterRef, Q, QuerySet

from customers.personal_data import Merge, OwnWay, PersonalTable, tables

MOVING = (Merge.MOVE, Merge.MOVE_UNLESS_TAKEN)


def moving_tables() -> Iterator[PersonalTable]:
    """Yield the tables whose rows go along with a merge."""
    return (table for table in tables() if table.merge in MOVING or isinstance(table.merge, OwnWay))


def rows_to_move(table: PersonalTable, *, kept_id: int, merged_id: int) -> QuerySet:
    """Return the rows of a table that would go over to the kept customer, but for those that `stays` names."""
    return _not_taken(table, _rows_of(table, merged_id), by=kept_id)


def left_behind(table: PersonalTable, merged_ids: Collection[int]) -> QuerySet:
    """Return the rows that these merged customers still have and whom they were merged into has not."""
    rows = table.model._base_manager.filter(**{f"{table.field}__in": merged_ids})
    return _going(table, _not_taken(table, rows, by=OuterRef(f"{table.field}__merged_into")))


def move_rows(table: PersonalTable, *, kept_id: int, merged_id: int) -> list[int]:
    """Give a table's rows to the kept customer; return their ids."""
    if isinstance(table.merge, OwnWay):
        return table.merge.join(merged_id, kept_id)
    rows = _going(table, rows_to_move(table, kept_id=kept_id, merged_id=merged_id))
    ids = list(rows.order_by("pk").values_list("pk", flat=True))
    give(table, ids, from_id=merged_id, to_id=kept_id)
    return ids


def give(table: PersonalTable, ids: list[int], *, from_id: int, to_id: int) -> int:
    """Give these rows from one customer to another; return how many were still the first one's."""
    if not ids:
        return 0
    if isinstance(table.merge, OwnWay):
        table.merge.part(ids, from_id, to_id)
        return len(ids)
    return _rows_of(table, from_id).filter(pk__in=ids).update(**{table.field: to_id}, **dict(table.also_set))


def _rows_of(table: PersonalTable, customer: int | OuterRef) -> QuerySet:
    return table.model._base_manager.filter(**{table.field: customer})


def _not_taken(table: PersonalTable, rows: QuerySet, *, by: int | OuterRef) -> QuerySet:
    return rows.exclude(_is_taken(table, by)) if table.merge is Merge.MOVE_UNLESS_TAKEN else rows


def _going(table: PersonalTable, rows: QuerySet) -> QuerySet:
    return rows if table.stays is None else rows.exclude(table.stays)


def _is_taken(table: PersonalTable, kept: int | OuterRef) -> Q:
    """Return the condition that the kept customer has the row already, by any rule that makes it unique."""
    taken = Q()
    for others in _unique_with(table):
        same = {name: OuterRef(name) for name in others}
        taken |= Q(Exists(_rows_of(table, kept).filter(**same)))
    return taken


def _unique_with(table: PersonalTable) -> list[list[str]]:
    """Return, of each unique rule that names the customer, the other fields of it."""
    field = cast(Field, table.model._meta.get_field(table.field))
    rules = [list(rule.fields) for rule in table.model._meta.total_unique_constraints if table.field in rule.fields]
    rules += [[table.field]] if field.unique else []
    return [[name for name in rule if name != table.field] for rule in rules]
