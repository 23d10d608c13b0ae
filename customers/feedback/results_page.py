"""What was answered to a survey, question by question, and the file of it."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from crm_project.errors import BusinessError
from crm_project.templatetags.components import badge
from crm_project.templatetags.formats import number_text, percent_text
from crm_project.typed_words import typed_words
from customers import access_log
from customers.feedback import answer_export, questions, scores
from customers.masking import mask_words
from customers.models import AccessLogEntry, Survey, SurveyAnswer, SurveyQuestion, SurveyResponse
from customers.privacy import exports

WORDS_SHOWN = 30
MAY_EXPORT = "customers.export_customers"
MAY_READ = "customers.view_surveyanswer"


def show(request: HttpRequest, survey: Survey) -> HttpResponse:
    """Show the answers; words are read by who may read answers, masked unless they may see personal data."""
    counted = _counted(survey)
    may_read = request.user.has_perm(MAY_READ)
    words = _words(request, survey) if may_read else None
    context = admin.site.each_context(request) | {
        "title": survey.name,
        "survey": survey,
        "badges": [badge(survey.get_status_display(), "good" if survey.status == Survey.Status.OPEN else "quiet")],
        "facts": _facts(survey),
        "blocks": [_block(question, counted.get(question.pk, {})) for question in survey.questions.all()],
        "words": words,
        "may_export": request.user.has_perm(MAY_EXPORT) and may_read,
        "may_unmask": request.user.has_perm(access_log.MAY_UNMASK),
    }
    return render(request, "feedback/results.html", context)


def ask_for_file(request: HttpRequest, survey: Survey) -> HttpResponse:
    """Ask for the answers as a CSV file, with a reason; from there on it goes the way of every export.

    Raises:
        PermissionDenied: the reader may not read answers, or may not export.
    """
    if not request.user.has_perm(MAY_READ):
        raise PermissionDenied
    here = reverse("admin:customers_survey_results", args=[survey.pk])
    try:
        asked = exports.request_export(
            answer_export.KIND,
            by=request.user,
            reason=typed_words(request, "reason"),
            customers=answer_export.people(survey),
            row_count=survey.responses.count(),
            parameters={"survey": survey.pk},
            is_unmasked="is_unmasked" in request.POST,
        )
    except BusinessError as refusal:
        messages.error(request, str(refusal))
        return HttpResponseRedirect(here)
    return HttpResponseRedirect(reverse("admin:customers_exportrequest_change", args=[asked.pk]))


def _counted(survey: Survey) -> dict[int, dict[int, int]]:
    """Return how often each number was answered, by question."""
    rows = SurveyAnswer.objects.filter(response__survey=survey, number__isnull=False).order_by()
    found: dict[int, dict[int, int]] = {}
    for question_id, number, count in rows.values_list("question", "number").annotate(n=Count("pk")):
        found.setdefault(question_id, {})[number] = count
    return found


def _facts(survey: Survey) -> list[tuple[object, ...]]:
    responses = SurveyResponse.objects.filter(survey=survey)
    cases = responses.filter(cases__isnull=False).distinct().count()
    return [
        (_("Answers"), number_text(responses.count())),
        (_("Became cases"), number_text(cases)),
        (_("A link works for"), _("%s days") % number_text(survey.link_days)),
    ]


def _block(question: SurveyQuestion, counts: dict[int, int]) -> dict[str, Any]:
    """Return a question with its bars, and the figure where it is on a scale."""
    total = sum(counts.values())
    rows = [
        {
            "label": _label(question, number),
            "value": counts.get(number, 0),
            "note": percent_text(counts.get(number, 0) / total) if total else "",
            "tone": "bad" if number <= questions.USUALLY_LOW.get(question.kind, -1) else "",
        }
        for number in questions.numbers_of(question)
    ]
    found = scores.figure(question.kind, counts) if question.kind in questions.SCALES else None
    return {"question": question, "rows": rows, "total": total, "said": in_words(found) if found else ""}


def in_words(found: scores.Figure) -> str:
    """Say a figure with its interval and how many answered."""
    said = {
        "value": value_text(found.kind, found.value),
        "low": value_text(found.kind, found.low),
        "high": value_text(found.kind, found.high),
        "count": number_text(found.count),
        "kind": found.kind.upper(),
    }
    words = _("%(kind)s %(value)s (95 %%: %(low)s to %(high)s, %(count)s answers)") % said
    warning = _("few answers: chance alone may have made this")
    return f"{words} · {warning}" if found.is_few else words


def value_text(kind: str, value: float) -> str:
    """Write a figure as it is read: NPS in points, CSAT in per cent."""
    return f"{round(value):+d}" if kind == "nps" else percent_text(value, 0)


def _label(question: SurveyQuestion, number: int) -> str:
    if question.kind != SurveyQuestion.Kind.CHOICE:
        return str(number)
    return str(question.options[number - 1].get("ko", number))


def _words(request: HttpRequest, survey: Survey) -> Any:
    """Return a page of what was said in words, newest first; seeing it unmasked is written down."""
    said = SurveyAnswer.objects.filter(response__survey=survey).exclude(text="")
    rows = said.select_related("response__customer", "question").order_by("-response__answered_at", "-pk")
    page = Paginator(rows, WORDS_SHOWN).get_page(request.GET.get("p"))
    for answer in page.object_list:
        answer.shown = mask_words(answer.text, answer.response.customer)
    if page.object_list:
        ids = {answer.response.customer_id for answer in page.object_list}
        access_log.record_many(
            request, AccessLogEntry.Action.VIEW, customer_ids=sorted(ids), reason=f"survey {survey.pk}"
        )
    return page
