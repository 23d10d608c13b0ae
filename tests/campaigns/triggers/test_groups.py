"""Who enters by a segment, by silence, by living near a store, by the score of an answer."""

from typing import Any

import pytest

from customers.models import Region, Segment, SegmentMove, Store
from tests.campaigns.triggers.asking import AT, DAY, HOUR, ask
from tests.factories import (
    make_customer,
    make_message,
    make_order,
    make_reachable_customer,
    make_response,
    make_running_campaign,
    make_segment,
    set_consent,
)

pytestmark = pytest.mark.django_db

LONG_AGO = AT - 400 * DAY


def test_the_first_filling_of_a_segment_lets_nobody_enter_and_what_comes_later_does() -> None:
    segment = make_segment()
    Segment.objects.update(created_at=AT - HOUR / 10)
    people = [make_customer() for _ in range(3)]
    for customer, moved_at in zip(people, (AT, AT, AT + HOUR), strict=True):
        SegmentMove.objects.create(segment=segment, customer=customer, direction="in", moved_at=moved_at)

    assert [each.customer_id for each in ask("entered_segment", {"segments": [segment.pk]})] == [people[2].pk]
    assert ask("entered_segment", {"segments": [segment.pk + 1]}) == []


@pytest.mark.parametrize(
    ("sent_days_ago", "consents", "enters"),
    [
        ([60], ["marketing_use", "ad_receive"], True),
        ([90, 60], ["marketing_use", "ad_receive"], True),
        ([60, 59], ["marketing_use", "ad_receive"], False),
        ([61], ["marketing_use", "ad_receive"], False),
        ([], ["marketing_use", "ad_receive"], False),
        ([60], ["ad_receive"], False),
        ([60], ["marketing_use"], False),
        # A message after the anchor does not undo the silence before it.
        ([60, -1], ["marketing_use", "ad_receive"], True),
    ],
)
def test_silence_is_counted_from_the_last_message(sent_days_ago: list[int], consents: list[str], enters: bool) -> None:
    customer = make_customer(joined_at=LONG_AGO)
    for purpose in consents:
        set_consent(customer, purpose, channel="email" if purpose == "ad_receive" else "", at=LONG_AGO)
    for days in sent_days_ago:
        make_message(make_running_campaign(), customer, sent_at=AT - days * DAY)

    assert bool(ask("no_message", {"days": 60, "at": "10:00"})) is enters


def test_who_never_got_a_message_has_waited_since_they_joined() -> None:
    customer = make_reachable_customer(joined_at=AT - 60 * DAY)

    found = ask("no_message", {"days": 60, "at": "10:00"})

    assert [(each.customer_id, each.key) for each in found] == [(customer.pk, "silent/2026-09-21")]


@pytest.mark.parametrize(
    ("bought", "lives", "asked", "enters"),
    [
        (["online"], "region", {}, True),
        (["online"], "home", {}, True),
        (["online"], "elsewhere", {}, False),
        (["online", "store"], "region", {}, False),
        (["store"], "region", {}, False),
        ([], "region", {}, False),
        ([], "region", {"buys": "anywhere"}, True),
        (["store"], "home", {"buys": "anywhere"}, True),
        (["online"], "online_home", {}, True),
    ],
)
def test_an_event_is_told_to_those_who_live_near_and_only_buy_online(
    bought: list[str], lives: str, asked: dict[str, Any], enters: bool
) -> None:
    near, far, mall = (
        Store.objects.create(external_id=number, name=number, is_online=number == "S3") for number in ("S1", "S2", "S3")
    )
    for name, store in (("서울 성동구", near), ("부산 해운대구", far)):
        Region.objects.create(name=name, latitude=37.5, longitude=127.0, nearest_store=store)
    places: dict[str, dict[str, Any]] = {
        "region": {"region": "서울 성동구"},
        "home": {"region": "부산 해운대구", "home_store": near},
        "elsewhere": {"region": "서울 성동구", "home_store": far},
        "online_home": {"region": "서울 성동구", "home_store": mall},
    }
    customer = make_customer(joined_at=LONG_AGO, **places[lives])
    for channel in bought:
        make_order(customer, placed_at=AT - 9 * DAY, channel=channel)
    make_order(customer, placed_at=AT + HOUR, channel="store")

    usual = {"stores": ["S1"], "event": ["2026-11-27", "2026-11-29"], "days": 7, "at": "10:00"}

    assert bool(ask("store_event", {**usual, **asked})) is enters


@pytest.mark.parametrize(
    ("asked", "enters"),
    [({}, True), ({"at_most": 6}, True), ({"at_most": 5}, False), ({"at_least": 6}, True), ({"at_least": 7}, False)],
)
def test_an_answer_is_asked_for_its_score(asked: dict[str, Any], enters: bool) -> None:
    response = make_response(customer=make_customer(), answered_at=AT, score=6)

    assert bool(ask("survey_answered", asked)) is enters
    assert bool(ask("survey_answered", {**asked, "surveys": [response.survey_id]})) is enters
    assert ask("survey_answered", {**asked, "surveys": [response.survey_id + 1]}) == []
