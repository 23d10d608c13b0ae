"""A step that gives a coupon or points gives them to each journey once, whatever happens on the way."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from campaigns.automation import offers, walking
from campaigns.errors import JourneysHeldUp
from loyalty import ledger
from loyalty.models import Coupon, IssuedCoupon
from tests.campaigns.automation.making import automation_of, enter, message, story
from tests.factories import make_coupon, make_reachable_customer

START = datetime(2026, 3, 3, 5, tzinfo=UTC)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_the_third_of_march")]


@pytest.fixture
def on_the_third_of_march() -> object:
    with time_machine.travel(START, tick=False):
        yield


def test_everybody_who_comes_to_the_step_gets_the_coupon_and_the_points_once() -> None:
    coupon = make_coupon(per_customer_limit=None)
    automation = automation_of(("offer", {"coupon": coupon, "points": 500}), message())
    customer = make_reachable_customer(is_demo=True)
    journey = enter(automation, customer, at=START)

    walking.walk_due(START)
    step = automation.live_version.steps.get(kind="offer")
    offers.give(step, {journey.pk: customer.pk}, START)

    assert story(journey) == [("offer", "given"), ("message", "planned")]
    assert IssuedCoupon.objects.filter(customer=customer).count() == 1
    assert ledger.account_of(customer.pk).available == 500


def test_in_a_rehearsal_real_customers_get_nothing_and_the_holdout_never_does() -> None:
    automation = automation_of(("offer", {"points": 500}), message())
    real = enter(automation, make_reachable_customer(), at=START)
    held = enter(automation, make_reachable_customer(is_demo=True), at=START, is_control=True)

    walking.walk_due(START)

    assert (story(real)[0], story(held)[0]) == (("offer", "not_given"), ("offer", "held_out"))
    assert ledger.account_of(real.customer_id).available == 0


def test_a_coupon_that_was_stopped_holds_up_whoever_comes_until_it_runs_again() -> None:
    coupon = make_coupon()
    automation = automation_of(("offer", {"coupon": coupon}), message())
    journey = enter(automation, make_reachable_customer(is_demo=True), at=START)
    Coupon.objects.filter(pk=coupon.pk).update(status=Coupon.Status.STOPPED)

    with pytest.raises(JourneysHeldUp):
        walking.walk_due(START)
    assert story(journey) == []
    Coupon.objects.filter(pk=coupon.pk).update(status=Coupon.Status.RUNNING)
    walking.walk_due(START + timedelta(hours=1))

    assert story(journey) == [("offer", "given"), ("message", "planned")]
