"""A mail's body for the frame it is shown in: its own styles and pictures load, nothing else does."""

from django.http import HttpResponse

MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src https: data:; frame-ancestors 'self'; sandbox"


def mail_response(html: str) -> HttpResponse:
    """Return the HTML of a mail under a policy of its own, to be framed by our pages only."""
    response = HttpResponse(html)
    response.headers["Content-Security-Policy"] = MAIL_POLICY
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    response.headers["Cache-Control"] = "no-store"
    return response
