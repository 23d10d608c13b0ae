"""Record what a customer answered: once, all of it together, and with it the case that a low score opens."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customers.feedback import cases, questions, subjects
from customers.models import Customer, Survey, SurveyAnswer, SurveyQuestion, SurveyResponse
from customers.segments.refresh import touch

LONGEST_WORDS = 2_000
UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
NOT_ANSWERED = _("Please answer this question.")
NOT_AN_ANSWER = _("Please choose one of the answers.")
TOO_LONG = _("Please say it in at most 2,000 letters.")


@dataclass
class Form:
    """The questions with what was typed; `problems` by question id says what is wrong with it."""

    questions: list[SurveyQuestion]
    answers: dict[int, int | str] = field(default_factory=dict)
    problems: dict[int, str | Promise] = field(default_factory=dict)


def read_form(asked: list[SurveyQuestion], typed: Mapping[str, str]) -> Form:
    """Return what was answered to each question (`q<id>`); what is no answer is a problem, never an error."""
    form = Form(asked)
    for question in asked:
        said = _cleaned(typed.get(name_of(question), ""))
        if said:
            _take(form, question, said)
        elif question.is_required:
            form.problems[question.pk] = NOT_ANSWERED
    return form


def name_of(question: SurveyQuestion) -> str:
    """Return the name of the question's field."""
    return f"q{question.pk}"


@transaction.atomic
def record(
    survey: Survey, customer: Customer, form: Form, *, message_id: int | None, language: str, now: datetime
) -> SurveyResponse | None:
    """Write the response, its answers and the case of a low score; return None where it was answered already."""
    scoring = questions.scoring_question(form.questions)
    score = form.answers.get(scoring.pk) if scoring else None
    about = subjects.subject_of(customer, message_id, at=now)
    response, is_new = SurveyResponse.objects.get_or_create(
        survey=survey,
        customer=customer,
        message_id=message_id,
        defaults={
            "kind": scoring.kind if scoring and score is not None else "",
            "score": score,
            "language": language[:10],
            "order_id": about.order_id,
            "product_id": about.product_id,
            "store_id": about.store_id,
            "answered_at": now,
        },
    )
    if not is_new:
        return None
    SurveyAnswer.objects.bulk_create(_answers(response, form))
    cases.open_if_low(response, now=now)
    touch([customer.pk])
    return response


def is_answered(survey: Survey, customer: Customer, *, message_id: int | None) -> bool:
    """Tell whether the customer answered this message's survey already."""
    return SurveyResponse.objects.filter(survey=survey, customer=customer, message_id=message_id).exists()


def _take(form: Form, question: SurveyQuestion, said: str) -> None:
    if question.kind == SurveyQuestion.Kind.TEXT:
        form.answers[question.pk] = said
        if len(said) > LONGEST_WORDS:
            form.problems[question.pk] = TOO_LONG
    elif said.isascii() and said.isdigit() and len(said) < 3 and int(said) in questions.numbers_of(question):
        form.answers[question.pk] = int(said)
    else:
        form.problems[question.pk] = NOT_AN_ANSWER


def _cleaned(said: str) -> str:
    """Return the words without what nobody can see; line ends are one character each."""
    return unicodedata.normalize("NFC", UNSEEN.sub("", said.replace("\r\n", "\n"))).strip()


def _answers(response: SurveyResponse, form: Form) -> list[SurveyAnswer]:
    return [
        SurveyAnswer(response=response, question=question, **{"text" if isinstance(said, str) else "number": said})
        for question in form.questions
        if (said := form.answers.get(question.pk)) is not None
    ]
