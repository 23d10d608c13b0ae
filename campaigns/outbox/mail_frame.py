"""A mail's body for the frame it is shown in: its own styles and pictures load, nothing else does.

Whoever looks at somebody's mail is not that person: our addresses in it, which count opens and clicks, lead nowhere.
"""

import re

from django.conf import settings
from django.http import HttpResponse

MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src https: data:; frame-ancestors 'self'; sandbox"
NO_PICTURE = "data:,"


def mail_response(html: str) -> HttpResponse:
    """Return the HTML of a mail under a policy of its own, to be framed by our pages only."""
    response = HttpResponse(_without_our_addresses(html))
    response.headers["Content-Security-Policy"] = MAIL_POLICY
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    response.headers["Cache-Control"] = "no-store"
    return response


def _without_our_addresses(html: str) -> str:
    ours = re.escape(settings.SITE_URL)
    html = re.sub(rf"""(href=["']){ours}[^"']*""", r"\1#", html)
    return re.sub(rf"{ours}/o/[\w-]+\.gif", NO_PICTURE, html)
