"""Incidents in the admin: the clock of each, what people are told, and the acts that end it (P-13)."""

from django import forms
from django.contrib import admin
from django.db.models import TextField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crm_project.templatetags.components import badge
from crm_project.templatetags.formats import day_text, moment_text, number_text
from crm_project.typed_words import typed_words
from customers.consent.sender import shop_identity
from customers.models import Incident, NoticeDuty, Segment
from customers.privacy import incidents
from customers.privacy.acting_admin import permit
from customers.privacy.handed_over_admin import HandedOverAdmin, handed_over_words

MAY_CHANGE = "customers.change_incident"
SOON_HOURS = 24


def _data_kinds() -> list[tuple[str, str]]:
    return [(kind.value, capfirst(kind.label)) for kind in Incident.DataKind]


class IncidentForm(forms.ModelForm):
    """What is known of an incident, and what the people concerned read of it."""

    data_kinds = forms.MultipleChoiceField(
        label=gettext_lazy("Data concerned"), choices=_data_kinds, widget=forms.CheckboxSelectMultiple
    )
    # By itself, without the buttons that change segments.
    segment = forms.ModelChoiceField(
        label=gettext_lazy("Segment of the people concerned"),
        queryset=Segment.objects.order_by("name"),
        required=False,
        empty_label=gettext_lazy("not known yet"),
        help_text=gettext_lazy("A rule, or a list that was uploaded. Its members are told."),
    )

    def clean(self) -> dict[str, object]:
        """Refuse what the record refuses, beside the fields."""
        cleaned = super().clean()
        known_at = cleaned.get("known_at")
        if known_at and incidents.is_in_future(known_at):
            self.add_error("known_at", _("An incident cannot become known in the future."))
        return cleaned


