"""What hangs on a segment is named as staff know it, so that nobody deletes what something needs."""

import pytest
from django.urls import reverse
from django.utils import timezone

from customers.segments import uses
from tests.campaigns.automation.making import automation_of, message
from tests.factories import make_incident, make_segment

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("place", ["only those in", "but not", "only if", "trigger", "exit"])
def test_an_automation_is_named_once_wherever_it_asks_the_segment(place: str) -> None:
    segment = make_segment()
    named = {"segments": [segment.pk]}
    terms = {
        "only those in": {"segment": segment},
        "but not": {"excluded_segment": segment},
        "trigger": {"trigger": "entered_segment", "trigger_settings": named},
        "exit": {"exits": [{"is": "left_segment", **named}]},
    }.get(place, {})
    steps = [("only_if", {"segment": segment})] * 2 if place == "only if" else []

    automation = automation_of(*steps, message(), name="첫 구매 감사", **terms)

    [use] = uses.uses_of([segment])[segment.pk]
    assert (use.name, use.url) == (
        "첫 구매 감사",
        reverse("admin:campaigns_automation_change", args=[automation.pk]),
    )


def test_an_incident_is_named_while_it_is_open() -> None:
    segment = make_segment()
    incident = make_incident(segment=segment, title="명단 유출")
    make_incident(segment=segment, title="지난 일", closed_at=timezone.now())

    [use] = uses.uses_of([segment])[segment.pk]

    assert (use.name, use.url) == ("명단 유출", reverse("admin:customers_incident_change", args=[incident.pk]))
