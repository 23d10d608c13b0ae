"""The list of campaigns: what waits for a decision first, each with what became of it."""

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.list_figures import Figures, figures_of
from campaigns.models import Campaign
from campaigns.standing import status_badge
from crm_project.templatetags.components import badge
from crm_project.templatetags.formats import NOTHING, ago_text, moment_text, number_text, percent_text, won_short

Status = Campaign.Status
FIRST_OF_ALL = (Status.IN_REVIEW, Status.ACTIVE, Status.PAUSED, Status.DRAFT, Status.SCHEDULED)
# What is over stands together, by date.
TABS = (
    ("", gettext_lazy("All"), Q()),
    ("waiting", gettext_lazy("To approve"), Q(status=Status.IN_REVIEW)),
    ("running", gettext_lazy("Sending"), Q(status__in=[Status.ACTIVE, Status.PAUSED])),
    ("approved", gettext_lazy("Approved"), Q(status=Status.SCHEDULED)),
    ("drafts", gettext_lazy("Drafts"), Q(status=Status.DRAFT)),
    ("over", gettext_lazy("Over"), Q(status__in=[Status.FINISHED, Status.CANCELLED], source="")),
    ("imported", gettext_lazy("Imported"), ~Q(source="")),
)


class TabFilter(admin.SimpleListFilter):
    """Where campaigns stand; drawn as tabs."""

    title = gettext_lazy("status")
    parameter_name = "tab"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, object]]:
        return [(key, label) for key, label, _condition in TABS if key]

    def queryset(self, request: HttpRequest, campaigns: QuerySet[Campaign]) -> QuerySet[Campaign]:
        return campaigns.filter({key: condition for key, _label, condition in TABS}.get(self.value() or "", Q()))


class CampaignChangeList(ChangeList):
    """A page of the list, its figures read for all its rows at once; messages of automations stand with those."""

    def get_queryset(self, request: HttpRequest, *args: object, **kwargs: object) -> QuerySet[Campaign]:
        return super().get_queryset(request, *args, **kwargs).filter(automation=None)

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        figures = figures_of(self.result_list)
        for campaign in self.result_list:
            campaign.figures = figures[campaign.pk]


class CampaignList:
    """The listing half of the campaigns' ModelAdmin."""

    change_list_template = "campaigns/campaign_list.html"
    list_display = ("title", "standing", "audience", "when", "sent", "opened", "clicked", "earned")
    list_display_links = None
    list_filter = (TabFilter,)
    list_select_related = ("segment", "author")
    list_per_page = 25
    search_fields = ("name",)
    search_help_text = gettext_lazy("Name of the campaign")
    show_full_result_count = False
    actions = None

    def get_changelist(self, request: HttpRequest, **kwargs: object) -> type[ChangeList]:
        return CampaignChangeList

    def get_ordering(self, request: HttpRequest) -> list[object]:
        """Put first what waits for somebody, then what runs; the newest of each first."""
        ranks = [When(status=status, then=Value(rank)) for rank, status in enumerate(FIRST_OF_ALL)]
        rank = Case(*ranks, default=Value(len(FIRST_OF_ALL)), output_field=IntegerField())
        return [rank.asc(), Coalesce("started_at", "scheduled_at", F("created_at")).desc(), "-pk"]

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view
        return [path("to-approve/", guard(self.to_approve), name="campaigns_to_approve"), *super().get_urls()]

    def to_approve(self, request: HttpRequest) -> HttpResponse:
        """Lead to the campaigns that wait for a decision."""
        return HttpResponseRedirect(f"{reverse('admin:campaigns_campaign_changelist')}?tab=waiting")

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        tabs = {"tab_items": _tab_items(), "tab": request.GET.get("tab", "")}
        return super().changelist_view(request, (extra_context or {}) | tabs)

    @admin.display(description=gettext_lazy("campaign"), ordering="name")
    def title(self, campaign: Campaign) -> SafeString:
        url = reverse("admin:campaigns_campaign_change", args=[campaign.pk])
        kind = campaign.get_purpose_display() if campaign.purpose else _("purpose not said yet")
        return format_html('<a href="{}">{}</a><span class="quiet cell-note">{}</span>', url, campaign.name, kind)

    @admin.display(description=gettext_lazy("status"), ordering="status")
    def standing(self, campaign: Campaign) -> SafeString:
        if campaign.is_history:
            return badge(_("imported"), "quiet", "history")
        return format_html(
            '{}<span class="quiet cell-note">{}</span>', status_badge(campaign), campaign.status_reason[:80]
        )

    @admin.display(description=gettext_lazy("segment"), ordering="segment__name")
    def audience(self, campaign: Campaign) -> SafeString | str:
        if campaign.segment is None:
            return campaign.get_duty_display() or NOTHING
        size = _("%s members") % number_text(campaign.segment.size)
        return format_html('{}<span class="quiet cell-note">{}</span>', campaign.segment.name, size)

    @admin.display(description=gettext_lazy("when"), ordering="scheduled_at")
    def when(self, campaign: Campaign) -> SafeString:
        at = campaign.started_at or campaign.scheduled_at
        if at is None:
            made = _("made %s") % ago_text(campaign.created_at)
            return format_html('{}<span class="quiet cell-note">{}</span>', _("at once when approved"), made)
        return format_html('{}<span class="quiet cell-note">{}</span>', moment_text(at), ago_text(at))

    @admin.display(description=gettext_lazy("sent"))
    def sent(self, campaign: Campaign) -> SafeString | str:
        figures: Figures = campaign.figures
        if campaign.is_history:
            return format_html(
                '<span class="nowrap">{} <span class="quiet">{}</span></span>',
                number_text(figures.targeted),
                _("targeted"),
            )
        if not figures.targeted:
            return NOTHING
        return _with_bar(
            number_text(figures.sent), figures.sent, figures.targeted, f"/ {number_text(figures.targeted)}"
        )

    @admin.display(description=gettext_lazy("opened"))
    def opened(self, campaign: Campaign) -> SafeString | str:
        return _share(campaign.figures.opened, campaign.figures.openable)

    @admin.display(description=gettext_lazy("clicked"))
    def clicked(self, campaign: Campaign) -> SafeString | str:
        return _share(campaign.figures.clicked, campaign.figures.sent)

    @admin.display(description=gettext_lazy("earned"))
    def earned(self, campaign: Campaign) -> SafeString | str:
        return won_short(campaign.figures.revenue) if campaign.figures.sent else NOTHING


def _share(count: int, of: int) -> SafeString | str:
    return _with_bar(percent_text(count / of), count, of, number_text(count)) if of else NOTHING


def _with_bar(figure: str, count: int, of: int, beside: str) -> SafeString:
    """Draw a figure with a thin bar of its share under it."""
    return format_html(
        '<span class="bar-cell"><span class="nowrap">{} <span class="quiet">{}</span></span>'
        '<svg width="100%" height="4" aria-hidden="true"><rect class="fill fill-track" width="100%" height="4" rx="2"/>'
        '<rect class="fill fill-accent" width="{}%" height="4" rx="2"/></svg></span>',
        figure,
        beside,
        round(count * 100 / of, 1),
    )


def _tab_items() -> list[dict[str, object]]:
    shown = Campaign.objects.by_themselves()
    counted = shown.aggregate(**{key: Count("pk", filter=condition) for key, _label, condition in TABS[1:]})
    url = reverse("admin:campaigns_campaign_changelist")
    return [
        {"key": key, "label": label, "url": f"{url}?tab={key}" if key else url, "count": counted.get(key)}
        for key, label, _condition in TABS
        if not key or counted[key] or key == "waiting"
    ]
