"""What `tracking` compares with: the pixel as it is usually written, a view with one insert a hit.

It reads the same tokens as ours, cleans what the caller says the same way, and writes the same row.
"""

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from rest_framework.decorators import api_view, authentication_classes, permission_classes, throttle_classes

from campaigns import links
from campaigns.models import Hit
from campaigns.tracking import answers
from crm_project.client_address import clean_user_agent, client_address, hash_address


@api_view(["GET"])
@authentication_classes([])
@permission_classes([])
@throttle_classes([])
def pixel(request: HttpRequest, token: str) -> HttpResponse:
    """Record an open by the ORM, each in a transaction of its own."""
    read = links.read(token)
    if read:
        Hit.objects.create(
            message_id=read.message_id,
            kind=read.kind,
            occurred_at=timezone.now(),
            user_agent=clean_user_agent(request.headers.get("User-Agent", "")),
            ip_hash=hash_address(client_address(request)),
        )
    return HttpResponse(answers.PIXEL, content_type=answers.PIXEL_TYPE, headers=answers.NOT_KEPT)


urlpatterns = [path("o/<str:token>.gif", pixel)]
