"""A request with an `Idempotency-Key` is carried out once, however often it is sent.

The answer is stored in the transaction that carries the request out, so that neither exists without the other: a
crash leaves nothing behind that says "running". That it runs is known by a lock that ends with its transaction.
"""

import json
from collections.abc import Callable
from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from rest_framework import status
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from crm_project.models import IdempotentRequest

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
KEPT_FOR = timedelta(hours=24)
LONGEST_KEY = 255


class KeyReused(APIException):
    """The same key came with another request."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "idempotency_key_reused"
    default_detail = _("This Idempotency-Key was used for another request. Use a new key for a new request.")


class StillRunning(APIException):
    """The first request with this key has not ended yet."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "idempotency_key_in_use"
    default_detail = _("A request with this Idempotency-Key is still running. Send the same again in a moment.")

    def __init__(self) -> None:
        super().__init__()
        self.wait = 1  # becomes Retry-After


def answer_once(request: Request, carry_out: Callable[[], Response]) -> Response:
    """Carry the request out, or return the answer it got the first time. Requests without a key are carried out.

    Only what was carried out is stored: after a refusal or an error the same key may be sent again.

    Raises:
        KeyReused: the key belongs to another request.
        StillRunning: the first request with the key has not ended.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return carry_out()
    check_key(key)
    fingerprint, user_id = _fingerprint(request), int(request.user.pk or 0)
    with transaction.atomic():
        if not _take_lock(user_id, key):
            raise StillRunning
        known = _find(user_id, key)
        if known:
            return _replay(known, fingerprint)
        response = carry_out()
        if response.status_code < 300:
            _store(user_id, key, fingerprint, response)
        return response


def purge() -> int:
    """Delete the answers that are older than a day; return how many."""
    return IdempotentRequest.objects.filter(created_at__lt=timezone.now() - KEPT_FOR).delete()[0]


def check_key(key: str) -> None:
    """Refuse a key that is none, too long or unprintable.

    Raises:
        ValidationError: says what to send.
    """
    if not 0 < len(key) <= LONGEST_KEY or not key.isascii() or not key.isprintable():
        message = _("Send 1 to 255 visible ASCII characters as Idempotency-Key, such as a UUID.")
        raise ValidationError({"detail": message}, code="bad_idempotency_key")


def _fingerprint(request: Request) -> str:
    asked = f"{request.method} {request.get_full_path()}\n".encode() + request._request.body
    return salted_hmac("crm_project.idempotency", asked, algorithm="sha256").hexdigest()


def _take_lock(user_id: int, key: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, %s))", [key, user_id])
        return cursor.fetchone()[0]


def _find(user_id: int, key: str) -> IdempotentRequest | None:
    fresh = timezone.now() - KEPT_FOR
    return IdempotentRequest.objects.filter(user_id=user_id, key=key, created_at__gte=fresh).first()


def _replay(known: IdempotentRequest, fingerprint: str) -> Response:
    if known.fingerprint != fingerprint:
        raise KeyReused
    return Response(json.loads(known.answer or "{}"), status=known.status, headers={REPLAYED: "true"})


def _store(user_id: int, key: str, fingerprint: str, response: Response) -> None:
    answer = json.dumps(response.data, ensure_ascii=False)
    wanted = {"fingerprint": fingerprint, "status": response.status_code, "answer": answer}
    IdempotentRequest.objects.update_or_create(
        user_id=user_id, key=key, defaults=wanted | {"created_at": timezone.now()}
    )
