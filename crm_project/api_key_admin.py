"""API keys: made here, shown once, rotated, revoked, never deleted."""

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import ForeignKey, QuerySet
from django.forms import ModelChoiceField, ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from crm_project import api_keys
from crm_project.models import ApiKey
from crm_project.templatetags.components import badge


@admin.register(ApiKey)
class ApiKeyAdmin(admin.ModelAdmin):
    """Which machines may call the API, as which account, and until when."""

    change_form_template = "operations/api_key_form.html"
    list_display = ("name", "prefix", "user", "state", "created_at", "last_used_at", "expires_at")
    list_select_related = ("user",)
    fields = ("name", "user", "expires_at")
    actions = ("revoke",)

    @admin.display(description=_("state"))
    def state(self, key: ApiKey) -> SafeString:
        """Say whether a call with the key is taken."""
        if key.revoked_at:
            return badge(_("Revoked"), "bad", "ban")
        if key.expires_at and key.expires_at <= timezone.now():
            return badge(_("Expired"), "quiet", "clock")
        return badge(_("Works"), "good", "check")

    def get_readonly_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> tuple[str, ...]:
        """Fix the account once the key is out."""
        return ("user",) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        return False

    def formfield_for_foreignkey(
        self, db_field: ForeignKey, request: HttpRequest, **kwargs: object
    ) -> ModelChoiceField:
        """Offer service accounts only, so that nobody lends a key the rights of a person."""
        if db_field.name == "user":
            kwargs["queryset"] = User.objects.filter(is_staff=False, is_superuser=False, is_active=True)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_urls(self) -> list[URLPattern]:
        rotate = self.admin_site.admin_view(self.rotate)
        return [path("<int:key_id>/rotate/", rotate, name="crm_project_apikey_rotate"), *super().get_urls()]

    def save_model(self, request: HttpRequest, key: ApiKey, form: ModelForm, change: bool) -> None:
        """Give a new key its secret."""
        if change:
            super().save_model(request, key, form, change)
        else:
            request.new_api_key = api_keys.issue(key)

    def response_add(self, request: HttpRequest, key: ApiKey, post_url_continue: str | None = None) -> HttpResponse:
        """Show the key, this once."""
        return self._show_once(request, key, request.new_api_key)

    def rotate(self, request: HttpRequest, key_id: int) -> HttpResponse:
        """Make a successor that works at once, let the key expire in a week, and show the new one, this once."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        key = get_object_or_404(ApiKey, pk=key_id)
        if not self.has_change_permission(request, key) or key.revoked_at:
            raise PermissionDenied
        successor, text = api_keys.rotate(key)
        self.log_addition(request, successor, "Rotated.")
        self.log_change(request, key, f"Rotated: {successor.prefix} follows.")
        return self._show_once(request, successor, text)

    def _show_once(self, request: HttpRequest, key: ApiKey, text: str) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": _("The new API key"),
            "key": key,
            "text": text,
            "opts": self.opts,
        }
        return TemplateResponse(request, "operations/api_key.html", context)

    @admin.action(description=_("Revoke the selected API keys"), permissions=["change"])
    def revoke(self, request: HttpRequest, keys: QuerySet[ApiKey]) -> None:
        """Refuse the keys from now on."""
        for key in keys:
            api_keys.revoke(key)
            self.log_change(request, key, "Revoked.")
        text = ngettext("%(count)d API key is revoked.", "%(count)d API keys are revoked.", len(keys))
        self.message_user(request, text % {"count": len(keys)}, messages.SUCCESS)
