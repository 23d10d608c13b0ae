"""What the public page of a survey shows: each question in Korean, with its English under it, and what was typed."""

from dataclasses import dataclass

from django.utils.functional import Promise

from customers.feedback import answering, questions
from customers.models import Survey, SurveyQuestion

Said = int | str | None


@dataclass(frozen=True)
class Choice:
    """One answer to tick."""

    number: int
    label_ko: str
    label_en: str
    is_ticked: bool


@dataclass(frozen=True)
class ShownQuestion:
    """A question as it stands on the page."""

    question: SurveyQuestion
    name: str
    choices: list[Choice]
    words: str
    problem: str | Promise

    @property
    def is_scale(self) -> bool:
        """Tell whether the answers are numbers side by side."""
        return self.question.kind in questions.SCALES


@dataclass(frozen=True)
class SurveyPage:
    """The whole page; without questions it only says something."""

    survey: Survey
    questions: list[ShownQuestion]
    is_trial: bool
    has_problems: bool


def page_of(survey: Survey, form: answering.Form | None = None, *, is_trial: bool = False) -> SurveyPage:
    """Return the page with the form's questions and what was typed."""
    form = form or answering.Form([])
    shown = [_shown(question, form) for question in form.questions]
    return SurveyPage(survey, shown, is_trial, bool(form.problems))


def _shown(question: SurveyQuestion, form: answering.Form) -> ShownQuestion:
    said = form.answers.get(question.pk)
    return ShownQuestion(
        question,
        answering.name_of(question),
        [_choice(question, number, said) for number in questions.numbers_of(question)],
        said if isinstance(said, str) else "",
        form.problems.get(question.pk, ""),
    )


def _choice(question: SurveyQuestion, number: int, said: Said) -> Choice:
    if question.kind in questions.SCALES:
        return Choice(number, str(number), "", number == said)
    option = question.options[number - 1]
    return Choice(number, option.get("ko", ""), option.get("en", ""), number == said)
