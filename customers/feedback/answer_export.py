"""The answers to a survey as a file, by the one way in which personal data leaves (`customers/privacy/exports`)."""

from collections.abc import Iterator, Sequence

from django.db.models import QuerySet
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.masking import mask_words
from customers.models import Customer, ExportRequest, SurveyAnswer, SurveyQuestion, SurveyResponse
from customers.privacy.exports import EXPORTS, Export

KIND = "survey_answers"
AT_ONCE = 1_000


def people(survey: object) -> QuerySet[Customer]:
    """Return who answered the survey."""
    return Customer.objects.filter(pk__in=SurveyResponse.objects.filter(survey=survey).values("customer"))


def header(export: ExportRequest) -> list[str]:
    """Return the names of the columns: one a question."""
    return [_("Customer number"), _("Answered at"), _("Score"), *(question.text_ko for question in _asked(export))]


def rows(export: ExportRequest) -> Iterator[Sequence[object]]:
    """Yield a row a response of the people listed when the file was asked for."""
    asked = _asked(export)
    listed = SurveyResponse.objects.filter(survey=export.parameters["survey"], customer__erased_at=None)
    listed = listed.filter(customer__in=export.people.values("customer")).select_related("customer")
    for response in listed.prefetch_related("answers").order_by("pk").iterator(chunk_size=AT_ONCE):
        answers = {answer.question_id: answer for answer in response.answers.all()}
        said = [_said(question, answers.get(question.pk), response, export) for question in asked]
        at = f"{localtime(response.answered_at):%Y-%m-%d %H:%M}"
        yield [response.customer.external_id, at, "" if response.score is None else response.score, *said]


def _asked(export: ExportRequest) -> list[SurveyQuestion]:
    return list(SurveyQuestion.objects.filter(survey=export.parameters["survey"]))


def _said(
    question: SurveyQuestion, answer: SurveyAnswer | None, response: SurveyResponse, export: ExportRequest
) -> object:
    if answer is None:
        return ""
    if answer.number is None:
        return answer.text if export.is_unmasked else mask_words(answer.text, response.customer)
    if question.kind == SurveyQuestion.Kind.CHOICE:
        return question.options[answer.number - 1].get("ko", answer.number)
    return answer.number


EXPORTS.register(KIND, Export(gettext_lazy("Answers to a survey"), "customers.export_customers", header, rows))
