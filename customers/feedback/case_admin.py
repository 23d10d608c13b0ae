"""Cases in the admin: what is pending and overdue, one case with the answer and the story, and the acts on it."""

from datetime import date

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db.models import Case as Choose
from django.db.models import QuerySet, Value, When
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from crm_project.errors import BusinessError
from crm_project.templatetags.components import badge
from crm_project.templatetags.formats import day_text, moment_text
from customers import access_log
from customers.customer_link import customer_link
from customers.feedback import cases
from customers.masking import CustomerView, mask_words
from customers.models import AccessLogEntry, Case, CaseNote, Customer, SurveyAnswer, SurveyQuestion
from customers.privacy.acting_admin import ActingAdmin, permit
from customers.profile.timeline import timeline_page

MAY_CHANGE = "customers.change_case"
MAY_ADD = "customers.add_case"
STORY_SHOWN = 8
STATE_TONES = {Case.Status.OPEN: "wait", Case.Status.WAITING: "busy", Case.Status.CLOSED: "good"}
PENDING_FIRST = Choose(When(status=Case.Status.CLOSED, then=Value(1)), default=Value(0))


class TodoFilter(admin.SimpleListFilter):
    """What still has to be done."""

    title = gettext_lazy("to do")
    parameter_name = "todo"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, object]]:
        return [
            ("mine", _("mine")),
            ("overdue", _("overdue")),
            ("nobody", _("without an owner")),
            ("pending", _("all")),
        ]

    def queryset(self, request: HttpRequest, rows: QuerySet[Case]) -> QuerySet[Case]:
        pending = rows.filter(pk__in=cases.pending().values("pk"))
        match self.value():
            case "mine":
                return pending.filter(owner=request.user)
            case "overdue":
                return pending.filter(due_on__lt=timezone.localdate())
            case "nobody":
                return pending.filter(owner=None)
            case "pending":
                return pending
        return rows


