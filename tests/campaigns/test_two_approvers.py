"""What is large or dear needs two who agree, neither of them its author (U-04)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from campaigns import approval, lifecycle
from campaigns.approval_limits import needs_count, needs_second
from campaigns.errors import CountDiffers, NotAllowed
from campaigns.models import Campaign
from customers.segments.refresh import refresh_segment
from tests.factories import make_draft, make_price, make_reachable_customer, make_user

pytestmark = pytest.mark.django_db
Edit = Callable[[Campaign], object]
IN_REVIEW, SCHEDULED = Campaign.Status.IN_REVIEW, Campaign.Status.SCHEDULED


@pytest.fixture
def second(db: None) -> User:
    return make_user("second", "campaigns.approve_campaign")


@pytest.fixture
def dear(author: User, settings: Settings) -> Campaign:
    """A campaign of one recipient that costs ten won, where ten won need two approvers."""
    settings.SECOND_APPROVAL_COST_FROM = 10
    make_reachable_customer()
    campaign = make_draft(account=make_price(won="10").account)
    refresh_segment(campaign.segment_id)
    lifecycle.submit_for_review(campaign, by=author)
    return campaign


@pytest.mark.parametrize(
    ("recipients", "cost", "is_typed", "are_two"),
    [
        (999, 99_999, False, False),
        (1_000, 0, True, False),
        (10, 100_000, True, False),
        (99_999, 999_999, True, False),
        (100_000, 0, True, True),
        (10, 1_000_000, True, True),
    ],
)
def test_the_thresholds_go_by_audience_and_by_cost(recipients: int, cost: int, is_typed: bool, are_two: bool) -> None:
    assert (needs_count(recipients, cost), needs_second(recipients, cost)) == (is_typed, are_two)


def test_a_threshold_of_zero_is_off(settings: Settings) -> None:
    settings.SECOND_APPROVAL_COUNT_FROM = settings.SECOND_APPROVAL_COST_FROM = 0

    assert needs_second(10_000_000, 10_000_000) is False


def test_the_first_of_two_releases_nothing(dear: Campaign, approver: User) -> None:
    decision = approval.approve(dear, by=approver)

    dear.refresh_from_db()
    assert (decision.decision, decision.cost, dear.status) == ("first", 10, IN_REVIEW)
    assert not approval.is_approved(dear)
    assert lifecycle.start_due(timezone.now()) == []


def test_the_second_releases_it(dear: Campaign, approver: User, second: User) -> None:
    approval.approve(dear, by=approver)

    approval.approve(dear, by=second)

    assert dear.status == SCHEDULED
    assert lifecycle.start_due(timezone.now()) == [dear.pk]


def test_one_person_is_not_two(dear: Campaign, approver: User) -> None:
    approval.approve(dear, by=approver)

    with pytest.raises(NotAllowed):
        approval.approve(dear, by=approver)

    dear.refresh_from_db()
    assert dear.status == IN_REVIEW


@pytest.mark.django_db(transaction=True)
def test_one_person_who_presses_twice_at_once_is_not_two(dear: Campaign, approver: User) -> None:
    both_pressed = Barrier(2)

    def press(_number: int) -> str:
        try:
            campaign = Campaign.objects.get(pk=dear.pk)
            both_pressed.wait(timeout=10)
            return approval.approve(campaign, by=approver).decision
        except NotAllowed:
            return "refused"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as presses:
        came_of_it = sorted(presses.map(press, range(2)))

    dear.refresh_from_db()
    assert (came_of_it, dear.status) == (["first", "refused"], IN_REVIEW)


def test_the_author_is_no_second_either(dear: Campaign, approver: User, author: User) -> None:
    author.is_superuser = True
    author.save()
    approval.approve(dear, by=approver)

    with pytest.raises(NotAllowed):
        approval.approve(dear, by=author)


def test_after_an_edit_both_agree_anew(dear: Campaign, approver: User, second: User) -> None:
    approval.approve(dear, by=approver)
    Campaign.objects.filter(pk=dear.pk).update(holdout_percent=1)
    campaign = Campaign.objects.get(pk=dear.pk)

    assert approval.approve(campaign, by=second).decision == "first"
    assert approval.approve(campaign, by=approver).decision == "approved"


def test_a_return_in_between_starts_over(dear: Campaign, approver: User, second: User, author: User) -> None:
    approval.approve(dear, by=approver)
    approval.return_to_author(dear, by=second, note="가격을 확인해 주세요")
    lifecycle.submit_for_review(dear, by=author)

    assert approval.approve(dear, by=second).decision == "first"


def test_from_a_cost_on_the_number_is_typed(dear: Campaign, approver: User, settings: Settings) -> None:
    settings.APPROVAL_COST_FROM = 10

    with pytest.raises(CountDiffers):
        approval.approve(dear, by=approver)
    approval.approve(dear, by=approver, expected_recipients=1)


@pytest.mark.usefixtures("in_english")
def test_the_page_tells_each_of_the_two_where_they_are(client: Client, dear: Campaign) -> None:
    page = reverse("admin:campaigns_campaign_review", args=[dear.pk])
    rights = ("campaigns.view_campaign", "campaigns.approve_campaign")
    seen = []
    for name in ("haneul", "bada"):
        client.force_login(make_user(name, *rights))
        seen.append(client.get(page).content.decode())
        client.post(reverse("admin:campaigns_campaign_approve", args=[dear.pk]), {"seen": approval.fingerprint(dear)})

    assert "You are the first." in seen[0]
    assert "haneul has agreed. You are the second." in seen[1]
    dear.refresh_from_db()
    assert dear.status == SCHEDULED