@admin.register(Incident)
class IncidentAdmin(HandedOverAdmin):
    """Incidents, those that are open first."""

    kind = NoticeDuty.Kind.INCIDENT
    write_down, hand_over = staticmethod(incidents.write_down), staticmethod(incidents.hand_over)
    form = IncidentForm
    change_list_template = "privacy/incidents.html"
    list_display = ("title", "known", "clock", "people", "told", "authority")
    list_filter = ("certainty",)
    ordering = ("-known_at",)
    formfield_overrides = {TextField: {"widget": forms.Textarea(attrs={"rows": 3})}}
    acts = ("hand_over", "told", "reported", "close")
    fieldsets = (
        (None, {"fields": ("title", ("certainty", "known_at"), ("people_count", "segment"))}),
        (
            gettext_lazy("Must the authority know?"),
            {
                "fields": ("is_intrusion", "is_sensitive"),
                "description": gettext_lazy(
                    "Also from 1,000 people on, unless the shop set another number (P-13). It is reported to the"
                    " Personal Information Protection Commission or KISA: privacy.go.kr, telephone 118."
                ),
            },
        ),
        (
            gettext_lazy("What the people concerned are told"),
            {
                "fields": ("what_happened", "data_kinds", "other_data", "protection", "measures", "contact"),
                "description": gettext_lazy(
                    "These words go out as they stand, in Korean, once a colleague handed them over. Say of what is not"
                    " known yet that it follows, and name nobody."
                ),
            },
        ),
    )

    def is_editable(self, record: Incident) -> bool:
        """Tell whether its words may still change: nobody read them yet, and it is not over."""
        return super().is_editable(record) and record.closed_at is None

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, object]:
        identity = shop_identity()
        contact = " ".join(filter(None, [identity.name, identity.phone]))
        return {"known_at": timezone.now(), "contact": contact} | super().get_changeform_initial_data(request)

    @admin.display(description=gettext_lazy("known since"), ordering="known_at")
    def known(self, incident: Incident) -> str:
        return moment_text(incident.known_at)

    @admin.display(description=gettext_lazy("time"))
    def clock(self, incident: Incident) -> SafeString:
        return clock_badge(incident)

    @admin.display(description=gettext_lazy("people concerned"), ordering="people_count")
    def people(self, incident: Incident) -> str:
        return number_text(incident.people_count)

    @admin.display(description=gettext_lazy("people told"), boolean=True)
    def told(self, incident: Incident) -> bool:
        return incidents.is_told(incident)

    @admin.display(description=gettext_lazy("authority told"))
    def authority(self, incident: Incident) -> str:
        if incident.reported_at:
            return moment_text(incident.reported_at)
        return _("still to do") if incidents.must_be_reported(incident) else _("not needed")

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Show what is open above the list."""
        pending = list(incidents.pending())
        board = {
            "open": len(pending),
            "to_tell": sum(not incidents.is_told(each) for each in pending),
            "to_report": sum(incidents.must_be_reported(each) and not each.reported_at for each in pending),
            "late": sum(is_late(each) for each in pending),
        }
        return super().changelist_view(request, {"board": board} | (extra_context or {}))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        """Show one incident: what is known, what people read, who knows, and what is left to do."""
        incident = self.row(request, object_id)
        may_change = request.user.has_perm(MAY_CHANGE)
        context = self.admin_site.each_context(request) | {
            "title": incident.title,
            "incident": incident,
            "badges": [clock_badge(incident)],
            "missing": incidents.missing(incident) if incident.closed_at is None else [],
            "facts": _facts(incident),
            "told": _told_facts(incident),
            "is_open": incident.closed_at is None,
            "may_change": may_change,
            "must_be_reported": incidents.must_be_reported(incident),
            **self.notices_of(request, incident),
        }
        return render(request, "privacy/incident.html", context)

    def act_told(self, request: HttpRequest, incident: Incident) -> str:
        """Record that the people know by another way."""
        permit(request, MAY_CHANGE)
        incidents.note_told(incident, how=typed_words(request, "how"))
        return _("Noted: the people were told.")

    def act_reported(self, request: HttpRequest, incident: Incident) -> str:
        """Record that the authority knows."""
        permit(request, MAY_CHANGE)
        incidents.note_reported(incident, how=typed_words(request, "how"))
        return _("Noted: the authority was told.")

    def act_close(self, request: HttpRequest, incident: Incident) -> str:
        """Record what came of it."""
        permit(request, MAY_CHANGE)
        incidents.close(incident, by=request.user, outcome=typed_words(request, "outcome"))
        return _("Closed. The record stays.")


def is_late(incident: Incident) -> bool:
    """Tell of an incident `with_notices` whether the time is over and somebody still does not know."""
    return bool(incidents.missing(incident)) and incidents.deadline(incident) < timezone.now()


def clock_badge(incident: Incident) -> SafeString:
    """Return how much time is left to tell people and authority, loud when it is near or past."""
    if incident.closed_at:
        return badge(_("closed"), "quiet")
    if not incidents.missing(incident):
        return badge(_("everybody told"), "good", "check")
    hours = _hours_left(incident)
    if is_late(incident):
        return badge(_hours_words(-hours, late=True), "bad", "circle-alert")
    return badge(_hours_words(hours), "bad" if hours < SOON_HOURS else "wait", "clock")


def pressing_note(incident: Incident) -> dict[str, object]:
    """Return what the home page says of an open incident."""
    left = incidents.missing(incident)
    said = {"title": incident.title, "clock": _hours_words(abs(_hours_left(incident)), late=is_late(incident))}
    return {
        "title": _("Incident “%(title)s”: %(clock)s") % said if left else _("Incident “%(title)s”") % said,
        "text": capfirst(", ".join(left)) if left else _("Everybody was told. Say what came of it, and close it."),
        "tone": "bad" if left else "wait",
        "url": reverse("admin:customers_incident_change", args=[incident.pk]),
    }


def _hours_left(incident: Incident) -> int:
    """Return the whole hours until the time is over; negative since then."""
    return int((incidents.deadline(incident) - timezone.now()).total_seconds() / 3600)


def _hours_words(hours: int, *, late: bool = False) -> str:
    if late:
        return ngettext("%(count)d hour overdue", "%(count)d hours overdue", hours) % {"count": hours}
    return ngettext("%(count)d hour left", "%(count)d hours left", hours) % {"count": hours}


def _facts(incident: Incident) -> list[tuple[object, ...]]:
    told = f"{incident.told_how} · {moment_text(incident.told_at)}" if incident.told_at else ""
    reported = f"{incident.reported_how} · {moment_text(incident.reported_at)}" if incident.reported_at else "–"
    closed = f"{incident.closed_by} · {day_text(incident.closed_at)}" if incident.closed_at else ""
    facts = [
        (_("What is certain"), capfirst(incident.get_certainty_display())),
        (_("Known since"), moment_text(incident.known_at)),
        (_("To be told until"), moment_text(incidents.deadline(incident))),
        (_("People concerned"), number_text(incident.people_count)),
        (_("Segment"), incident.segment or "–"),
        (_("Broken into from outside"), _("yes") if incident.is_intrusion else _("no")),
        (_("Sensitive data"), _("yes") if incident.is_sensitive else _("no")),
        (_("Written by"), f"{incident.written_by} · {moment_text(incident.written_at)}"),
        (_("Notices handed over"), handed_over_words(incident)),
        (_("Told by another way"), told),
        (_("Authority"), reported if incidents.must_be_reported(incident) or incident.reported_at else _("not needed")),
        (_("Closed"), closed),
        (_("Outcome"), incident.outcome),
    ]
    return [(label, value) for label, value in facts if value]


def _told_facts(incident: Incident) -> list[tuple[object, ...]]:
    kinds = [str(Incident.DataKind(kind).label) for kind in incident.data_kinds]
    return [
        (_("When and how it happened"), incident.what_happened),
        (_("Data concerned"), ", ".join(filter(None, [*kinds, incident.other_data]))),
        (_("What people can do"), incident.protection),
        (_("What the shop did, and how harm is made good"), incident.measures),
        (_("Where people can turn"), incident.contact),
    ]
