"""The yearly notice of use in the admin: whether it is owed, what it says, who got it, if it comes again (P-16)."""

from django import forms
from django.conf import settings
from django.contrib import admin
from django.db.models import TextField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_project.templatetags.components import badge
from crm_project.templatetags.formats import day_text, moment_text, number_text
from customers.models import NoticeDuty, UsageNotice
from customers.privacy import usage_notices
from customers.privacy.acting_admin import permit
from customers.privacy.handed_over_admin import HandedOverAdmin, handed_over_words

MAY_CHANGE = "customers.change_usagenotice"


@admin.register(UsageNotice)
class UsageNoticeAdmin(HandedOverAdmin):
    """Yearly notices of use, the newest first."""

    kind = NoticeDuty.Kind.USAGE
    write_down, hand_over = staticmethod(usage_notices.write_down), staticmethod(usage_notices.hand_over)
    change_list_template = "privacy/usage_notices.html"
    list_display = ("year", "due", "people", "done", "state")
    ordering = ("-due_on",)
    formfield_overrides = {TextField: {"widget": forms.Textarea(attrs={"rows": 4})}}
    acts = ("hand_over", "turn")
    fieldsets = (
        (
            gettext_lazy("What everybody is told"),
            {
                "fields": ("uses", "recipients"),
                "description": gettext_lazy(
                    "These words go out as they stand, in Korean, once a colleague handed them over. Nothing else goes"
                    " with them: no advertising (P-16)."
                ),
            },
        ),
        (gettext_lazy("When"), {"fields": ("due_on", "is_yearly")}),
    )

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, object]:
        """Begin with the words and the day of the last notice, a year later; else with the end of the year."""
        last, today = usage_notices.newest(), timezone.localdate()
        given = {"due_on": today.replace(month=12, day=31)}
        if last:
            due_on = usage_notices.next_due_on(last, today)
            given = {"uses": last.uses, "recipients": last.recipients, "due_on": due_on}
        return given | super().get_changeform_initial_data(request)

    @admin.display(description=gettext_lazy("year"), ordering="due_on")
    def year(self, notice: UsageNotice) -> str:
        return str(notice)

    @admin.display(description=gettext_lazy("due on"), ordering="due_on")
    def due(self, notice: UsageNotice) -> str:
        return day_text(notice.due_on)

    @admin.display(description=gettext_lazy("people"))
    def people(self, notice: UsageNotice) -> str:
        return number_text(notice.notice_count)

    @admin.display(description=gettext_lazy("told"))
    def done(self, notice: UsageNotice) -> str:
        return number_text(notice.notice_count - notice.open_count)

    @admin.display(description=gettext_lazy("state"))
    def state(self, notice: UsageNotice) -> SafeString:
        return state_badge(notice)

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Show whether the law asks for it, and whether it is on."""
        people, last = usage_notices.people_held(), usage_notices.newest()
        more = {
            "people": people,
            "limit": settings.USAGE_NOTICE_FROM,
            "is_owed": people >= settings.USAGE_NOTICE_FROM,
            "next_on": usage_notices.next_due_on(last, timezone.localdate()) if last and last.is_yearly else None,
            "last": last,
        }
        return super().changelist_view(request, more | (extra_context or {}))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        """Show one year's notice: what it says, how far it is, whether it comes again."""
        notice, last = self.row(request, object_id), usage_notices.newest()
        context = self.admin_site.each_context(request) | {
            "title": _("Notice of use %(year)s") % {"year": notice},
            "notice": notice,
            "badge": state_badge(notice),
            "facts": _facts(notice),
            "told": [(_("What is used for what"), notice.uses), (_("Who else got it"), notice.recipients)],
            "may_turn": request.user.has_perm(MAY_CHANGE) and last == notice,
            **self.notices_of(request, notice),
        }
        return render(request, "privacy/usage_notice.html", context)

    def act_turn(self, request: HttpRequest, notice: UsageNotice) -> str:
        """Switch next year's on or off."""
        permit(request, MAY_CHANGE)
        usage_notices.turn(notice, is_yearly="on" in request.POST)
        return _("Next year's opens by itself.") if "on" in request.POST else _("Next year's does not open by itself.")


def state_badge(notice: UsageNotice) -> SafeString:
    """Return how a notice `with_notices` stands."""
    if notice.handed_over_at is None:
        return badge(_("not handed over yet"), "wait", "clock")
    if not notice.open_count:
        return badge(_("everybody told"), "good", "check")
    if notice.due_on < timezone.localdate():
        return badge(_("overdue"), "bad", "circle-alert")
    return badge(_("going out"), "busy", "send")


def _facts(notice: UsageNotice) -> list[tuple[object, ...]]:
    return [
        (_("Due on"), day_text(notice.due_on)),
        (_("Written by"), f"{notice.written_by} · {moment_text(notice.written_at)}"),
        (_("Notices handed over"), handed_over_words(notice)),
        (_("Again every year"), _("yes") if notice.is_yearly else _("no")),
    ]
