"""Pages of long lists by a cursor: the next begins behind the last row, so nothing is counted or skipped over."""

from django.http import HttpRequest


def next_page_url(request: HttpRequest, cursor: object | None) -> str:
    """Return the address of the page behind a cursor, with all else that was asked; empty where there is none."""
    if cursor is None:
        return ""
    query = request.GET.copy()
    query["after"] = str(cursor)
    return f"?{query.urlencode()}"
