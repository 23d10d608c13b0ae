"""What everybody is answered, whichever application does it: nothing that tells a good token from a bad one."""

import base64
from functools import cache

from django.template.loader import render_to_string

PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==")
PIXEL_TYPE = "image/gif"
PAGE_TYPE = "text/html; charset=utf-8"
NOT_KEPT = {"Cache-Control": "no-store, max-age=0", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}
# Seconds after which whoever was turned away for want of room may ask again.
RETRY_AFTER = 1


@cache
def page_not_found() -> bytes:
    """Return the page for an address that we did not write. It holds both languages, so there is one only."""
    return render_to_string("tracking/not_found.html").encode()
