"""Where a request comes from, when proxies of ours stand between."""

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """Return the address of the client.

    Each of our `NUM_PROXIES` proxies appends the address it was called from to X-Forwarded-For, so only that many
    entries, counted from the right, can be believed; the client itself may write anything to the left of them.
    """
    forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    if settings.NUM_PROXIES and forwarded:
        return forwarded[-min(settings.NUM_PROXIES, len(forwarded))]
    return request.META.get("REMOTE_ADDR", "")
