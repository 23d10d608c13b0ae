"""Pages of a big table without counting it."""

from django.core.paginator import Paginator
from django.db import connections
from django.db.models import QuerySet
from django.utils.functional import cached_property

# A filtered list is counted up to here; nobody turns more pages than that by hand.
COUNTED_AT_MOST = 10_000
# Below this the estimate of a table is not worth having: count it.
SMALL_TABLE = 20_000


class EstimatedPaginator(Paginator):
    """Takes the planner's estimate for a whole big table, and stops counting a filtered one at some point.

    `COUNT(*)` over ten million rows takes most of a second, and the admin does it twice a page.
    """

    counted_at_most = COUNTED_AT_MOST

    def is_whole(self, rows: QuerySet) -> bool:
        """Tell whether these are, but for a few, all rows of the table."""
        return not rows.query.where

    @cached_property
    def count(self) -> int:
        """Return about how many rows there are."""
        rows = self.object_list
        if not isinstance(rows, QuerySet):
            return len(rows)
        if self.is_whole(rows):
            estimate = _estimated_rows(rows)
            if estimate > SMALL_TABLE:
                return estimate
        return rows.order_by().values("pk")[: self._limit + 1].count()

    @property
    def is_cut(self) -> bool:
        """Tell whether there are more rows than were counted."""
        return self.count == self._limit + 1

    @cached_property
    def _limit(self) -> int:
        rows = self.object_list
        return SMALL_TABLE if isinstance(rows, QuerySet) and self.is_whole(rows) else self.counted_at_most


def _estimated_rows(rows: QuerySet) -> int:
    """Return PostgreSQL's own estimate of the table; -1 where it was never analysed."""
    with connections[rows.db].cursor() as cursor:
        cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE oid = %s::regclass", [rows.model._meta.db_table])
        return cursor.fetchone()[0]
