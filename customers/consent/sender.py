"""In whose name the shop speaks to its customers outside of a campaign: name, contact, address (L-10, L-12).

The floor above knows the accounts messages leave by; it registers where the name comes from.
"""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

from crm_project.registry import Registry


@dataclass(frozen=True)
class ShopIdentity:
    """What the law wants a customer to be told about the sender."""

    name: str
    phone: str = ""
    postal_address: str = ""


IDENTITIES: Registry[Callable[[], ShopIdentity | None]] = Registry("source of the shop's identity")


def shop_identity() -> ShopIdentity:
    """Return who the shop is; by the host it is reached at while nobody entered a sender."""
    found = filter(None, (source() for source in IDENTITIES))
    return next(found, ShopIdentity(urlsplit(settings.SITE_URL).hostname or settings.SITE_URL))
