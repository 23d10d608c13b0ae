"""Who a visitor is, as the shop's server signed it. A page can claim anything, so nothing else counts.

A token is `<Unix seconds>.<HMAC-SHA256 in hex>` over `<customer number>.<Unix seconds>`, made with the site's secret.
"""

import hashlib
import hmac
import re
from datetime import datetime, timedelta

from crm_project.sealed_secrets import unseal
from customers.models import TrackedSite

# A page may stand open for days, and what it says may wait for the network.
VALID_FOR = timedelta(days=7)
SHOPS_CLOCK_AHEAD = timedelta(minutes=10)
LONGEST_NUMBER = 100
TOKEN = re.compile(r"(\d{1,11})\.([0-9a-f]{64})", re.ASCII)


def sign(secret: str, customer_number: str, *, at: datetime) -> str:
    """Return the token that the shop's server would make for a customer it has just served a page to."""
    seconds = str(int(at.timestamp()))
    return f"{seconds}.{_mac(secret, customer_number, seconds)}"


def signed_number(site: TrackedSite, said: object, *, at: datetime) -> str | None:
    """Return the customer number of a pair (number, token); None where the shop did not sign it in the last week."""
    if not isinstance(said, list) or len(said) != 2 or not all(isinstance(part, str) for part in said):
        return None
    number, token = said
    parts = TOKEN.fullmatch(token)
    if not parts or not 0 < len(number) <= LONGEST_NUMBER or not number.isprintable():
        return None
    age = at.timestamp() - int(parts[1])
    if not -SHOPS_CLOCK_AHEAD.total_seconds() <= age <= VALID_FOR.total_seconds():
        return None
    macs = [_mac(secret, number, parts[1]) for secret in _secrets(site, at)]
    return number if any(hmac.compare_digest(mac, parts[2]) for mac in macs) else None


def _secrets(site: TrackedSite, at: datetime) -> list[str]:
    """Return the site's secret, and its former one while that still counts."""
    sealed = [site.sealed_secret]
    if site.former_secret_until and site.former_secret_until > at:
        sealed.append(site.sealed_former_secret)
    return [unseal(each) for each in sealed if each]


def _mac(secret: str, number: str, seconds: str) -> str:
    return hmac.new(secret.encode(), f"{number}.{seconds}".encode(), hashlib.sha256).hexdigest()
