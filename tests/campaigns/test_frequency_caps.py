"""Frequency caps: what counts, over which channel, from when on, who comes first, and the page to enter them on."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from campaigns.models import FrequencyCap, Message
from campaigns.pipeline.gate import gate_of
from customers.models import Customer
from tests.factories import make_draft, make_message, make_reachable_customer, make_text_draft

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 3, tzinfo=UTC)


def verdict(customer: Customer, **given: object) -> str:
    return gate_of(make_draft(**given), at=NOON).verdicts([customer.pk])[customer.pk]


@pytest.mark.parametrize(
    ("cap", "hours_ago", "expected"),
    [
        pytest.param({"most": 2, "days": 1}, [1], "", id="one of two"),
        pytest.param({"most": 2, "days": 1}, [1, 2], "FREQ_CAP", id="two of two"),
        pytest.param({"most": 1, "days": 1}, [11], "FREQ_CAP", id="this morning at 1"),
        pytest.param({"most": 1, "days": 1}, [13], "", id="yesterday evening at 23 is another day"),
        pytest.param({"most": 1, "days": 1, "is_rolling": True}, [13], "FREQ_CAP", id="but not 24 hours ago"),
        pytest.param({"most": 1, "days": 1, "is_rolling": True}, [25], "", id="more than 24 hours ago"),
        pytest.param({"most": 1, "days": 30}, [29 * 24], "FREQ_CAP", id="a month"),
        pytest.param({"most": 1, "days": 1, "channel": "email"}, [1], "FREQ_CAP", id="of this channel"),
        pytest.param({"most": 1, "days": 1, "channel": "sms"}, [1], "", id="of another channel"),
    ],
)
def test_a_cap_counts_what_left_in_its_days(cap: dict, hours_ago: list[int], expected: str) -> None:
    FrequencyCap.objects.create(**cap)
    customer = make_reachable_customer()
    for hours in hours_ago:
        make_message(make_draft(), customer, sent_at=NOON - timedelta(hours=hours))

    assert verdict(customer) == expected


def test_a_cap_of_one_channel_counts_that_channel_alone() -> None:
    FrequencyCap.objects.create(most=1, days=1, channel="email")
    customer = make_reachable_customer()
    make_message(make_text_draft(), customer, sent_at=NOON - timedelta(hours=1))

    assert verdict(customer) == ""


def test_entered_caps_take_the_place_of_the_usual_ones(settings: Settings) -> None:
    customer = make_reachable_customer()
    make_message(make_draft(), customer, sent_at=NOON - timedelta(hours=1))
    assert verdict(customer) == "FREQ_CAP"

    FrequencyCap.objects.create(most=5, days=7)
    assert verdict(customer) == ""


@pytest.mark.parametrize(
    ("priority", "status", "hours_ahead", "expected"),
    [
        pytest.param(80, "active", 1, "FREQ_CAP", id="a more important one goes today"),
        pytest.param(80, "active", 13, "", id="it goes tomorrow"),
        pytest.param(80, "paused", 1, "", id="it is paused"),
        pytest.param(50, "active", 1, "", id="one as important: first come, first served"),
        pytest.param(20, "active", 1, "", id="a less important one"),
    ],
)
def test_the_last_free_place_is_kept_for_the_more_important_campaign(
    priority: int, status: str, hours_ahead: int, expected: str
) -> None:
    FrequencyCap.objects.create(most=1, days=1)
    customer = make_reachable_customer()
    other = make_draft(priority=priority, status=status)
    due_at = NOON + timedelta(hours=hours_ahead)
    make_message(other, customer, status=Message.Status.PLANNED, sent_at=None, due_at=due_at)

    assert verdict(customer, priority=50) == expected


@pytest.mark.parametrize(("percent", "expected"), [(0, 0), (100, 20)])
def test_a_share_of_all_customers_may_get_no_advertising(settings: Settings, percent: int, expected: int) -> None:
    settings.GLOBAL_HOLDOUT_PERCENT = percent
    customers = [make_reachable_customer().pk for _number in range(20)]

    verdicts = gate_of(make_draft(), at=NOON).verdicts(customers)
    informed = gate_of(make_draft(purpose="info", information_basis="order"), at=NOON).verdicts(customers)

    assert list(verdicts.values()).count("HOLDOUT") == expected
    assert set(informed.values()) == {""}


def test_the_shops_holdout_is_the_same_for_every_campaign(settings: Settings) -> None:
    settings.GLOBAL_HOLDOUT_PERCENT = 30
    customers = [make_reachable_customer().pk for _number in range(40)]

    first, second = (gate_of(make_draft(), at=NOON).verdicts(customers) for _number in range(2))

    assert first == second
    assert 0 < list(first.values()).count("HOLDOUT") < 40


def test_the_page_says_what_holds_while_nothing_is_entered(admin_client: Client, admin_user: User) -> None:
    page = admin_client.get(reverse("admin:campaigns_frequencycap_changelist"), headers={"Accept-Language": "en"})
    assert "1 advertisement in 1 day" in page.content.decode()

    fields = {"most": "4", "days": "7", "channel": "", "is_rolling": ""}
    admin_client.post(reverse("admin:campaigns_frequencycap_add"), fields)
    page = admin_client.get(reverse("admin:campaigns_frequencycap_changelist"), headers={"Accept-Language": "en"})

    assert "4 advertisements in 7 days" in page.content.decode()
    assert "1 advertisement in 1 day" not in page.content.decode()


def test_a_plan_counts_caps_as_the_gate_does_one_by_one(planned: object) -> None:
    now = timezone.now()
    for number in range(6):
        customer = make_reachable_customer()
        for hours in range(number):
            make_message(make_draft(), customer, sent_at=now - timedelta(hours=25 * hours))
    one_by_one = gate_of(make_draft(), at=now).verdicts(Customer.objects.values_list("pk", flat=True))

    campaign = planned(make_draft())

    rows = dict(Message.objects.filter(campaign=campaign).values_list("customer", "skip_reason"))
    assert rows == one_by_one
    assert set(rows.values()) == {"", "FREQ_CAP"}
