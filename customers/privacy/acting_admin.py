"""Rows that people act on with buttons, each a POST of its own; a refusal is shown as it was said."""

from functools import partial

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponseNotAllowed, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse

from crm_project.errors import BusinessError
from crm_project.read_only_admin import BigTableAdmin


class ActingAdmin(BigTableAdmin):
    """A list to read, a page of one row, and acts on it.

    Each name in `acts` is a method `act_<name>(request, row)` that asks for its permission and returns the sentence
    that says what happened, or a response of its own.
    """

    acts: tuple[str, ...] = ()

    def get_urls(self) -> list[URLPattern]:
        return [*(self._url(name) for name in self.acts), *super().get_urls()]

    def _url(self, name: str) -> URLPattern:
        view = self.admin_site.admin_view(partial(self._act, name=name))
        return path(f"<int:pk>/{name}/", view, name=f"{self.opts.app_label}_{self.opts.model_name}_{name}")

    def _act(self, request: HttpRequest, pk: int, *, name: str) -> HttpResponseBase:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        row = self.row(request, pk)
        try:
            done = getattr(self, f"act_{name}")(request, row)
        except BusinessError as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(self.page_of(row))
        if isinstance(done, HttpResponseBase):
            return done
        self.log_change(request, row, name)
        messages.success(request, done)
        return HttpResponseRedirect(self.page_of(row))

    def row(self, request: HttpRequest, pk: int | str) -> Model:
        """Return the row for a reader who may see it.

        Raises:
            Http404: there is none.
            PermissionDenied: the reader may not.
        """
        if not self.has_view_permission(request):
            raise PermissionDenied
        number = int(pk) if str(pk).isdecimal() else 0
        return get_object_or_404(self.get_queryset(request), pk=number)

    def page_of(self, row: Model) -> str:
        """Return the address of the row's page."""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[row.pk])


def permit(request: HttpRequest, *permissions: str) -> None:
    """Go on for who holds all of these.

    Raises:
        PermissionDenied: the reader lacks one.
    """
    if not request.user.has_perms(permissions):
        raise PermissionDenied
