"""What people ask about their own data, in the admin: a board of what is due, one request, the copy, the erasure."""

from datetime import date, datetime, time

from django import forms
from django.contrib import admin
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_project.templatetags.components import badge
from crm_project.templatetags.formats import day_text, moment_text
from crm_project.typed_words import typed_words
from customers import access_log
from customers.customer_link import customer_link
from customers.masking import mask_words
from customers.models import AccessLogEntry, Customer, SubjectRequest
from customers.privacy import erasure_page, subject_copy, subject_requests
from customers.privacy.acting_admin import ActingAdmin, permit
from customers.privacy.subject_requests import MAY_HANDLE, Kind, Status

SOON_DAYS = 3


class StateFilter(admin.SimpleListFilter):
    """What still has to be done."""

    title = gettext_lazy("to do")
    parameter_name = "todo"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, object]]:
        return [("unanswered", _("unanswered")), ("overdue", _("overdue")), ("to_tell", _("person to be told"))]

    def queryset(self, request: HttpRequest, rows: QuerySet[SubjectRequest]) -> QuerySet[SubjectRequest]:
        unanswered = Q(status=Status.OPEN) | Q(notified_at=None)
        match self.value():
            case "unanswered":
                return rows.filter(unanswered)
            case "overdue":
                return rows.filter(unanswered, due_on__lt=timezone.localdate())
            case "to_tell":
                return rows.exclude(status=Status.OPEN).filter(notified_at=None)
        return rows


def _kinds() -> list[tuple[str, str]]:
    return [(kind.value, capfirst(kind.label)) for kind in Kind]


class OpenForm(forms.Form):
    """A request that reached the staff by phone, mail or in a store."""

    kind = forms.ChoiceField(label=gettext_lazy("What does the person ask for?"), choices=_kinds)
    number = forms.CharField(
        label=gettext_lazy("Customer number"),
        max_length=100,
        required=False,
        help_text=gettext_lazy("Empty where the person is no customer here"),
    )
    received_on = forms.DateField(
        label=gettext_lazy("Received on"), widget=forms.DateInput(attrs={"type": "date"}), initial=timezone.localdate
    )
    details = forms.CharField(
        label=gettext_lazy("What was said"), max_length=2_000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )

    def clean_received_on(self) -> date:
        """Return the day, which is not in the future."""
        received_on: date = self.cleaned_data["received_on"]
        if received_on > timezone.localdate():
            raise forms.ValidationError(_("A request cannot have been received in the future."))
        return received_on

    def clean_number(self) -> Customer | None:
        """Return the customer of that number, of whichever system; the latest where two systems use it."""
        number = self.cleaned_data["number"].strip()
        if not number:
            return None
        customer = Customer.objects.known_as(number).first()
        if customer is None:
            raise forms.ValidationError(_("There is no customer with this number."))
        return customer


