"""What a person sees after too many wrong passwords."""

from math import ceil

from axes.helpers import get_cool_off
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

TOO_MANY_REQUESTS = 429


def locked_out(request: HttpRequest, response: HttpResponse | None, credentials: object) -> HttpResponse:
    """Say for how long the account is closed; the same whether it exists or not."""
    wait = get_cool_off(request)
    context = {
        **admin.site.each_context(request),
        "title": _("Too many wrong passwords"),
        "cooloff_minutes": ceil(wait.total_seconds() / 60),
    }
    answer = render(request, "operations/locked_out.html", context, status=TOO_MANY_REQUESTS)
    answer["Retry-After"] = str(int(wait.total_seconds()))
    return answer
