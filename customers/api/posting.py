"""Lists of records come in: what is good is stored, and each record gets its own result.

The same list again changes nothing. A list with an `Idempotency-Key` is carried out once, and its repetition gets the
first answer word for word.
"""

from collections.abc import Callable, Mapping
from functools import partial

from django.db import OperationalError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from psycopg.errors import DeadlockDetected
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError, ValidationError
from rest_framework.parsers import JSONParser
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from crm_project import idempotency
from crm_project.api_schema import Records
from customers.api.reading import FactsReader, source_of
from customers.api.record_schemas import describe_records
from customers.ingest.result import IngestResult, Refusal
from customers.ingest.schema import LINE, Schema

MOST_RECORDS = 1_000
MOST_BYTES = 5_000_000
MOST_ATTEMPTS = 3

PostedRecords = list[Mapping[str, object]]


class TooLarge(APIException):
    """The request is larger than any list of records has to be."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"


class MayUseFacts(BasePermission):
    """A post makes and changes, a get reads: the account needs each permission that the view names for it."""

    def has_permission(self, request: Request, view: "FactsView") -> bool:
        """Ask the account behind the key or the session; nobody may do what the view names no permission for."""
        wanted = getattr(view, "permissions_to_post" if request.method == "POST" else "permissions_to_read", None)
        return wanted is not None and request.user.has_perms(wanted)


class FactsView(FactsReader):
    """Takes in a list of records of one kind, and gives them out again."""

    permission_classes = (MayUseFacts,)
    parser_classes = (JSONParser,)
    permissions_to_post: tuple[str, ...] = ()
    permissions_to_read: tuple[str, ...] = ()
    ingest: Callable[..., IngestResult]
    record_schema: Schema
    about_posting: str | Promise = ""

    def post(self, request: Request) -> Response:
        """Store what is good and say what is not."""
        _check_size(request)
        return idempotency.answer_once(request, partial(self._take_in, request))

    def _take_in(self, request: Request) -> Response:
        records = _records(request)
        self.check_records(request, records)
        numbered = [{**record, LINE: index} for index, record in enumerate(records)]
        return Response(_as_json(self._ingest(numbered, source=source_of(request))))

    def _ingest(self, records: PostedRecords, *, source: str) -> IngestResult:
        """Store the records, once more when another import of the same rows was in the way."""
        for _attempt in range(MOST_ATTEMPTS - 1):
            try:
                return type(self).ingest(records, source=source, result=IngestResult(outcomes={}))
            except OperationalError as error:
                if not isinstance(error.__cause__, DeadlockDetected):
                    raise
        return type(self).ingest(records, source=source, result=IngestResult(outcomes={}))

    def describe_records(self) -> Records:
        """Say what a record holds, for the API's description of itself."""
        return describe_records(self.record_schema)

    def check_records(self, request: Request, records: PostedRecords) -> None:
        """Refuse records that this account may not send."""


def _check_size(request: Request) -> None:
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
        raise TooLarge(_("Send at most %(count)d bytes at once.") % {"count": MOST_BYTES})


def _records(request: Request) -> PostedRecords:
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


def _as_json(result: IngestResult) -> dict[str, object]:
    """Return the counts, and what became of each record in the order they were sent."""
    refusals = {refusal.line: refusal for refusal in result.refusals}
    return {
        "read": result.read,
        "new": result.new,
        "changed": result.changed,
        "unchanged": result.unchanged,
        "refused": result.refused,
        "results": [_result(index, result, refusals.get(index)) for index in range(result.read)],
        "notices": result.notices,
    }


def _result(index: int, result: IngestResult, refusal: Refusal | None) -> dict[str, object]:
    if refusal:
        why = {"field": refusal.field, "code": refusal.code, "message": refusal.message}
        return {"index": index, "result": "refused"} | why
    outcomes = result.outcomes or {}
    return {"index": index, "result": outcomes[index]}
