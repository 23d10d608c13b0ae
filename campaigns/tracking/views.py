"""The public addresses of messages: pixel, click and unsubscribe page. No login, no cookie; the token is everything."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.encoding import iri_to_uri
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from campaigns import links
from campaigns.models import Hit
from campaigns.tracking import answers, unsubscribing
from campaigns.tracking.app_reports import KINDS, report_one
from campaigns.tracking.appending import Caller
from campaigns.tracking.flood_gate import FloodGate, seconds_to_wait
from campaigns.tracking.record import record
from crm_project.client_address import client_address
from crm_project.rate_limits import count_call

flood_gate = FloodGate()
# Of one message, which one person has: with each, all there is about it is counted again.
REPORTS_A_MINUTE = 60


class Throttle(BaseThrottle):
    """Refuse an address that asks too often."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Count the request; return whether it may pass."""
        return flood_gate.lets_pass(client_address(request))

    def wait(self) -> float:
        """Return the seconds until the next minute begins."""
        return seconds_to_wait()


class WhateverIsAccepted(BaseContentNegotiation):
    """Answer what we have: mail clients ask for `image/*`, which a JSON renderer would refuse."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser:
        """Return the first parser; bodies are not read."""
        return next(iter(parsers))

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str | None]:
        """Return the first renderer, used for refusals only."""
        renderer = next(iter(renderers))
        return renderer, renderer.media_type


class TrackingView(APIView):
    """An address anybody may call who has the token."""

    authentication_classes = ()
    permission_classes = ()
    throttle_classes = (Throttle,)
    content_negotiation_class = WhateverIsAccepted
    http_method_names = ["get", "head"]


class PixelView(TrackingView):
    """Answer the same picture to everybody, and write down who asked with a good token."""

    def get(self, request: Request, token: str) -> HttpResponse:
        """Record an open."""
        read = _token(token, Hit.Kind.OPEN)
        if read:
            record(read, _caller(request), at=timezone.now())
        return HttpResponse(answers.PIXEL, content_type=answers.PIXEL_TYPE, headers=answers.NOT_KEPT)


class ClickView(TrackingView):
    """Redirect to the link that was stored when the content was approved, and to nothing else; a trap leads nowhere."""

    def get(self, request: Request, token: str) -> HttpResponse:
        """Record a click and send the caller on."""
        read = _token(token, *links.CLICKED)
        recorded = record(read, _caller(request), at=timezone.now()) if read else None
        if recorded is None:
            return not_found()
        if not recorded.url:
            return HttpResponse(status=204, headers=answers.NOT_KEPT)
        return HttpResponse(status=302, headers={"Location": iri_to_uri(recorded.url), **answers.NOT_KEPT})


class AppReportView(TrackingView):
    """Take what an app or a service worker reports of a message that it has the delivery id of."""

    http_method_names = ["post", "options"]

    def post(self, request: Request, token: str, kind: str) -> HttpResponse:
        """Record it. The answer is the same for everybody."""
        read = _token(token, Hit.Kind.OPEN)
        if read and kind in KINDS and _is_one_persons(read):
            report_one(read, kind, _caller(request), at=timezone.now())
        return HttpResponse(status=204, headers=answers.NOT_KEPT)


class UnsubscribeView(TrackingView):
    """A page with one button; pressing it, or a mail service's one-click POST (RFC 8058), withdraws at once."""

    http_method_names = ["get", "head", "post"]

    def get(self, request: Request, token: str) -> HttpResponse:
        """Show the page. Changes nothing: scanners follow every link (L-11, RFC 8058)."""
        read = _token(token, Hit.Kind.UNSUBSCRIBE)
        page = unsubscribing.page_of(read.message_id) if read else None
        if page is None:
            return not_found()
        return _page(request, "tracking/unsubscribe.html", {"page": page, "shop_name": page.sender_name})

    def post(self, request: Request, token: str) -> HttpResponse:
        """Withdraw, as often as it is asked, and say so without a redirect."""
        read = _token(token, Hit.Kind.UNSUBSCRIBE)
        page = unsubscribing.unsubscribe(read, _caller(request), at=timezone.now()) if read else None
        if page is None:
            return not_found()
        return _page(request, "tracking/unsubscribe.html", {"page": page, "shop_name": page.sender_name})


def not_found() -> HttpResponse:
    """Answer for an address we did not write: a page, never a redirect."""
    return HttpResponse(answers.page_not_found(), status=404, headers=answers.NOT_KEPT)


def _token(text: str, *kinds: Hit.Kind) -> links.Token | None:
    token = links.read(text)
    return token if token and token.kind in kinds else None


def _is_one_persons(token: links.Token) -> bool:
    return count_call(f"app reports {token.message_id}", limit=REPORTS_A_MINUTE, seconds=60).is_allowed


def _caller(request: Request) -> Caller:
    return Caller(request.method or "", request.headers.get("User-Agent", ""), client_address(request))


def _page(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    return HttpResponse(render_to_string(template, context, request), status=status, headers=answers.NOT_KEPT)
