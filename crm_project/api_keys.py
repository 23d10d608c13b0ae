"""Keys with which machines call the API: made once, shown once, kept as a hash.

A key may expire. To change keys without a gap, rotate: the new one works at once, the former for some days more.

A machine sends `Authorization: Bearer dgl_<prefix>_<secret>`. The secret is 32 random bytes, so one round of SHA-256
is enough: there is nothing to guess.
"""

import hashlib
import hmac
import secrets
from datetime import timedelta

from django.contrib.auth.models import AbstractUser
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from crm_project.client_address import client_address
from crm_project.models import ApiKey
from crm_project.rate_limits import count_call

SCHEME = "Bearer"
# Writing the last use at each request would make every reader a writer of one hot row.
NOTE_USE_EVERY = timedelta(minutes=1)
# How long the former key still works after a rotation.
OVERLAP = timedelta(days=7)
# Wrong keys that one address may show in a minute. Right ones always pass: a neighbour behind the same address who
# mistypes must not lock the shop out, and 32 random bytes cannot be guessed.
WRONG_KEYS_A_MINUTE = 30


def make(*, name: str, user: AbstractUser) -> tuple[ApiKey, str]:
    """Store a new key and return it with its text, which nobody can see again."""
    key = ApiKey(name=name, user=user)
    return key, issue(key)


def issue(key: ApiKey) -> str:
    """Give the key a new prefix and secret, save it, and return the text to hand over."""
    key.prefix = secrets.token_hex(4)
    secret = secrets.token_hex(32)
    key.secret_hash = _hash(secret)
    key.save()
    return f"dgl_{key.prefix}_{secret}"


def revoke(key: ApiKey) -> None:
    """Refuse the key from now on."""
    ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now())


def rotate(key: ApiKey, *, overlap: timedelta = OVERLAP) -> tuple[ApiKey, str]:
    """Make the key's successor and let the key itself expire after the overlap; return the new key and its text."""
    ends = timezone.now() + overlap
    successor, text = make(name=key.name, user=key.user)
    still_longer = Q(expires_at=None) | Q(expires_at__gt=ends)
    ApiKey.objects.filter(still_longer, pk=key.pk).update(expires_at=ends)
    return successor, text


class ApiKeyAuthentication(BaseAuthentication):
    """Takes the caller for the service account of the key it shows."""

    def authenticate(self, request: Request) -> tuple[AbstractUser, ApiKey] | None:
        scheme, _space, text = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() != SCHEME.lower():
            return None
        key = _find(text.strip())
        if key is None:
            _count_wrong_key(request)
            raise AuthenticationFailed(
                _("This API key is unknown, expired or revoked, or its account is switched off.")
            )
        _note_use(key)
        return key.user, key

    def authenticate_header(self, request: Request) -> str:
        """Make DRF answer 401 rather than 403 to a caller without a key."""
        return SCHEME


class ApiKeyThrottle(SimpleRateThrottle):
    """Limits each key, by default to 600 requests a minute, counted over all web processes."""

    scope = "api_key"
    retry_after: int | None = None

    def get_cache_key(self, request: Request, view: object) -> str | None:
        """Return the key's counter; people with a session have none."""
        return f"{self.scope} {request.auth.prefix}" if isinstance(request.auth, ApiKey) else None

    def allow_request(self, request: Request, view: object) -> bool:
        """Count the request, in the database instead of this process's cache."""
        subject = self.get_cache_key(request, view)
        if subject is None:
            return True
        verdict = count_call(subject, limit=self.num_requests, seconds=self.duration)
        self.retry_after = verdict.retry_after
        return verdict.is_allowed

    def wait(self) -> int | None:
        """Return the seconds of Retry-After."""
        return self.retry_after


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _find(text: str) -> ApiKey | None:
    brand, _underscore, rest = text.partition("_")
    prefix, _underscore, secret = rest.partition("_")
    if brand != "dgl" or not secret or "\0" in prefix:
        return None
    not_expired = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
    usable = ApiKey.objects.filter(not_expired, prefix=prefix, revoked_at=None, user__is_active=True)
    key = usable.select_related("user").first()
    return key if key and hmac.compare_digest(key.secret_hash, _hash(secret)) else None


def _count_wrong_key(request: Request) -> None:
    verdict = count_call(f"wrong key {client_address(request)}", limit=WRONG_KEYS_A_MINUTE, seconds=60)
    if not verdict.is_allowed:
        raise Throttled(verdict.retry_after)


def _note_use(key: ApiKey) -> None:
    now = timezone.now()
    not_lately = Q(last_used_at=None) | Q(last_used_at__lt=now - NOTE_USE_EVERY)
    if key.last_used_at is None or key.last_used_at < now - NOTE_USE_EVERY:
        ApiKey.objects.filter(not_lately, pk=key.pk).update(last_used_at=now)
