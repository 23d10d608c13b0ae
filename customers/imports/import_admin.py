"""Imports in the admin: the list of runs, and the way to their pages."""

from collections.abc import Callable

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from crm_project.templatetags.formats import moment_text, number_text
from customers.imports import pages, run_words
from customers.models import ImportRun
from customers.platforms import known_exports

MAY_IMPORT = "customers.import_facts"
Page = Callable[..., HttpResponse]
PAGES: dict[str, Page] = {
    "columns": pages.columns,
    "look": pages.look,
    "start": pages.start,
    "cancel": pages.cancel,
    "resume": pages.resume,
    "anew": pages.choose_anew,
    "errors": pages.error_file,
}


@admin.register(ImportRun)
class ImportRunAdmin(admin.ModelAdmin):
    """Runs, newest first. Who may import may see all of them."""

    list_display = ["headline", "state", "what", "read", "stored_count", "refused", "when"]
    list_display_links = None
    list_filter = ["status", "kind"]
    list_select_related = ["created_by"]
    search_fields = ["file_name"]
    list_per_page = 50
    actions = None
    change_list_template = "imports/list.html"

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(f"<int:run_id>/{name}/", self._guarded(page), name=f"customers_importrun_{name}")
            for name, page in PAGES.items()
        ]
        return [*own, *super().get_urls()]

    def _guarded(self, page: Page) -> Page:
        def view(request: HttpRequest, run_id: int) -> HttpResponse:
            if not request.user.has_perm(MAY_IMPORT):
                raise PermissionDenied
            return page(request, run_id)

        return self.admin_site.admin_view(view)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(MAY_IMPORT)

    def has_view_permission(self, request: HttpRequest, obj: ImportRun | None = None) -> bool:
        return request.user.has_perm(MAY_IMPORT)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(MAY_IMPORT)

    def has_change_permission(self, request: HttpRequest, obj: ImportRun | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ImportRun | None = None) -> bool:
        return False

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        return pages.upload(request)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        if request.method == "POST" or not self.has_view_permission(request):
            raise PermissionDenied
        run = self.get_object(request, object_id)
        if run is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        return pages.show(request, run.pk)

    @admin.display(description=_("file"), ordering="file_name")
    def headline(self, run: ImportRun) -> SafeString:
        """Return the file's name as a link."""
        return format_html('<a href="{}">{}</a>', pages.address(run), run.file_name)

    @admin.display(description=_("status"), ordering="status")
    def state(self, run: ImportRun) -> SafeString:
        """Return the status."""
        return run_words.status_badge(run)

    @admin.display(description=_("what it holds"), ordering="kind")
    def what(self, run: ImportRun) -> str:
        """Return the kind and where it is from."""
        return f"{run.get_kind_display()} · {known_exports.LABELS.get(run.platform, run.source)}"

    @admin.display(description=_("lines"))
    def read(self, run: ImportRun) -> SafeString:
        """Return how many lines were read."""
        return _count(run, "read")

    @admin.display(description=_("new or changed"))
    def stored_count(self, run: ImportRun) -> SafeString:
        """Return how many things are new or changed by it."""
        return _figure(run.stored.get("new", 0) + run.stored.get("changed", 0) if run.stored else None)

    @admin.display(description=_("refused"))
    def refused(self, run: ImportRun) -> SafeString:
        """Return how many lines were refused."""
        return _count(run, "refused")

    @admin.display(description=_("uploaded"), ordering="pk")
    def when(self, run: ImportRun) -> SafeString:
        """Return when and by whom."""
        who = run.created_by.get_full_name() or run.created_by.get_username() if run.created_by else "–"
        return format_html('{}<span class="cell-note">{}</span>', moment_text(run.created_at), who)


def _count(run: ImportRun, name: str) -> SafeString:
    return _figure((run.stored or run.found).get(name))


def _figure(count: int | None) -> SafeString:
    return format_html('<span class="num">{}</span>', "–" if count is None else number_text(count))
