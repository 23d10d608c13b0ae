"""Pages of a list: each begins behind the last row of the one before, and nothing is counted.

Rows come in the order they were recorded. Asked for what is new since a time, they come in the order of that time: by
number, the database would walk over every older row before it found the first.
"""

import base64
import json
from datetime import datetime
from operator import attrgetter

from django.db.models import Q, QuerySet
from django.utils.encoding import force_str
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

USUAL_ROWS = 100
MOST_ROWS = 500
CURSOR, LIMIT = "cursor", "limit"


class ByRow(BasePagination):
    """Pages by primary key, or by the column of the view's `ordered_by` whose filter is asked for, then by key."""

    def paginate_queryset(self, queryset: QuerySet, request: Request, view: APIView | None = None) -> list:
        """Return one page and remember where the next begins.

        Raises:
            ValidationError: the cursor is none of ours, or the limit is no number.
        """
        self._address = request.build_absolute_uri()
        self._column = _column(request, view)
        limit = _limit(request)
        rows = list(self._behind(queryset, request.query_params.get(CURSOR))[: limit + 1])
        self._next = self._cursor(rows[limit - 1]) if len(rows) > limit else None
        return rows[:limit]

    def get_paginated_response(self, data: object) -> Response:
        """Return the page with the address of the next one."""
        following = replace_query_param(self._address, CURSOR, self._next) if self._next else None
        return Response({"next": following, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, object]) -> dict[str, object]:
        """Describe a page."""
        following = {"type": "string", "format": "uri", "nullable": True}
        return {
            "type": "object",
            "required": ["next", "results"],
            "properties": {"next": following, "results": schema},
        }

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, object]]:
        """Describe what pages are asked for with."""
        return [
            _parameter(CURSOR, _("Where the page begins: follow the address in next"), {"type": "string"}),
            _parameter(LIMIT, _("Rows of a page; otherwise 100"), {"type": "integer", "maximum": MOST_ROWS}),
        ]

    def _behind(self, queryset: QuerySet, cursor: str | None) -> QuerySet:
        ordered = queryset.order_by(self._column, "pk") if self._column else queryset.order_by("pk")
        if not cursor:
            return ordered
        value, key = _read(cursor, has_value=bool(self._column))
        if value is None:
            return ordered.filter(pk__gt=key)
        later = Q(**{f"{self._column}__gt": value}) | Q(**{self._column: value}, pk__gt=key)
        # The first condition follows from the second; it is what lets the index of the column begin there.
        return ordered.filter(Q(**{f"{self._column}__gte": value}) & later)

    def _cursor(self, row: object) -> str:
        value = attrgetter(self._column.replace("__", "."))(row).isoformat() if self._column else None
        return base64.urlsafe_b64encode(json.dumps([value, row.pk]).encode()).decode()


def _column(request: Request, view: APIView | None) -> str:
    asked = (column for name, column in getattr(view, "ordered_by", {}).items() if request.query_params.get(name))
    return next(asked, "")


def _limit(request: Request) -> int:
    given = request.query_params.get(LIMIT) or str(USUAL_ROWS)
    is_number = given.isascii() and given.isdecimal() and len(given) <= len(str(MOST_ROWS))
    if not is_number or not 1 <= int(given) <= MOST_ROWS:
        message = _("Ask for 1 to %(most)d rows at once.") % {"most": MOST_ROWS}
        raise ValidationError({LIMIT: message}, code="bad_limit")
    return int(given)


def _read(cursor: str, *, has_value: bool) -> tuple[datetime | None, int]:
    try:
        value, key = json.loads(base64.urlsafe_b64decode(cursor))
        moment = datetime.fromisoformat(value) if has_value else None
        if not isinstance(key, int) or abs(key) >= 2**63 or (moment and moment.tzinfo is None):
            raise ValueError(cursor)
    except (ValueError, TypeError, RecursionError) as error:
        raise ValidationError(
            {CURSOR: _("Follow the address in next of the page before.")}, code="bad_cursor"
        ) from error
    return moment, key


def _parameter(name: str, explanation: str, schema: dict[str, object]) -> dict[str, object]:
    return {"name": name, "required": False, "in": "query", "description": force_str(explanation), "schema": schema}
