"""The list of automations: what each does, how it goes, and what is the matter with it."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Case, IntegerField, Prefetch, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.automation_pages.automation_figures import AutomationFigures, figures_of
from campaigns.automation_pages.automation_standing import address, status_badge, trigger_sentence
from campaigns.models import Automation, AutomationVersion
from campaigns.triggers.every import TRIGGERS
from crm_project.templatetags.charts import sparkline
from crm_project.templatetags.components import badge, icon
from crm_project.templatetags.formats import NOTHING, number_text, percent_text, won_short
from customers.segments.labels import Labels, labels_at_once
from customers.segments.values import Lookup

Status = Automation.Status
FIRST_OF_ALL = (Status.ACTIVE, Status.PAUSED, Status.DRAFT, Status.STOPPED)
# Triggers are read every minute; so long without is no pause for breath.
SPARK = "dangol/components/sparkline.html"
SILENT_AFTER = timedelta(hours=1)


class AutomationChangeList(ChangeList):
    """A page of the list, its figures read for all its rows at once."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        figures = figures_of(self.result_list)
        with labels_at_once(_named_in(self.result_list)):
            for automation in self.result_list:
                automation.figures = figures[automation.pk]
                shown = automation.shown_versions
                automation.begins = trigger_sentence(shown[0]) if shown else ""


class AutomationList:
    """The listing part of the automations' ModelAdmin."""

    change_list_template = "campaigns/automation/list.html"
    list_display = ("title", "standing", "inside", "entered", "sent", "earned", "problems")
    list_display_links = None
    list_per_page = 50
    search_fields = ("name",)
    search_help_text = gettext_lazy("Name of the automation")
    show_full_result_count = False
    actions = None

    def get_changelist(self, request: HttpRequest, **kwargs: object) -> type[ChangeList]:
        return AutomationChangeList

    def get_queryset(self, request: HttpRequest) -> QuerySet[Automation]:
        shown = AutomationVersion.objects.exclude(status=AutomationVersion.Status.RETIRED).order_by("number")
        return super().get_queryset(request).prefetch_related(Prefetch("versions", shown, to_attr="shown_versions"))

    def get_ordering(self, request: HttpRequest) -> list[object]:
        """Put first what runs, then what was held, then drafts; the newest of each first."""
        ranks = [When(status=status, then=Value(rank)) for rank, status in enumerate(FIRST_OF_ALL)]
        return [Case(*ranks, output_field=IntegerField()).asc(), "-pk"]

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        return super().changelist_view(request, {"title": _("Automation")} | (extra_context or {}))

    @admin.display(description=gettext_lazy("automation"))
    def title(self, automation: Automation) -> SafeString:
        cell = '<a href="{}">{}</a><span class="quiet cell-note">{}</span>'
        return format_html(cell, address("change", automation), automation.name, automation.begins)

    @admin.display(description=gettext_lazy("status"))
    def standing(self, automation: Automation) -> SafeString:
        waits = [each for each in automation.shown_versions if each.status != AutomationVersion.Status.LIVE]
        drawn = status_badge(automation)
        if not waits or (automation.status == Status.DRAFT and waits[0].status == AutomationVersion.Status.DRAFT):
            return drawn
        if waits[0].status == AutomationVersion.Status.IN_REVIEW:
            return format_html("{} {}", drawn, badge(_("to approve"), "wait", "user-check"))
        return format_html('{}<span class="quiet cell-note">{}</span>', drawn, _("a new version is written"))

    @admin.display(description=gettext_lazy("inside now"))
    def inside(self, automation: Automation) -> SafeString | str:
        return _number(_figures(automation).inside)

    @admin.display(description=gettext_lazy("entered in 30 days"))
    def entered(self, automation: Automation) -> SafeString | str:
        figures = _figures(automation)
        if not figures.entered:
            return NOTHING
        curve = render_to_string(SPARK, sparkline(figures.by_day, label=_("entered by day")))
        return format_html(
            '<span class="spark-cell"><span class="num">{}</span>{}</span>', number_text(figures.entered), curve
        )

    @admin.display(description=gettext_lazy("sent"))
    def sent(self, automation: Automation) -> SafeString | str:
        figures = _figures(automation)
        if not figures.sent:
            return NOTHING
        clicked = _("%s clicked") % percent_text(figures.clicked / figures.sent)
        return format_html(
            '<span class="num">{}</span><span class="quiet cell-note">{}</span>', number_text(figures.sent), clicked
        )

    @admin.display(description=gettext_lazy("attributed"))
    def earned(self, automation: Automation) -> SafeString | str:
        revenue = _figures(automation).revenue
        return NOTHING if revenue is None else format_html('<span class="num">{}</span>', won_short(revenue))

    @admin.display(description=gettext_lazy("problems"))
    def problems(self, automation: Automation) -> SafeString | str:
        found = _problem(automation)
        if not found:
            return NOTHING
        return format_html('<span class="list-problem">{}{}</span>', icon("triangle-alert", 14), found)


def _named_in(automations: Iterable[Automation]) -> Iterator[tuple[Labels, list[Any]]]:
    """Yield what the triggers of these automations name, such as segments and products."""
    for version in (automation.shown_versions[0] for automation in automations if automation.shown_versions):
        trigger = TRIGGERS.get(version.trigger)
        for key, kind in trigger.fields.items() if trigger else ():
            named = version.trigger_settings.get(key)
            if isinstance(kind, Lookup) and kind.labels and isinstance(named, list):
                yield kind.labels, named


def _problem(automation: Automation) -> str:
    """Return what somebody should look at; empty: nothing."""
    if automation.status == Status.PAUSED:
        return automation.status_reason
    if automation.status != Status.ACTIVE:
        return ""
    if automation.read_until and timezone.now() - automation.read_until > SILENT_AFTER:
        return _("What happens has not been read for over an hour: do the workers run?")
    if not _figures(automation).entered:
        return _("Nobody has entered for 30 days")
    return ""


def _figures(automation: Automation) -> AutomationFigures:
    return automation.figures


def _number(count: int) -> SafeString | str:
    return format_html('<span class="num">{}</span>', number_text(count)) if count else NOTHING
