"""Segments in the admin: the list. Its pages stand in `segment_admin_views.py`."""

from typing import Any

from django.contrib import admin
from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from crm_project.estimated_paginator import EstimatedPaginator
from customers.models import Customer, Segment, SegmentMove, SegmentSize
from customers.segments import uses
from customers.segments.clock import start_of_day
from customers.segments.pages import segment_admin_views as pages
from customers.segments.pages import segment_pseudonyms
from customers.segments.pages.segment_compare import compare
from customers.segments.pages.segment_export import export

DAYS_OF_SPARKLINE = 30


@admin.register(Segment)
class SegmentAdmin(admin.ModelAdmin):
    """The list of segments, and the way to their pages."""

    list_display = ["headline", "course", "moved_today", "refreshed"]
    list_display_links = None
    list_filter = ["is_active"]
    search_fields = ["name", "description"]
    ordering = ["-is_active", "-size", "name"]
    list_per_page = 50
    actions = None
    change_list_template = "segments/list.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Segment]:
        return with_course(super().get_queryset(request))

    def get_urls(self) -> list[URLPattern]:
        def page(view: Any) -> Any:
            return self.admin_site.admin_view(lambda request, **kwargs: view(request, self, **kwargs))

        return [
            path("compare/", page(compare), name="customers_segment_compare"),
            path("measure/", page(pages.measure), name="customers_segment_measure"),
            path("choices/", page(pages.choices), name="customers_segment_choices"),
            path("<int:segment_id>/export/", page(export), name="customers_segment_export"),
            path("<int:segment_id>/pseudonyms/", page(segment_pseudonyms.export), name="customers_segment_pseudonyms"),
            path("<int:segment_id>/refresh/", page(pages.refresh_now), name="customers_segment_refresh"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        request.everyone = EstimatedPaginator(Customer.objects.order_by("pk"), 1).count
        request.segment_uses = uses.uses_of(Segment.objects.all())
        return super().changelist_view(request, extra_context)

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        # A column knows only its row; what the whole page shares is bound here, once a request.
        headline, *others = self.list_display
        return [headline, self._members_column(request), *others, self._uses_column(request)]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        return pages.edit(request, self, segment=None)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        segment = self.get_object(request, object_id)
        if segment is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if self.has_change_permission(request, segment):
            return pages.edit(request, self, segment=segment)
        if self.has_view_permission(request, segment):
            return pages.read(request, self, segment=segment)
        raise PermissionDenied

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[list, dict, set, list]:
        """Refuse while something uses the segment; never list memberships one by one."""
        segments = list(objs)
        counts = {str(Segment._meta.verbose_name_plural): len(segments)}
        protected = [f"{use.kind}: {use.name}" for each in uses.uses_of(segments).values() for use in each]
        missing = set() if self.has_delete_permission(request) else {self.opts.verbose_name}
        return [str(segment) for segment in segments], counts, missing, protected

    @admin.display(description=gettext_lazy("Segment"), ordering="name")
    def headline(self, segment: Segment) -> SafeString:
        return render_to_string("segments/headline.html", {"segment": segment, "state": pages.state_of(segment)})

    @admin.display(description=gettext_lazy("Last 30 days"))
    def course(self, segment: Segment) -> SafeString | str:
        return render_to_string("segments/course.html", {"sizes": segment.course[::-1]}) if segment.course else "–"

    @admin.display(description=gettext_lazy("Moves today"))
    def moved_today(self, segment: Segment) -> SafeString:
        return render_to_string("segments/moves_of_day.html", {"came": segment.came_today, "left": segment.left_today})

    @admin.display(description=gettext_lazy("Refreshed"), ordering="refreshed_at")
    def refreshed(self, segment: Segment) -> SafeString:
        return render_to_string("segments/refreshed.html", {"segment": segment, "state": pages.state_of(segment)})

    def _members_column(self, request: HttpRequest) -> Any:
        @admin.display(description=gettext_lazy("Members"), ordering="size")
        def members(segment: Segment) -> SafeString:
            everyone = getattr(request, "everyone", 0)
            share = segment.size / everyone if everyone else 0
            return render_to_string("segments/size.html", {"segment": segment, "share": share})

        return members

    def _uses_column(self, request: HttpRequest) -> Any:
        @admin.display(description=gettext_lazy("Used by"))
        def used_by(segment: Segment) -> SafeString | str:
            found = getattr(request, "segment_uses", {}).get(segment.pk, [])
            return render_to_string("segments/used_by.html", {"uses": found}) if found else "–"

        return used_by


def with_course(segments: QuerySet[Segment]) -> QuerySet[Segment]:
    """Add the sizes of the last days, newest first, and the moves of today."""
    midnight = start_of_day(timezone.localdate())
    sizes = SegmentSize.objects.filter(segment=OuterRef("pk")).order_by("-day").values("size")
    moves = SegmentMove.objects.filter(segment=OuterRef("pk"), moved_at__gte=midnight).order_by().values("segment")

    def count(direction: str) -> Coalesce:
        counted = moves.filter(direction=direction).annotate(number=Count("pk")).values("number")
        return Coalesce(Subquery(counted), 0)

    return segments.annotate(
        course=ArraySubquery(sizes[:DAYS_OF_SPARKLINE]), came_today=count("in"), left_today=count("out")
    )