@admin.register(SubjectRequest)
class SubjectRequestAdmin(ActingAdmin):
    """Requests of people, the most pressing first."""

    change_list_template = "privacy/requests.html"
    list_display = ("asked", customer_link, "received", "due", "state", "told", "origin")
    list_filter = (StateFilter, "kind", "status")
    list_select_related = ("customer",)
    ordering = (F("closed_at").desc(nulls_first=True), "due_on", "-pk")
    acts = ("close", "told", "copy")

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view
        return [
            path("open/", guard(self.open_view), name="customers_subjectrequest_open"),
            path("erase/<int:customer_id>/", guard(erasure_page.page), name="customers_erase"),
            *super().get_urls(),
        ]

    @admin.display(description=gettext_lazy("asks for"), ordering="kind")
    def asked(self, row: SubjectRequest) -> str:
        return capfirst(row.get_kind_display())

    @admin.display(description=gettext_lazy("received"), ordering="received_at")
    def received(self, row: SubjectRequest) -> str:
        return moment_text(row.received_at)

    @admin.display(description=gettext_lazy("due on"), ordering="due_on")
    def due(self, row: SubjectRequest) -> SafeString | str:
        return due_badge(row)

    @admin.display(description=gettext_lazy("status"), ordering="status")
    def state(self, row: SubjectRequest) -> SafeString:
        tone = {Status.OPEN: "wait", Status.DONE: "good", Status.REFUSED: "quiet"}[Status(row.status)]
        return badge(row.get_status_display(), tone)

    @admin.display(description=gettext_lazy("person told"), boolean=True)
    def told(self, row: SubjectRequest) -> bool:
        return row.notified_at is not None

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Show the board: what is open, soon due, overdue, to be told."""
        today = timezone.localdate()
        unanswered = list(subject_requests.unanswered().values_list("status", "due_on"))
        counts = {
            "open": sum(status == Status.OPEN for status, _due in unanswered),
            "soon": sum(0 <= (due - today).days <= SOON_DAYS for _status, due in unanswered),
            "overdue": sum(due < today for _status, due in unanswered),
            "to_tell": sum(status != Status.OPEN for status, _due in unanswered),
        }
        may_open = {"may_open": request.user.has_perm(MAY_HANDLE)}
        return super().changelist_view(request, {"board": counts} | may_open | (extra_context or {}))

    def open_view(self, request: HttpRequest) -> HttpResponse:
        """Write a request down."""
        permit(request, MAY_HANDLE)
        given = {"number": request.GET.get("number", ""), "kind": request.GET.get("kind", "")}
        form = OpenForm(request.POST or None, initial={key: value for key, value in given.items() if value})
        if request.method == "POST" and form.is_valid():
            received_on = form.cleaned_data["received_on"]
            row = subject_requests.open_request(
                form.cleaned_data["kind"],
                customer=form.cleaned_data["number"],
                details=form.cleaned_data["details"],
                received_at=_received_at(received_on),
                by=request.user,
            )
            return HttpResponseRedirect(self.page_of(row))
        context = self.admin_site.each_context(request) | {"title": _("Request of a person"), "form": form}
        return render(request, "privacy/open_request.html", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        """Show one request, with the acts that fit what it asks for."""
        row = self.row(request, object_id)
        may_handle = request.user.has_perm(MAY_HANDLE)
        is_there = row.customer is not None and row.customer.erased_at is None
        context = self.admin_site.each_context(request) | {
            "title": _("%(kind)s, request %(number)d") % {"kind": capfirst(row.get_kind_display()), "number": row.pk},
            "row": row,
            "badges": [self.state(row), due_badge(row)],
            "facts": _facts(row, sees_names=request.user.has_perm(access_log.MAY_UNMASK))[: None if may_handle else -2],
            "may_handle": may_handle,
            "may_copy": may_handle and is_there and request.user.has_perm(access_log.MAY_UNMASK),
            "may_erase": is_there and row.kind == Kind.ERASE and request.user.has_perm(erasure_page.MAY_ERASE),
            "is_open": row.status == Status.OPEN,
        }
        return render(request, "privacy/request.html", context)

    def act_close(self, request: HttpRequest, row: SubjectRequest) -> str:
        """Record the outcome."""
        permit(request, MAY_HANDLE)
        subject_requests.close(
            row,
            by=request.user,
            outcome=typed_words(request, "outcome", longest=2_000),
            is_refused="refuse" in request.POST,
            told_by=typed_words(request, "told_by"),
        )
        return _("Closed. It stays on the board until the person was told.")

    def act_told(self, request: HttpRequest, row: SubjectRequest) -> str:
        """Record that the person knows."""
        permit(request, MAY_HANDLE)
        subject_requests.note_told(row, how=typed_words(request, "how"))
        return _("Noted: the person was told.")

    def act_copy(self, request: HttpRequest, row: SubjectRequest) -> HttpResponse | str:
        """Hand out everything that is stored about the person."""
        permit(request, MAY_HANDLE, access_log.MAY_UNMASK)
        if row.customer is None or row.customer.erased_at:
            return _("Nothing is stored about this person.")
        copy = subject_copy.archive(row.customer)
        access_log.record(
            request, AccessLogEntry.Action.EXPORT, customer=row.customer, reason=f"request {row.pk}", row_count=1
        )
        headers = {"Content-Disposition": f'attachment; filename="request-{row.pk}.zip"'}
        return HttpResponse(copy, content_type="application/zip", headers=headers)


def _received_at(day: date) -> datetime | None:
    """Return the last moment of a day, so that a request to stop reaches what was said that day; None: today, now."""
    if day == timezone.localdate():
        return None
    return timezone.make_aware(datetime.combine(day, time.max))


def due_badge(row: SubjectRequest) -> SafeString | str:
    """Return the day an answer is due, loud when it is near or past."""
    if row.status != Status.OPEN and row.notified_at:
        return day_text(row.due_on)
    days = (row.due_on - timezone.localdate()).days
    if days < 0:
        return badge(_("%(days)d days overdue") % {"days": -days}, "bad", "circle-alert")
    return badge(day_text(row.due_on), "wait" if days <= SOON_DAYS else "quiet", "clock")


def _facts(row: SubjectRequest, *, sees_names: bool) -> list[tuple[object, ...]]:
    """Return what is known of a request; what was said and done comes last, for those who handle requests."""
    said, done = (row.details, row.outcome) if sees_names else (_masked(row.details, row), _masked(row.outcome, row))
    closed = f"{row.closed_by} · {moment_text(row.closed_at)}" if row.closed_at else "–"
    told = f"{row.notified_how} · {moment_text(row.notified_at)}" if row.notified_at else "–"
    return [
        (_("Customer"), customer_link(row) if row.customer else _("not known here")),
        (_("How it came"), row.get_origin_display()),
        (_("Received"), moment_text(row.received_at)),
        (_("Due on"), day_text(row.due_on)),
        (_("Closed by"), closed),
        (_("Person told"), told),
        (_("What was said"), said or "–"),
        (_("Outcome"), done or "–"),
    ]


def _masked(words: str, row: SubjectRequest) -> str:
    return mask_words(words, row.customer)
