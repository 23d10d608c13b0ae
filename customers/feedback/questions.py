"""The kinds of questions: which numbers answer them, and which score is a low one."""

from collections.abc import Iterable, Mapping

from customers.models import ScoreKind, Survey, SurveyQuestion

Kind = SurveyQuestion.Kind
# From the lowest number to the highest.
SCALES: Mapping[str, range] = {Kind.NPS: range(11), Kind.CSAT: range(1, 6)}
# Detractors (NPS); not content (CSAT).
USUALLY_LOW: Mapping[str, int] = {ScoreKind.NPS: 6, ScoreKind.CSAT: 2}
PROMOTERS_FROM = 9
CONTENT_FROM = 4


def numbers_of(question: SurveyQuestion) -> range:
    """Return the numbers that answer the question; none where it wants words."""
    if question.kind == Kind.CHOICE:
        return range(1, len(question.options) + 1)
    return SCALES.get(question.kind, range(0))


def scoring_question(questions: Iterable[SurveyQuestion]) -> SurveyQuestion | None:
    """Return the question that scores the response: the first on a scale, in the order given."""
    return next((question for question in questions if question.kind in SCALES), None)


def low_score(survey: Survey, kind: str) -> int | None:
    """Return the highest score that counts as low; None without a scale."""
    usual = USUALLY_LOW.get(kind)
    return usual if survey.low_score is None or usual is None else survey.low_score


def highest(kind: str) -> int:
    """Return the best score of a scale."""
    return SCALES[kind][-1]
