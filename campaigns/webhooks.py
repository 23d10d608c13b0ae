"""The address that gateways call with their reports: `/webhooks/<account>/<secret>/`.

Always the same answer once a call is stored, also for one that came before or is about nothing of ours. The secret is
a token that names the account (`crm_project/signed_tokens.py`); signed calls are checked besides, by the gateway.
"""

import struct
from contextlib import closing

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from campaigns.gateways.base import CallsBack, GatewayError, WebhookRefused, made_with, names_of
from campaigns.models import ChannelAccount, GatewayReport
from campaigns.pipeline import reports
from crm_project import signed_tokens
from crm_project.client_address import client_address
from crm_project.rate_limits import Verdict, count_call

MOST_BYTES = 2_000_000
CALLS_A_MINUTE = 3_000
WRONG_SECRETS_A_MINUTE = 30
# Shorter than what the links in messages say, which are made with the same keys: neither is taken for the other.
BODY = struct.Struct(">Q")


def address_of(account: ChannelAccount) -> str:
    """Return the address to enter at the gateway."""
    secret = signed_tokens.write(BODY.pack(account.pk), settings.TRACKING_KEYS)
    return settings.SITE_URL + reverse("gateway_webhook", args=[account.pk, secret])


@csrf_exempt
@require_http_methods(["POST", "HEAD"])
def hear(request: HttpRequest, account_id: int, secret: str) -> HttpResponse:
    """Keep what a gateway reports. HEAD is how some of them try an address."""
    said = signed_tokens.read(secret, settings.TRACKING_KEYS, length=BODY.size)
    if said is None or BODY.unpack(said) != (account_id,):
        return _wrong(request)
    account = ChannelAccount.objects.filter(pk=account_id).first()
    if account is None or account.gateway not in names_of(CallsBack):
        raise Http404
    if request.method == "HEAD":
        return HttpResponse()
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
        return _refusal("too_large", status=413)
    verdict = count_call(f"webhook {account_id}", limit=CALLS_A_MINUTE, seconds=60)
    return _keep(account, request) if verdict.is_allowed else _throttled(verdict)


def _keep(account: ChannelAccount, request: HttpRequest) -> HttpResponse:
    with closing(made_with(CallsBack, account)) as gateway:
        try:
            told = gateway.read_webhook(request)
        except WebhookRefused as refused:
            return _refusal(refused.code, status=401)
        except GatewayError as error:  # what it says must be asked for, and cannot be now: it calls again
            return _refusal(error.code, status=503)
    reports.keep(account, told, source=GatewayReport.Source.WEBHOOK)
    return JsonResponse({"received": True})


def _wrong(request: HttpRequest) -> HttpResponse:
    """Say that there is no such address, and after many guesses nothing but to wait."""
    verdict = count_call(f"wrong webhook {client_address(request)}", limit=WRONG_SECRETS_A_MINUTE, seconds=60)
    if verdict.is_allowed:
        raise Http404
    return _throttled(verdict)


def _throttled(verdict: Verdict) -> HttpResponse:
    answer = _refusal("throttled", status=429)
    answer["Retry-After"] = str(verdict.retry_after)
    return answer


def _refusal(code: str, *, status: int) -> HttpResponse:
    return JsonResponse({"code": code}, status=status)
