"""A call of a page: whose, whence, how often, how large. Every refusal looks like an empty answer.

No cookie and no login is read or set. A browser may read the answer only from the site's own addresses.
"""

import json
from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from crm_project.client_address import client_address, hash_address, network_of
from crm_project.rate_limits import Verdict, count_call
from customers.models import TrackedSite
from customers.web_events import sites

# Of one address to one site, of IPv6 of one customer's network; behind the address of a telephone company or an
# office there are many people.
CALLS_A_MINUTE = 1_200
# What browsers send behind a page that is being left (`keepalive`, `sendBeacon`).
MOST_BYTES = 65_536
NOT_KEPT = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex", "Vary": "Origin"}

Refusal = TrackedSite.Refusal
Said = dict[str, object]
Answer = Callable[[TrackedSite, Said], HttpResponse]


def public_call(answer: Answer) -> Callable[[HttpRequest, str], HttpResponse]:
    """Make an answer to what a page of a site said into a view that anybody may call."""

    @csrf_exempt
    @wraps(answer)
    def view(request: HttpRequest, public_key: str) -> HttpResponse:
        site, origin = sites.find(public_key), request.headers.get("Origin", "")
        if site is None or request.method not in ("POST", "OPTIONS"):
            return nothing()
        if origin not in site.allowed_origins:
            sites.note_refusal(site, Refusal.ORIGIN, origin=origin, at=timezone.now())
            return nothing()
        answered = nothing() if request.method == "OPTIONS" else _answer(answer, request, site)
        return _allowed(answered, origin)

    return view


def nothing() -> HttpResponse:
    """Return the empty answer that everybody gets, whatever came of a call."""
    return HttpResponse(status=204, headers=NOT_KEPT)


def _answer(answer: Answer, request: HttpRequest, site: TrackedSite) -> HttpResponse:
    caller = hash_address(network_of(client_address(request)))
    verdict = count_call(f"web {site.pk} {caller}", limit=CALLS_A_MINUTE, seconds=60)
    if not verdict.is_allowed:
        return _too_often(site, verdict)
    said = _said(request)
    if said is None:
        sites.note_refusal(site, Refusal.UNREADABLE, at=timezone.now())
        return nothing()
    return answer(site, said)


def _too_often(site: TrackedSite, verdict: Verdict) -> HttpResponse:
    sites.note_refusal(site, Refusal.TOO_OFTEN, at=timezone.now())
    return HttpResponse(status=429, headers={**NOT_KEPT, "Retry-After": str(verdict.retry_after)})


def _said(request: HttpRequest) -> Said | None:
    """Return the JSON object of a body, of whatever type it calls itself: beacons are plain text."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
        return None
    try:
        said = json.loads(request.body.decode())
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def _allowed(answer: HttpResponse, origin: str) -> HttpResponse:
    answer["Access-Control-Allow-Origin"] = origin
    answer["Access-Control-Allow-Methods"] = "POST"
    answer["Access-Control-Allow-Headers"] = "Content-Type"
    answer["Access-Control-Max-Age"] = "86400"
    return answer
