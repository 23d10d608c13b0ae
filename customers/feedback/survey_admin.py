"""Surveys in the admin: the list, the editor beside a phone that shows it, and what was answered."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from crm_project.errors import BusinessError
from crm_project.templatetags.components import badge
from crm_project.templatetags.formats import moment_text, number_text
from customers.consent import sender
from customers.feedback import answering, results_page, survey_links, survey_page, surveys
from customers.feedback.question_form import QuestionForm
from customers.models import Survey, SurveyQuestion, SurveyResponse

Status = Survey.Status
TONES = {Status.DRAFT: ("quiet", "pencil"), Status.OPEN: ("good", "circle-check"), Status.CLOSED: ("quiet", "archive")}
PREVIEW_POLICY = "default-src 'none'; style-src 'self'; img-src data:; frame-ancestors 'self'; sandbox"
# What may be changed of a survey that asks or asked customers: not what they read.
ALWAYS_OPEN = ("name", "link_days", "opens_cases", "low_score", "case_owner", "case_days")


class QuestionInline(admin.TabularInline):
    """The questions in their order; fixed once customers may answer."""

    model = SurveyQuestion
    form = QuestionForm
    fields = QuestionForm.Meta.fields
    extra = 0
    min_num = 1
    ordering = ("position", "pk")

    def has_add_permission(self, request: HttpRequest, obj: Survey | None = None) -> bool:
        return super().has_add_permission(request, obj) and _is_draft(obj)

    def has_change_permission(self, request: HttpRequest, obj: Survey | None = None) -> bool:
        return super().has_change_permission(request, obj) and _is_draft(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Survey | None = None) -> bool:
        return super().has_delete_permission(request, obj) and _is_draft(obj)

    def get_fields(self, request: HttpRequest, obj: Survey | None = None) -> tuple[str, ...]:
        """Show the options as they are stored where they cannot be typed."""
        fields = QuestionForm.Meta.fields
        return fields if self.has_change_permission(request, obj) else (*fields[:-1], "options")


@admin.register(Survey)
class SurveyAdmin(admin.ModelAdmin):
    """Surveys, the newest first."""

    change_list_template = "feedback/survey_list.html"
    add_form_template = change_form_template = "feedback/survey_form.html"
    list_display = ("title", "state", "question_count", "response_count", "opened")
    list_display_links = None
    list_filter = ("status",)
    search_fields = ("name", "title_ko")
    inlines = (QuestionInline,)
    fieldsets = (
        (None, {"fields": ("name",)}),
        (
            gettext_lazy("What customers read"),
            {
                "fields": (("title_ko", "title_en"), ("intro_ko", "intro_en"), ("thanks_ko", "thanks_en")),
                "description": gettext_lazy("Korean stands first; English under it, where it was written."),
            },
        ),
        (
            gettext_lazy("Links and low scores"),
            {"fields": ("link_days", "opens_cases", ("low_score", "case_owner", "case_days"))},
        ),
    )
    acts = ("open", "close", "copy")

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view
        acts = [
            path(f"<int:pk>/{name}/", guard(partial(self._act, name=name)), name=f"customers_survey_{name}")
            for name in self.acts
        ]
        return [
            *acts,
            path("<int:pk>/preview/", guard(self.preview), name="customers_survey_preview"),
            path("<int:pk>/results/", guard(self.results), name="customers_survey_results"),
            path("<int:pk>/export/", guard(self.export), name="customers_survey_export"),
            *super().get_urls(),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Survey]:
        counts = {"asked": _count_of(SurveyQuestion), "answered": _count_of(SurveyResponse)}
        return super().get_queryset(request).annotate(**counts)

    def formfield_for_dbfield(self, db_field: models.Field, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer staff who can log in as owners, without ways to edit them."""
        if db_field.name == "case_owner":
            return db_field.formfield(queryset=User.objects.filter(is_active=True, is_staff=True).order_by("username"))
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Survey | None = None) -> tuple[str, ...]:
        """Fix what customers read once they may answer."""
        if _is_draft(obj):
            return ()
        return tuple(each.name for each in Survey._meta.fields if each.editable and each.name not in ALWAYS_OPEN)

    def has_delete_permission(self, request: HttpRequest, obj: Survey | None = None) -> bool:
        """Let nothing go that customers answered to."""
        return super().has_delete_permission(request, obj) and _is_draft(obj)

    def save_model(self, request: HttpRequest, survey: Survey, form: object, change: bool) -> None:
        survey.author = survey.author or request.user
        super().save_model(request, survey, form, change)

    def render_change_form(self, request: HttpRequest, context: dict, **kwargs: object) -> HttpResponse:
        """Give the page what stands beside the form: the phone, the links to try, what is still missing."""
        survey = kwargs.get("obj") or context.get("original")
        if survey is not None:
            context |= {
                "trial_url": survey_links.trial_url(survey.pk),
                "missing": surveys.what_is_missing(survey) if survey.status == Status.DRAFT else [],
                "state": self.state(survey),
                "is_draft": survey.status == Status.DRAFT,
                "is_open": survey.status == Status.OPEN,
            }
        return super().render_change_form(request, context, **kwargs)

    def preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Return the public page for the phone beside the form; nothing in it can be sent."""
        survey = self._readable(request, pk)
        shown = survey_page.page_of(survey, answering.Form(list(survey.questions.all())))
        context = {"page": shown, "shop": sender.shop_identity(), "shop_name": sender.shop_identity().name}
        answer = HttpResponse(render_to_string("feedback/survey.html", context, request))
        answer.headers["Content-Security-Policy"] = PREVIEW_POLICY
        answer.headers["X-Frame-Options"] = "SAMEORIGIN"
        return answer

    def results(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show what was answered."""
        return results_page.show(request, self._readable(request, pk))

    def export(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask for the answers as a file."""
        survey = self._readable(request, pk)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        return results_page.ask_for_file(request, survey)

    def _readable(self, request: HttpRequest, pk: int) -> Survey:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return get_object_or_404(Survey, pk=pk)

    def _act(self, request: HttpRequest, pk: int, *, name: str) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_change_permission(request):
            raise PermissionDenied
        survey = Survey.objects.filter(pk=pk).first()
        if survey is None:
            raise Http404
        act: Callable[[HttpRequest, Survey], Survey] = getattr(self, f"act_{name}")
        try:
            survey = act(request, survey)
        except BusinessError as refusal:
            messages.error(request, str(refusal))
        else:
            self.log_change(request, survey, name)
        return HttpResponseRedirect(reverse("admin:customers_survey_change", args=[survey.pk]))

    def act_open(self, request: HttpRequest, survey: Survey) -> Survey:
        """Let customers answer."""
        surveys.open_survey(survey)
        messages.success(request, _("Open: messages can ask it now."))
        return survey

    def act_close(self, request: HttpRequest, survey: Survey) -> Survey:
        """Take no more answers."""
        surveys.close_survey(survey)
        messages.success(request, _("Closed: links that are out say that it is over."))
        return survey

    def act_copy(self, request: HttpRequest, survey: Survey) -> Survey:
        """Make a draft that asks the same."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        return surveys.copy(survey, by=request.user)

    @admin.display(description=gettext_lazy("survey"), ordering="name")
    def title(self, survey: Survey) -> SafeString:
        page = "change" if survey.status == Status.DRAFT else "results"
        url = reverse(f"admin:customers_survey_{page}", args=[survey.pk])
        return format_html('<a href="{}">{}</a><span class="quiet cell-note">{}</span>', url, survey, survey.title_ko)

    @admin.display(description=gettext_lazy("status"), ordering="status")
    def state(self, survey: Survey) -> SafeString:
        return state_badge(survey)

    @admin.display(description=gettext_lazy("questions"), ordering="asked")
    def question_count(self, survey: Survey) -> SafeString:
        return format_html('<span class="num">{}</span>', number_text(survey.asked))

    @admin.display(description=gettext_lazy("answers"), ordering="answered")
    def response_count(self, survey: Survey) -> SafeString:
        return format_html('<span class="num">{}</span>', number_text(survey.answered))

    @admin.display(description=pgettext_lazy("survey", "opened"), ordering="opened_at")
    def opened(self, survey: Survey) -> str:
        return moment_text(survey.opened_at) if survey.opened_at else "–"


def state_badge(survey: Survey) -> SafeString:
    """Return the status as a badge."""
    return badge(survey.get_status_display(), *TONES[Status(survey.status)])


def _count_of(model: type[models.Model]) -> Coalesce:
    """Count the rows of each survey by themselves: joined, questions would multiply responses."""
    rows = model._base_manager.filter(survey=OuterRef("pk")).order_by().values("survey")
    return Coalesce(Subquery(rows.annotate(count=Count("pk")).values("count")), 0)


def _is_draft(survey: Survey | None) -> bool:
    return survey is None or survey.status == Status.DRAFT
