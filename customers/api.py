"""Facts over the API: the shop's back end posts lists of records, in the columns of `docs/data.md`.

`POST /api/v1/orders/` with `[{"order_id": …}, …]`, up to 1,000 records, answers 200 with counts and with what was
refused and why; everything else is stored. The same post again changes nothing. `?source=` names the sender's system
where a shop has several. The account behind the key needs the permissions that the view names.
"""

from collections.abc import Callable, Mapping
from functools import partial

from django.db import OperationalError
from django.utils.translation import gettext as _
from psycopg.errors import DeadlockDetected
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError, PermissionDenied, ValidationError
from rest_framework.parsers import JSONParser
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from customers import ingest
from customers.ingest.result import IngestResult
from customers.ingest.schema import LINE
from customers.models import ConsentEntry

MOST_RECORDS = 1_000
MOST_BYTES = 5_000_000
LONGEST_SOURCE = 40
MOST_ATTEMPTS = 3
ADD_CONSENT = "customers.add_consententry"
API = ConsentEntry.Method.API


class TooLarge(APIException):
    """The request is larger than any list of records has to be."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"


class MayPostFacts(BasePermission):
    """A post makes and changes, so the account needs each permission that the view names."""

    def has_permission(self, request: Request, view: "FactsView") -> bool:
        """Ask the account behind the key or the session."""
        return request.user.has_perms(view.permissions_needed)


class FactsView(APIView):
    """Take in a list of records of one kind."""

    permission_classes = (MayPostFacts,)
    parser_classes = (JSONParser,)
    permissions_needed: tuple[str, ...] = ()
    ingest: Callable[..., IngestResult]

    def post(self, request: Request) -> Response:
        """Store what is good and say what is not."""
        records = _records(request)
        self.check_records(request, records)
        numbered = [{**record, LINE: index} for index, record in enumerate(records)]
        return Response(_as_json(self._ingest(numbered, source=_source(request))))

    def _ingest(self, records: list[Mapping[str, object]], *, source: str) -> IngestResult:
        """Store the records, once more when another import of the same rows was in the way."""
        for _attempt in range(MOST_ATTEMPTS - 1):
            try:
                return type(self).ingest(records, source=source)
            except OperationalError as error:
                if not isinstance(error.__cause__, DeadlockDetected):
                    raise
        return type(self).ingest(records, source=source)

    def check_records(self, request: Request, records: list[Mapping[str, object]]) -> None:
        """Refuse records that this account may not send."""


class CustomersView(FactsView):
    """Customers, with the consents that came with them."""

    permissions_needed = ("customers.add_customer", "customers.change_customer")
    ingest = partial(ingest.ingest_customers, method=API)

    def check_records(self, request: Request, records: list[Mapping[str, object]]) -> None:
        """Refuse consents from an account that may not record any."""
        names_consent = any(key.startswith("consent.") for record in records for key in record)
        if names_consent and not request.user.has_perm(ADD_CONSENT):
            raise PermissionDenied(_("This account may not record consents."))


class StoresView(FactsView):
    """Stores."""

    permissions_needed = ("customers.add_store", "customers.change_store")
    ingest = partial(ingest.ingest_stores)


class ProductsView(FactsView):
    """Products."""

    permissions_needed = ("customers.add_product", "customers.change_product")
    ingest = partial(ingest.ingest_products)


class OrdersView(FactsView):
    """Orders, one record a line, the order's columns repeated. `new` and the like count orders, not records."""

    permissions_needed = ("customers.add_order", "customers.change_order")
    ingest = partial(ingest.ingest_orders)


class EventsView(FactsView):
    """What people did on the shop's page and in its app."""

    permissions_needed = ("customers.add_event",)
    ingest = partial(ingest.ingest_events)


class ConsentsView(FactsView):
    """What customers said about consent."""

    permissions_needed = (ADD_CONSENT,)
    ingest = partial(ingest.ingest_consents, method=API)


def _records(request: Request) -> list[Mapping[str, object]]:
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
        raise TooLarge(_("Send at most %(count)d bytes at once.") % {"count": MOST_BYTES})
    try:
        records = request.data
    except RecursionError as error:
        raise ParseError(_("This is nested too deeply.")) from error
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise ValidationError({"detail": _("Send a JSON list of objects, one a record.")}, code="not_a_list")
    if len(records) > MOST_RECORDS:
        raise ValidationError(
            {"detail": _("Send at most %(count)d records at once.") % {"count": MOST_RECORDS}}, code="too_many"
        )
    return records


def _source(request: Request) -> str:
    source = request.query_params.get("source", "shop")
    if not source or len(source) > LONGEST_SOURCE or not source.isprintable():
        raise ValidationError({"source": _("Name the sending system in at most 40 characters.")}, code="bad_source")
    return source


def _as_json(result: IngestResult) -> dict[str, object]:
    return {
        "read": result.read,
        "new": result.new,
        "changed": result.changed,
        "unchanged": result.unchanged,
        "refused": result.refused,
        "refusals": [
            {"index": refusal.line, "field": refusal.field, "message": refusal.message} for refusal in result.refusals
        ],
        "notices": result.notices,
    }
