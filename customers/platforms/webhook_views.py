"""The address that platforms call: `/webhooks/<platform>/<key>/`.

Answers 200 once a call is stored, also for one that came before; 401 for one without the right secret, and after many
of those from one address 429. Nothing of a call is believed before its secret was checked.
"""

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from crm_project.client_address import client_address
from crm_project.rate_limits import count_call
from customers.errors import DeliveryRefused
from customers.models import WebhookEndpoint
from customers.platforms import deliveries
from customers.platforms.told import Call

MOST_BYTES = 2_000_000
WRONG_SECRETS_A_MINUTE = 30


@csrf_exempt
@require_POST
def hear(request: HttpRequest, platform: str, public_key: str) -> HttpResponse:
    """Store a call of a platform."""
    if "\x00" in platform + public_key:  # no text to the database, which would say so by an error
        raise Http404
    endpoint = WebhookEndpoint.objects.filter(platform=platform, public_key=public_key, is_active=True).first()
    if endpoint is None:
        raise Http404
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
        return _refusal("too_large", status=413)
    call = Call({name.lower(): value for name, value in request.headers.items()}, request.body)
    if not deliveries.is_genuine(endpoint, call):
        return _wrong_secret(request)
    try:
        is_new = deliveries.receive(endpoint, call)
    except DeliveryRefused as refusal:
        return _refusal(refusal.code, status=400)
    return JsonResponse({"received": True, "repeated": not is_new})


def _wrong_secret(request: HttpRequest) -> HttpResponse:
    verdict = count_call(f"wrong webhook {client_address(request)}", limit=WRONG_SECRETS_A_MINUTE, seconds=60)
    if verdict.is_allowed:
        return _refusal("wrong_secret", status=401)
    answer = _refusal("throttled", status=429)
    answer["Retry-After"] = str(verdict.retry_after)
    return answer


def _refusal(code: str, *, status: int) -> HttpResponse:
    return JsonResponse({"code": code}, status=status)
