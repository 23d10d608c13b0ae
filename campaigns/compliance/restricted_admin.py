"""Goods that nobody may advertise: entered by one, lifted by two; and the pages of compliance beside them."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from campaigns.compliance import compliance_pages, restricted
from campaigns.errors import NotAllowed, NotReady
from campaigns.models import RestrictedCategory
from crm_project.templatetags.components import badge
from crm_project.templatetags.formats import day_text
from crm_project.typed_words import typed_words


@admin.register(RestrictedCategory)
class RestrictedCategoryAdmin(admin.ModelAdmin):
    """Goods whose sale is prohibited (L-15). An entry is never changed nor deleted: it is lifted."""

    change_form_template = "campaigns/restricted_form.html"
    list_display = ("name", "reason", "added", "state")
    fields = ("name", "reason")
    list_select_related = ("added_by", "lift_asked_by", "lifted_by")

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view
        return [
            path("board/", guard(compliance_pages.board_page), name="campaigns_compliance"),
            path("board/drafts/", guard(compliance_pages.make_drafts), name="campaigns_notice_drafts"),
            path("penalties/", guard(compliance_pages.penalties_page), name="campaigns_penalties"),
            path("<int:pk>/ask-to-lift/", guard(self.ask_to_lift), name="campaigns_restriction_ask"),
            path("<int:pk>/lift/", guard(self.lift), name="campaigns_restriction_lift"),
            *super().get_urls(),
        ]

    def has_change_permission(self, request: HttpRequest, obj: RestrictedCategory | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: RestrictedCategory | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: RestrictedCategory, form: object, change: bool) -> None:
        """Write down who entered it."""
        obj.added_by = request.user
        super().save_model(request, obj, form, change)

    @admin.display(description=_("entered"), ordering="added_at")
    def added(self, category: RestrictedCategory) -> str:
        return f"{day_text(category.added_at)} · {category.added_by.get_username()}"

    @admin.display(description=_("state"))
    def state(self, category: RestrictedCategory) -> SafeString:
        """Say whether it holds, and who wants or wanted it lifted."""
        if category.lifted_at:
            by = f"{category.lift_asked_by} · {category.lifted_by} · {day_text(category.lifted_at)}"
            return format_html('{}<br><small class="quiet">{}</small>', badge(_("lifted"), "quiet"), by)
        if category.lift_asked_by:
            return badge(_("lifting waits for a second person"), "wait", "user-check")
        return badge(_("may not be advertised"), "bad", "ban")

    def ask_to_lift(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask a second person to lift it."""
        return self._act(request, pk, ask=True)

    def lift(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Lift it, where somebody else asked for that."""
        return self._act(request, pk, ask=False)

    def _act(self, request: HttpRequest, pk: int, *, ask: bool) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        category = get_object_or_404(RestrictedCategory, pk=pk)
        if not request.user.has_perm(restricted.MAY_LIFT):
            raise PermissionDenied
        try:
            done = self._ask(request, category) if ask else self._lift(request, category)
        except (NotAllowed, NotReady) as refusal:
            messages.error(request, str(refusal))
        else:
            self.log_change(request, category, str(done))
            messages.success(request, done)
        return HttpResponseRedirect(reverse("admin:campaigns_restrictedcategory_change", args=[pk]))

    def _ask(self, request: HttpRequest, category: RestrictedCategory) -> object:
        restricted.ask_to_lift(category, reason=typed_words(request, "reason"), by=request.user)
        return _("Asked. A second person can lift it now.")

    def _lift(self, request: HttpRequest, category: RestrictedCategory) -> object:
        restricted.lift(category, by=request.user)
        return _("Lifted. These goods may be advertised again.")
