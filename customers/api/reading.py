"""Facts go out, page by page: in the order they were recorded, never counted, masked unless the account may see all.

`pages` says how: the hundredth page costs what the first does.
"""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from django.db.models import Model, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from crm_project.models import ApiKey
from customers import access_log
from customers.api.pages import ByRow
from customers.models import AccessLogEntry

LONGEST_SOURCE = 40
MASKED = _("Masked or empty, unless the account has the permission to see personal data")
Row = TypeVar("Row", bound=Model)


class FactsReader(GenericAPIView):
    """Gives out rows of one kind. Where `personal` is set, an unmasked look at them is logged."""

    pagination_class = ByRow
    personal = False
    # Filters by a time, each with the indexed column in whose order its rows come.
    ordered_by: Mapping[str, str] = {}
    about: str | Promise = ""

    def get(self, request: Request) -> Response:
        """Give out a page of what the filters leave."""
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        self.log_unmasked(rows)
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)

    @cached_property
    def is_unmasked(self) -> bool:
        """Return whether the account sees names, phones and e-mails whole."""
        return self.request.user.has_perm(access_log.MAY_UNMASK)

    def get_serializer_context(self) -> dict[str, object]:
        """Tell the serializer whether to mask."""
        context = super().get_serializer_context()
        # Without a request the API describes itself.
        return context | {"is_unmasked": bool(self.request) and self.is_unmasked}

    def log_unmasked(self, rows: Iterable[object]) -> None:
        """Note whose data went out unmasked, in one statement (P-14)."""
        if self.personal and self.is_unmasked:
            caller = self.request.auth
            reason = f"API: {caller.name}" if isinstance(caller, ApiKey) else "API"
            access_log.record_many(
                self.request, AccessLogEntry.Action.UNMASK, customer_ids=self.customers_of(rows), reason=reason
            )

    def customers_of(self, rows: Iterable[object]) -> list[int]:
        """Return the customers whose data the rows are, each once."""
        return list(dict.fromkeys(row.customer_id for row in rows if row.customer_id))


class FactReader(FactsReader):
    """Gives out one row, by its number at the sender (`number_field`) and `?source=`."""

    pagination_class = None
    filterset_class = None
    filter_backends = ()
    number_field = "external_id"

    def get(self, request: Request, number: str) -> Response:
        """Give out the row.

        Raises:
            Http404: there is none with this number.
            ValidationError: the source is no name.
        """
        row = by_number(self.get_queryset(), number, request=request, field=self.number_field)
        self.log_unmasked([row])
        return Response(self.get_serializer(row).data)


def by_number(rows: QuerySet[Row], number: str, *, request: Request, field: str = "external_id") -> Row:
    """Return the row with this number at the system that the request names.

    Raises:
        Http404: there is none with this number.
        ValidationError: the system is no name.
    """
    if "\0" in number:  # which no column holds and no database is asked for
        raise Http404
    return get_object_or_404(rows, **{"source": source_of(request), field: number})


def source_of(request: Request) -> str:
    """Return the system whose numbers the request uses.

    Raises:
        ValidationError: it is no name.
    """
    source = request.query_params.get("source", "shop")
    if not source or len(source) > LONGEST_SOURCE or not source.isprintable():
        raise ValidationError({"source": _("Name the sending system in at most 40 characters.")}, code="bad_source")
    return source


def shown(serializer: serializers.BaseSerializer) -> bool:
    """Return whether the reader sees personal data whole."""
    return bool(serializer.context.get("is_unmasked"))


class WholeOnlyField(serializers.DictField):
    """Free fields of the sender's, empty unless the reader may see personal data."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(read_only=True, help_text=MASKED, **kwargs)

    def to_representation(self, value: dict[str, object]) -> dict[str, object]:
        """Return all fields, or none."""
        return value if shown(self.parent) else {}
