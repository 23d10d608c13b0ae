"""Secrets that others gave us and that we must be able to read again, such as a platform's signing key.

They lie in the database encrypted, under a key of their own that is not in it, so that a copy of the database opens
nothing. What we gave out ourselves (API keys) is kept as a hash instead.
"""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from crm_project.errors import BusinessError


class SecretUnreadable(BusinessError):
    """A stored secret was sealed with a key that this installation no longer has."""

    code = "secret_unreadable"


def seal(secret: str) -> str:
    """Return the secret encrypted with the newest key."""
    return _box().encrypt(secret.encode()).decode("ascii")


def unseal(sealed: str) -> str:
    """Return what was sealed with any of the keys.

    Raises:
        SecretUnreadable: none of the keys opens it.
    """
    try:
        return _box().decrypt(sealed.encode("ascii")).decode()
    except InvalidToken as error:
        raise SecretUnreadable("SECRETS_KEYS has no key that opens this secret. Enter the secret again.") from error


def _box() -> MultiFernet:
    keys = [key.strip() for key in settings.SECRETS_KEYS.split(",") if key.strip()]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest())) for key in keys])
