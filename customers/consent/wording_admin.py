"""Consent wordings in the admin: written as drafts, published once, read ever after as customers read them."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, QuerySet, Subquery, TextField
from django.forms import Textarea
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from crm_project.templatetags.components import badge
from crm_project.templatetags.formats import moment
from customers.consent import wordings
from customers.errors import WordingRefused
from customers.models import ConsentWording

MAY_PUBLISH = "customers.publish_consentwording"


@admin.register(ConsentWording)
class ConsentWordingAdmin(admin.ModelAdmin):
    """The versions of what customers read before they agree."""

    change_form_template = "consent/wording_form.html"
    list_display = ("purpose", "version", "state", "published", "published_by")
    list_filter = ("purpose",)
    list_select_related = ("published_by",)
    ordering = ("purpose", "-pk")
    formfield_overrides = {TextField: {"widget": Textarea(attrs={"rows": 3})}}
    fieldsets = (
        (None, {"fields": (("purpose", "version"),)}),
        (
            _("What customers are told"),
            {
                "fields": ("aim", "items", "retention", "right_to_refuse"),
                "description": _("The law wants all four before anybody agrees (P-02). Write as customers read."),
            },
        ),
        (_("For readers of English"), {"fields": ("english",)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[ConsentWording]:
        """Know of each version which one of its purpose customers read now."""
        published = ConsentWording.objects.filter(purpose=OuterRef("purpose")).exclude(published_at=None)
        newest = published.order_by("-published_at", "-pk").values("pk")[:1]
        return super().get_queryset(request).annotate(current=Subquery(newest))

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, object]:
        """Begin a new version with the words of the one it replaces."""
        previous = ConsentWording.objects.filter(pk=_number(request.GET.get("from", ""))).first()
        if previous is None:
            return super().get_changeform_initial_data(request)
        words = {name: getattr(previous, name) for name in (*wordings.TOLD, "english")}
        return words | {"purpose": previous.purpose, "version": wordings.next_version(previous.purpose)}

    def has_change_permission(self, request: HttpRequest, obj: ConsentWording | None = None) -> bool:
        """Keep published words as they were read."""
        return super().has_change_permission(request, obj) and not (obj and obj.published_at)

    def has_delete_permission(self, request: HttpRequest, obj: ConsentWording | None = None) -> bool:
        return super().has_delete_permission(request, obj) and obj is not None and not obj.published_at

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view
        publish = path("<int:wording_id>/publish/", guard(self.publish), name="customers_consentwording_publish")
        return [publish, *super().get_urls()]

    def publish(self, request: HttpRequest, wording_id: int) -> HttpResponse:
        """Show this version to customers from now on."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        wording = get_object_or_404(ConsentWording, pk=wording_id)
        if not request.user.has_perm(MAY_PUBLISH):
            raise PermissionDenied
        try:
            wordings.publish(wording, by=request.user)
        except WordingRefused as refusal:
            messages.error(request, str(refusal))
        else:
            self.log_change(request, wording, "Published.")
            messages.success(request, _("Customers read this version from now on."))
        return HttpResponseRedirect(reverse("admin:customers_consentwording_change", args=[wording.pk]))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        may_publish = {"may_publish": request.user.has_perm(MAY_PUBLISH)}
        return super().change_view(request, object_id, form_url, (extra_context or {}) | may_publish)

    @admin.display(description=_("state"))
    def state(self, wording: ConsentWording) -> SafeString:
        if wording.published_at is None:
            return badge(_("draft"), "quiet")
        if wording.pk == wording.current:
            return badge(_("customers read it now"), "good")
        return badge(_("replaced"), "quiet", "history")

    @admin.display(description=_("published at"), ordering="published_at")
    def published(self, wording: ConsentWording) -> SafeString | str:
        return moment(wording.published_at)


def _number(typed: str) -> int | None:
    return int(typed) if typed.isdecimal() and len(typed) < 18 else None
