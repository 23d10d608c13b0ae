"""Possible duplicates and merges in the admin. Their pages stand in `customers/identity/pages.py`."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from crm_project.read_only_admin import ReadOnlyAdmin
from crm_project.templatetags.components import badge
from customers.identity import duplicates, merging, pages
from customers.models import CustomerMerge, DuplicatePair


@admin.register(DuplicatePair)
class DuplicatePairAdmin(ReadOnlyAdmin):
    """Pairs of customers that share a contact; a person decides about each."""

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view
        return [
            path("<int:pair_id>/decide/", guard(pages.decide), name="customers_duplicatepair_decide"),
            path("<int:kept_id>/and/<int:other_id>/", guard(pages.compare), name="customers_customer_merge"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Show the pairs side by side."""
        return pages.pairs(request)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        """Show the two with what a merge would do; to whoever may only look, the list."""
        pair = self.get_object(request, object_id)
        if pair is None or not self.has_view_permission(request, pair):
            raise PermissionDenied
        if not request.user.has_perm(pages.MAY_MERGE):
            return HttpResponseRedirect(reverse("admin:customers_duplicatepair_changelist"))
        ids = [customer.pk for customer in duplicates.kept_first(pair)]
        return HttpResponseRedirect(reverse("admin:customers_customer_merge", args=ids))


@admin.register(CustomerMerge)
class CustomerMergeAdmin(ReadOnlyAdmin):
    """What was merged, by whom, and the way back."""

    list_display = ("id", "kept", "merged", "merged_by", "merged_at", "state")
    list_display_links = ("id", "kept", "merged")
    list_select_related = ("kept", "merged", "merged_by")
    list_per_page = 50

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view
        return [
            path("<int:merge_id>/undo/", guard(pages.undo), name="customers_customermerge_undo"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        """Show what a merge did."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = CustomerMerge.objects.select_related("kept", "merged", "merged_by", "undone_by")
        number = int(object_id) if str(object_id).isdecimal() else 0
        return pages.merge_page(request, get_object_or_404(rows, pk=number))

    @admin.display(description=_("status"))
    def state(self, done: CustomerMerge) -> SafeString:
        if done.undone_at:
            return badge(_("undone"), "quiet", "undo-2")
        return badge(_("can be undone"), "wait") if merging.can_be_undone(done) else badge(_("merged"), "good")
