"""The board of notices due: what is due, overdue and done, and the act of marking it done."""

from collections.abc import Iterator
from datetime import timedelta

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext

from crm_project.read_only_admin import BigTableAdmin
from crm_project.templatetags.components import badge
from crm_project.templatetags.formats import day_text, moment_text
from customers.consent import duties
from customers.customer_link import customer_link
from customers.models import NoticeDuty
from customers.querysets import NoticeDutyQuerySet

MAY_MARK = "customers.change_noticeduty"


class StateFilter(admin.SimpleListFilter):
    """How a duty stands."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, object]]:
        return [("overdue", _("overdue")), ("soon", _("due within a week")), ("done", _("done")), ("all", _("all"))]

    def choices(self, changelist: ChangeList) -> Iterator[dict[str, object]]:
        """Offer what is open first; whoever looks for the rest says so."""
        choices = iter(super().choices(changelist))
        yield next(choices) | {"display": pgettext("duty", "open")}
        yield from choices

    def queryset(self, request: HttpRequest, found: NoticeDutyQuerySet) -> QuerySet[NoticeDuty]:
        today = timezone.localdate()
        match self.value():
            case "done":
                return found.filter(done_at__isnull=False)
            case "all":
                return found
            case "overdue":
                return found.waiting().filter(due_on__lt=today)
            case "soon":
                return found.waiting().filter(due_on__gte=today, due_on__lte=today + timedelta(days=7))
        return found.waiting()


class MarkForm(ActionForm):
    """What marking done asks besides the rows."""

    how = forms.CharField(
        label=_("How?"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"placeholder": _("Letter of 2 November")}),
    )


@admin.register(NoticeDuty)
class NoticeDutyAdmin(BigTableAdmin):
    """Notices that the shop owes or has given."""

    change_list_template = "consent/duties.html"
    list_display = ("due", "shown_kind", customer_link, "about", "said", "state")
    list_display_links = None
    list_filter = (StateFilter, "kind", "purpose", "channel")
    list_select_related = ("customer", "entry", "incident", "usage_notice", "done_by")
    search_fields = ("customer__external_id__exact",)
    search_help_text = _("Customer number")
    ordering = ("due_on", "pk")
    action_form = MarkForm
    actions = ("mark_done",)

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        now = timezone.now()
        tiles = {"standings": duties.standings(now), "coming": duties.coming_reconfirmations(timezone.localdate(now))}
        return super().changelist_view(request, (extra_context or {}) | tiles)

    def has_mark_permission(self, request: HttpRequest) -> bool:
        """Return whether the person may say that a notice went out."""
        return request.user.has_perm(MAY_MARK)

    @admin.action(description=_("Mark the selected as done"), permissions=["mark"])
    def mark_done(self, request: HttpRequest, chosen: QuerySet[NoticeDuty]) -> None:
        """Record that notices went out by another way than our messages."""
        how = request.POST.get("how", "").strip()[:200]
        if not how:
            self.message_user(request, _("Say how the notice went out, for the authority."), messages.ERROR)
            return
        count = duties.mark_done(chosen.values_list("pk", flat=True), how, by=request.user)
        text = ngettext("%(count)d duty is marked as done.", "%(count)d duties are marked as done.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS)

    @admin.display(description=_("due on"), ordering="due_on")
    def due(self, duty: NoticeDuty) -> str:
        return day_text(duty.due_on)

    @admin.display(description=_("duty"), ordering="kind")
    def shown_kind(self, duty: NoticeDuty) -> str:
        return duty.get_kind_display()

    @admin.display(description=_("about"))
    def about(self, duty: NoticeDuty) -> str:
        if duty.incident:
            return duty.incident.title
        if duty.usage_notice:
            return str(duty.usage_notice)
        return " · ".join(filter(None, [duty.get_purpose_display(), duty.get_channel_display()]))

    @admin.display(description=_("the customer said"))
    def said(self, duty: NoticeDuty) -> str:
        entry = duty.entry
        if entry is None:
            return "–"
        when = _("date unknown") if entry.is_undated else day_text(entry.occurred_at)
        return f"{entry.get_action_display()}, {when}"

    @admin.display(description=_("state"))
    def state(self, duty: NoticeDuty) -> SafeString:
        if duty.done_at:
            by = duty.done_by.get_username() if duty.done_by else ""
            note = " · ".join(filter(None, [moment_text(duty.done_at), duty.how, by]))
            return format_html('{}<br><small class="quiet">{}</small>', badge(duty.get_outcome_display(), "good"), note)
        if duty.customer.merged_into_id:
            return badge(_("merged"), "quiet")
        if duty.due_on < timezone.localdate():
            return badge(_("overdue"), "bad")
        return badge(pgettext("duty", "open"), "wait")
