"""Segments of who answered, who did not, and how content they last were."""

from datetime import timedelta

import pytest
from django.utils import timezone

from customers.models import Customer
from customers.segments import preview
from customers.segments.clock import Moment
from customers.segments.conditions import CONDITIONS
from tests.factories import make_customer, make_response, make_survey

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> dict[str, Customer]:
    """One answered 3 long ago and 9 now, one 9 long ago and 3 now, one 5 long ago, one never, one only CSAT 1."""
    people = {name: make_customer() for name in ("better", "worse", "long_ago", "silent", "other_scale")}
    survey, now = make_survey(), timezone.now()
    said = [("better", 3, 40), ("better", 9, 2), ("worse", 9, 40), ("worse", 3, 2), ("long_ago", 5, 40)]
    for name, score, days in said:
        at = now - timedelta(days=days)
        make_response(survey, score=score, customer=people[name], answered_at=at, message_id=days)
    make_response(make_survey("csat"), score=1, customer=people["other_scale"])
    return people


@pytest.mark.parametrize(
    ("part", "names"),
    [
        ({"is": "nps_score", "op": "at_most", "value": 6}, {"worse", "long_ago"}),
        ({"is": "nps_score", "op": "at_least", "value": 9}, {"better"}),
        ({"is": "nps_score", "op": "at_most", "value": 6, "window": {"last_days": 30}}, {"worse"}),
        ({"is": "csat_score", "op": "at_most", "value": 2}, {"other_scale"}),
        ({"is": "survey_answered", "op": "within_days", "value": 7}, {"better", "worse", "other_scale"}),
        ({"is": "survey_answered", "op": "more_than_days_ago", "value": 7}, {"long_ago"}),
        ({"is": "survey_answered", "op": "never"}, {"silent"}),
    ],
)
def test_answers_are_facts(people: dict[str, Customer], part: dict, names: set[str]) -> None:
    assert preview.count({"all": [part]}) == len(names)
    condition = CONDITIONS[part["is"]].q(part, Moment(timezone.now()))
    assert {name for name, each in people.items() if Customer.objects.filter(condition, pk=each.pk)} == names


def test_a_survey_can_be_named(people: dict[str, Customer]) -> None:
    asked = make_survey()
    make_response(asked, score=9, customer=people["silent"])

    assert preview.count({"is": "survey_answered", "op": "within_days", "value": 1, "surveys": [asked.pk]}) == 1
    assert preview.count({"is": "survey_answered", "op": "never", "surveys": [asked.pk]}) == len(people) - 1
