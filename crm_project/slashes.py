"""Addresses asked for without their last slash."""

from functools import partial

from django.http import HttpRequest, HttpResponsePermanentRedirect
from django.middleware.common import CommonMiddleware
from django.utils.http import escape_leading_slashes


class KeptBodyMiddleware(CommonMiddleware):
    """Django's, but whoever left the last slash out is sent on with method and body (308).

    Django's own 301 makes a GET of a webhook or an API call, its body lost; while DEBUG is on it is an error.
    """

    response_redirect_class = partial(HttpResponsePermanentRedirect, preserve_request=True)

    def get_full_path_with_slash(self, request: HttpRequest) -> str:
        """Return the address with its slash, never one that begins with two."""
        return escape_leading_slashes(request.get_full_path(force_append_slash=True))