class AssignForm(forms.Form):
    """Who looks after the case, until when, and how pressing it is."""

    owner = forms.ModelChoiceField(
        User.objects.filter(is_active=True, is_staff=True).order_by("username"),
        label=gettext_lazy("Owner"),
        required=False,
        empty_label=gettext_lazy("nobody yet"),
    )
    due_on = forms.DateField(label=gettext_lazy("Due on"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    priority = forms.TypedChoiceField(label=gettext_lazy("Priority"), choices=Case.Priority.choices, coerce=int)


@admin.register(Case)
class CaseAdmin(ActingAdmin):
    """Cases, the most pressing first."""

    change_list_template = "feedback/case_list.html"
    list_display = ("what", customer_link, "state", "due", "owner", "opened")
    list_display_links = None
    list_filter = (TodoFilter, "status", "priority")
    list_select_related = ("customer", "owner")
    search_fields = ("customer__external_id__exact",)
    search_help_text = gettext_lazy("Customer number")
    ordering = (PENDING_FIRST, "due_on", "priority", "pk")
    acts = ("note", "reply", "assign", "close", "reopen")

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view
        opening = path("open/<int:customer_id>/", guard(self.open_view), name="customers_case_open")
        return [opening, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Show the board above the list."""
        return super().changelist_view(request, {"board": _board(request.user)} | (extra_context or {}))

    def open_view(self, request: HttpRequest, customer_id: int) -> HttpResponse:
        """Write a complaint down that came by phone or in a store."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        permit(request, MAY_ADD)
        customer = get_object_or_404(Customer, pk=customer_id)
        try:
            case = cases.open_by_hand(customer, request.POST.get("subject", ""), by=request.user)
        except BusinessError as refusal:
            messages.error(request, str(refusal))
            return HttpResponseRedirect(reverse("admin:customers_customer_change", args=[customer.pk]))
        self.log_addition(request, case, "opened")
        return HttpResponseRedirect(self.page_of(case))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        """Show one case; looking at the customer's story is written into the access log."""
        case = self.row(request, object_id)
        access_log.record(request, AccessLogEntry.Action.VIEW, customer=case.customer)
        context = self.admin_site.each_context(request) | _page(request, case)
        context |= {"badges": [self.state(case), due_badge(case)]}
        return render(request, "feedback/case.html", context)

    def act_note(self, request: HttpRequest, case: Case) -> str:
        """Keep what was found out."""
        permit(request, MAY_CHANGE)
        cases.note(case, request.POST.get("text", ""), by=request.user)
        return _("Noted.")

    def act_reply(self, request: HttpRequest, case: Case) -> str:
        """Keep what the customer was told."""
        permit(request, MAY_CHANGE)
        cases.note(case, request.POST.get("text", ""), by=request.user, is_reply=True)
        return _("Noted: the customer was told. The case waits for them.")

    def act_assign(self, request: HttpRequest, case: Case) -> str:
        """Give the case to somebody."""
        permit(request, MAY_CHANGE)
        form = AssignForm(request.POST)
        if not form.is_valid():
            raise cases.CaseRefused(_("Choose an owner, a day and a priority."))
        cases.assign(case, **form.cleaned_data)
        return _("Assigned.")

    def act_close(self, request: HttpRequest, case: Case) -> str:
        """End the case."""
        permit(request, MAY_CHANGE)
        cases.close(case, request.POST.get("outcome", ""), by=request.user, text=request.POST.get("text", ""))
        return _("Closed. The customer may get advertising again.")

    def act_reopen(self, request: HttpRequest, case: Case) -> str:
        """Take the case up again."""
        permit(request, MAY_CHANGE)
        cases.reopen(case, by=request.user)
        return _("Opened again.")

    @admin.display(description=gettext_lazy("case"), ordering="pk")
    def what(self, case: Case) -> SafeString:
        subject = mask_words(case.subject, case.customer) or _("Case %s") % case.pk
        return format_html('<a href="{}">{}</a>', self.page_of(case), subject)

    @admin.display(description=gettext_lazy("status"), ordering="status")
    def state(self, case: Case) -> SafeString:
        return badge(case.get_status_display(), STATE_TONES[Case.Status(case.status)])

    @admin.display(description=gettext_lazy("due on"), ordering="due_on")
    def due(self, case: Case) -> SafeString | str:
        return due_badge(case)

    @admin.display(description=pgettext_lazy("case", "opened"), ordering="opened_at")
    def opened(self, case: Case) -> str:
        return moment_text(case.opened_at)


def due_badge(case: Case) -> SafeString | str:
    """Return the day by which it should be over, loud once that has passed."""
    if case.status == Case.Status.CLOSED:
        return badge(case.get_outcome_display(), "quiet", "check")
    days = (case.due_on - timezone.localdate()).days
    if days < 0:
        return badge(_("%(days)d days overdue") % {"days": -days}, "bad", "circle-alert")
    return badge(day_text(case.due_on), "wait" if days == 0 else "quiet", "clock")


def _board(user: User) -> dict[str, int]:
    today: date = timezone.localdate()
    rows = list(cases.pending().values_list("due_on", "owner"))
    return {
        "pending": len(rows),
        "overdue": sum(due_on < today for due_on, _owner in rows),
        "mine": sum(owner == user.pk for _due, owner in rows),
        "nobody": sum(owner is None for _due, owner in rows),
    }


def _page(request: HttpRequest, case: Case) -> dict[str, object]:
    customer, unmasked = case.customer, access_log.is_unmasked(request, case.customer)

    def shown(words: object) -> str:
        return str(words) if unmasked else mask_words(str(words), customer)

    person = CustomerView(customer, unmasked=unmasked)
    return {
        "title": shown(case.subject) or _("Case %s") % case.pk,
        "case": case,
        "person": person,
        "facts": _facts(case, person),
        "answers": [(question, shown(said)) for question, said in _answers(case)],
        "notes": [(note, shown(note.text)) for note in CaseNote.objects.filter(case=case).select_related("by")],
        "story": [(item, shown(item.title), shown(item.detail)) for item in _story(customer)],
        "may_change": request.user.has_perm(MAY_CHANGE),
        "is_closed": case.status == Case.Status.CLOSED,
        "assign": AssignForm(initial={"owner": case.owner_id, "due_on": case.due_on, "priority": case.priority}),
        "outcomes": Case.Outcome.choices,
    }


def _facts(case: Case, person: CustomerView) -> list[tuple[object, ...]]:
    closed = f"{moment_text(case.closed_at)} · {case.closed_by}" if case.closed_at else ""
    opener = case.opened_by or _("a low score")
    pairs = [
        (_("Customer"), customer_link(case)),
        (_("Name"), person.name),
        (_("Phone"), person.phone),
        (_("E-mail"), person.email),
        (pgettext("case", "Opened"), f"{moment_text(case.opened_at)} · {opener}"),
        (_("Owner"), case.owner or _("nobody yet")),
        (_("Priority"), case.get_priority_display()),
        (_("Closed"), closed),
    ]
    return [(label, value) for label, value in pairs if value]


def _answers(case: Case) -> list[tuple[str, object]]:
    """Return each question with what the customer answered."""
    rows = SurveyAnswer.objects.filter(response=case.response_id or 0).select_related("question")
    return [(answer.question.text_ko, _said(answer)) for answer in rows.order_by("question__position", "pk")]


def _said(answer: SurveyAnswer) -> object:
    if answer.number is None:
        return answer.text
    if answer.question.kind == SurveyQuestion.Kind.CHOICE:
        return answer.question.options[answer.number - 1].get("ko", answer.number)
    return answer.number


def _story(customer: Customer) -> list:
    return timeline_page(customer.pk, size=STORY_SHOWN).items[:STORY_SHOWN]
