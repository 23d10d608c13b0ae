"""Surveys to start from: written in both languages, made once as a draft, opened by somebody who has read it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customers.models import Survey, SurveyQuestion

Kind = SurveyQuestion.Kind


@dataclass(frozen=True, slots=True)
class ReadySurvey:
    """A survey with its questions, in the order in which they are asked."""

    name: str | Promise
    words: Mapping[str, str]
    questions: tuple[Mapping[str, Any], ...]


DELIVERY = ReadySurvey(
    _("Satisfaction after delivery"),
    {
        "title_ko": "받으신 상품, 만족하셨나요?",
        "title_en": "Are you content with your purchase?",
        "intro_ko": "1분이면 됩니다. 남겨 주신 의견은 서비스를 고치는 데에만 씁니다.",
        "intro_en": "It takes a minute. We use your answers only to do better.",
    },
    (
        {
            "kind": Kind.CSAT,
            "text_ko": "이번 구매에 얼마나 만족하셨나요?",
            "text_en": "How content are you with this purchase?",
            "is_required": True,
        },
        {
            "kind": Kind.CHOICE,
            "text_ko": "가장 아쉬웠던 점은 무엇인가요?",
            "text_en": "What could have been better?",
            "options": [
                {"ko": "상품", "en": "The product"},
                {"ko": "배송", "en": "The delivery"},
                {"ko": "포장", "en": "The packaging"},
                {"ko": "상담", "en": "Customer care"},
                {"ko": "없음", "en": "Nothing"},
            ],
        },
        {"kind": Kind.TEXT, "text_ko": "더 하고 싶은 말씀이 있나요?", "text_en": "Anything else you want to tell us?"},
    ),
)


def find(ready: ReadySurvey) -> Survey | None:
    """Return the shop's survey of this title that was not closed, an open one first."""
    with_title = Survey.objects.filter(title_ko=ready.words["title_ko"]).exclude(status=Survey.Status.CLOSED)
    return min(with_title, key=lambda survey: (survey.status != Survey.Status.OPEN, survey.pk), default=None)


@transaction.atomic
def make(ready: ReadySurvey, *, by: User) -> Survey:
    """Return the shop's survey of this title; where there is none, it is made as a draft."""
    found = find(ready)
    if found:
        return found
    survey = Survey.objects.create(name=str(ready.name), author=by, **ready.words)
    SurveyQuestion.objects.bulk_create(
        SurveyQuestion(survey=survey, position=number, **question)
        for number, question in enumerate(ready.questions, start=1)
    )
    return survey
