"""Web trackers in the admin: the lines to paste into a shop's pages, and whether anything arrives."""

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from crm_project.templatetags.components import badge
from crm_project.templatetags.formats import ago
from customers.errors import BadValue
from customers.models import TrackedSite
from customers.web_events import sites


def lines_to_paste(site: TrackedSite) -> str:
    """Return the tag that the shop puts into the head of its pages."""
    return render_to_string("web_events/tag.html", {"site": site, "home": settings.SITE_URL}).strip()


class TrackedSiteForm(forms.ModelForm):
    """A site; its addresses stand one a line."""

    allowed_origins = forms.CharField(
        label=_("Addresses of the shop"),
        help_text=TrackedSite._meta.get_field("allowed_origins").help_text,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "https://www.shop.example"}),
    )
    new_secret = forms.BooleanField(
        label=_("Make a new secret"),
        required=False,
        help_text=_("It is shown once. What the former one signed counts for a day more."),
    )

    class Meta:
        model = TrackedSite
        fields = ("name", "source", "allowed_origins", "asks_first", "is_active")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.initial["allowed_origins"] = "\n".join(self.instance.allowed_origins or [])

    def clean_allowed_origins(self) -> list[str]:
        """Return the origins as browsers name them.

        Raises:
            ValidationError: a line is no address of a site.
        """
        lines = [line for line in self.cleaned_data["allowed_origins"].splitlines() if line.strip()]
        try:
            return list(dict.fromkeys(sites.read_origin(line) for line in lines))
        except BadValue as error:
            raise ValidationError(str(error)) from error


@admin.register(TrackedSite)
class TrackedSiteAdmin(admin.ModelAdmin):
    """The shops whose pages report to us. Never deleted: visitors are numbered by their site."""

    form = TrackedSiteForm
    change_form_template = "web_events/site_form.html"
    list_display = ("name", "state", "shown_last_event", "shown_origins", "source")

    @admin.display(description=_("state"))
    def state(self, site: TrackedSite) -> SafeString:
        """Say whether events are taken, and whether any came."""
        if not site.is_active:
            return badge(_("Inactive"), "quiet", "ban")
        if site.last_event_at is None:
            return badge(_("Nothing heard yet"), "wait", "clock")
        return badge(_("Listens"), "good", "check")

    @admin.display(description=_("last event"), ordering="last_event_at")
    def shown_last_event(self, site: TrackedSite) -> str:
        return ago(site.last_event_at)

    @admin.display(description=_("addresses of the shop"))
    def shown_origins(self, site: TrackedSite) -> str:
        return ", ".join(site.allowed_origins)

    def get_fields(self, request: HttpRequest, obj: TrackedSite | None = None) -> tuple[str, ...]:
        """Offer a new secret for a site that has one."""
        fields = ("name", "allowed_origins", "source", "asks_first", "is_active")
        return (*fields, "new_secret") if obj and self.has_change_permission(request, obj) else fields

    def get_readonly_fields(self, request: HttpRequest, obj: TrackedSite | None = None) -> tuple[str, ...]:
        """Fix what the stored facts hang on."""
        return ("source",) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: TrackedSite | None = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        check = self.admin_site.admin_view(self.check_page)
        return [path("<int:site_id>/live/", check, name="customers_trackedsite_check"), *super().get_urls()]

    def check_page(self, request: HttpRequest, site_id: int) -> HttpResponse:
        """Answer the part of the page that says what was heard last."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return render(request, "web_events/live_check.html", {"site": get_object_or_404(TrackedSite, pk=site_id)})

    def render_change_form(
        self, request: HttpRequest, context: dict[str, object], *args: object, **kwargs: object
    ) -> HttpResponse:
        """Add the lines to paste and the live check."""
        site = kwargs.get("obj")
        more = {"site": site, "lines": lines_to_paste(site) if site else ""}
        return super().render_change_form(request, context | more, *args, **kwargs)

    def save_model(self, request: HttpRequest, site: TrackedSite, form: TrackedSiteForm, change: bool) -> None:
        """Give a new site its secret, and an old one a new secret where that was asked for."""
        request.shown_secret = ""
        if not change or form.cleaned_data.get("new_secret"):
            request.shown_secret = sites.give_secret(site, at=timezone.now())
        super().save_model(request, site, form, change)

    def response_add(
        self, request: HttpRequest, site: TrackedSite, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Show the lines to paste, and the secret this once."""
        return self._show_once(request, site)

    def response_change(self, request: HttpRequest, site: TrackedSite) -> HttpResponse:
        """Show a new secret this once."""
        return self._show_once(request, site) if request.shown_secret else super().response_change(request, site)

    def _show_once(self, request: HttpRequest, site: TrackedSite) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": _("The web tracker is ready"),
            "site": site,
            "lines": lines_to_paste(site),
            "secret": request.shown_secret,
            "opts": self.opts,
        }
        return TemplateResponse(request, "web_events/site_made.html", context)
