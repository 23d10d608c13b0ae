"""The tracker itself, served at `/t.js` to the pages of every shop."""

import gzip
from functools import cache
from hashlib import sha256
from pathlib import Path

from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import etag, require_safe

FILE = "dangol/web-tracker/t.js"
# A shop's pages take a new version of the tracker within the hour.
HEADERS = {
    "Cache-Control": "public, max-age=3600",
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Vary": "Accept-Encoding",
}


@cache
def source() -> bytes:
    """Return the script as it stands in its file, read once a process."""
    return Path(finders.find(FILE)).read_bytes()


@cache
def compressed() -> bytes:
    """Return the script as browsers fetch it."""
    return gzip.compress(source(), mtime=0)


def _tag(request: HttpRequest) -> str:
    return f'"{sha256(source()).hexdigest()[:20]}"'


@require_safe
@etag(_tag)
def tracker(request: HttpRequest) -> HttpResponse:
    """Answer the script, to be kept for an hour."""
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        encoded = HttpResponse(compressed(), content_type="text/javascript; charset=utf-8", headers=HEADERS)
        encoded["Content-Encoding"] = "gzip"
        return encoded
    return HttpResponse(source(), content_type="text/javascript; charset=utf-8", headers=HEADERS)
