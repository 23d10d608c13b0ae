"""Keys with which machines call the API: made once, shown once, kept as a hash.

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
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from crm_project.models import ApiKey

SCHEME = "Bearer"
# Writing the last use at each request would make every reader a writer of one hot row.
NOTE_USE_EVERY = timedelta(minutes=1)


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


class ApiKeyAuthentication(BaseAuthentication):
    """Takes the caller for the service account of the key it shows."""

    def authenticate(self, request: Request) -> tuple[AbstractUser, ApiKey] | None:
        scheme, _space, text = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() != SCHEME.lower():
            return None
        key = _find(text.strip())
        if key is None:
            raise AuthenticationFailed(_("This API key is unknown, revoked, or its account is switched off."))
        _note_use(key)
        return key.user, key

    def authenticate_header(self, request: Request) -> str:
        """Make DRF answer 401 rather than 403 to a caller without a key."""
        return SCHEME


class ApiKeyThrottle(SimpleRateThrottle):
    """Limits each key, by default to 600 requests a minute and web process."""

    scope = "api_key"

    def get_cache_key(self, request: Request, view: object) -> str | None:
        """Return the key's counter; people with a session have none."""
        if not isinstance(request.auth, ApiKey):
            return None
        return self.cache_format % {"scope": self.scope, "ident": request.auth.prefix}


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _find(text: str) -> ApiKey | None:
    brand, _underscore, rest = text.partition("_")
    prefix, _underscore, secret = rest.partition("_")
    if brand != "dgl" or not secret or "\0" in prefix:
        return None
    key = ApiKey.objects.select_related("user").filter(prefix=prefix, revoked_at=None, user__is_active=True).first()
    return key if key and hmac.compare_digest(key.secret_hash, _hash(secret)) else None


def _note_use(key: ApiKey) -> None:
    now = timezone.now()
    not_lately = Q(last_used_at=None) | Q(last_used_at__lt=now - NOTE_USE_EVERY)
    if key.last_used_at is None or key.last_used_at < now - NOTE_USE_EVERY:
        ApiKey.objects.filter(not_lately, pk=key.pk).update(last_used_at=now)
