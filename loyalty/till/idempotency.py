"""A request with a key is decided once, and answered the same for ever after.

The key's row is written in the transaction that books, and before it: whoever sends the same key meanwhile waits for
that row, so that a crash leaves no row that says "running". Refusals are decisions and are kept; malformed requests,
busy ones and changed quotes are none, and their key may be sent again.
"""

import json
from collections.abc import Callable
from datetime import timedelta

from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac
from psycopg.errors import DeadlockDetected, LockNotAvailable, QueryCanceled
from rest_framework.request import Request
from rest_framework.response import Response

from crm_project.api_errors import HTTP_UNPROCESSABLE
from crm_project.errors import BusinessError
from crm_project.idempotency import HEADER, REPLAYED, check_key
from loyalty.ledger import current_program
from loyalty.models import TillRequest
from loyalty.till.refusals import Busy, refused

KEPT_FOR = timedelta(days=90)
# A cashier waits no longer for a lock; then the till sends the same key again.
PATIENCE = "SET LOCAL lock_timeout = '3s'; SET LOCAL statement_timeout = '10s'"
TRY_AGAIN = (DeadlockDetected, LockNotAvailable, QueryCanceled)
CLAIM = """
    INSERT INTO loyalty_tillrequest (program_id, terminal_id, key, fingerprint, answer)
    VALUES (%s, %s, %s, %s, '') ON CONFLICT (program_id, terminal_id, key) DO NOTHING RETURNING id
"""


def key_of(request: Request) -> str:
    """Return the request's key.

    Raises:
        ValidationError: there is none, or it is too long or unprintable.
    """
    key = request.headers.get(HEADER, "")
    check_key(key)
    return key


def answer_known(request: Request) -> Response | None:
    """Return the answer that the key has already; None where it is new.

    Raises:
        TillRefused: the key belongs to another request (`KEY_REUSED`).
    """
    known = _rows(request).exclude(status=None).first()
    return _replay(known, _fingerprint(request)) if known else None


def answer_once(request: Request, decide: Callable[[], Response]) -> Response:
    """Decide the request, or return what was decided the first time.

    Raises:
        TillRefused: `KEY_REUSED`.
        Busy: a lock was not to be had in time.
    """
    fingerprint = _fingerprint(request)
    try:
        with transaction.atomic():
            row = _claim(request, fingerprint)
            if row is None:
                return _replay(_rows(request).get(), fingerprint)
            response = _decide(decide)
            answer = json.dumps(response.data, ensure_ascii=False, default=str)
            TillRequest.objects.filter(pk=row).update(status=response.status_code, answer=answer)
            return response
    except OperationalError as error:
        if isinstance(error.__cause__, TRY_AGAIN):
            raise Busy from error
        raise


def purge() -> int:
    """Delete the answers that are older than 90 days; return how many. Receipts are booked once even after that."""
    return TillRequest.objects.filter(created_at__lt=timezone.now() - KEPT_FOR).delete()[0]


def _decide(decide: Callable[[], Response]) -> Response:
    try:
        with transaction.atomic():
            return decide()
    except BusinessError as refusal:
        return Response({"code": refusal.code, "detail": str(refusal)}, status=HTTP_UNPROCESSABLE)


def _claim(request: Request, fingerprint: str) -> int | None:
    """Write the key's row and return it; None where there is one, after its transaction has ended."""
    with connection.cursor() as cursor:
        cursor.execute(PATIENCE)
        cursor.execute(CLAIM, [current_program().pk, request.auth.terminal.pk, key_of(request), fingerprint])
        row = cursor.fetchone()
        return row[0] if row else None


def _rows(request: Request) -> QuerySet[TillRequest]:
    own = TillRequest.objects.filter(program=current_program(), terminal=request.auth.terminal)
    return own.filter(key=key_of(request))


def _replay(known: TillRequest, fingerprint: str) -> Response:
    if known.fingerprint != fingerprint:
        raise refused("KEY_REUSED")
    status = 200 if known.status == 201 else known.status
    return Response(json.loads(known.answer), status=status, headers={REPLAYED: "true"})


def _fingerprint(request: Request) -> str:
    asked = f"{request.method} {request.get_full_path()}\n".encode() + request._request.body
    return salted_hmac("loyalty.till.idempotency", asked, algorithm="sha256").hexdigest()
