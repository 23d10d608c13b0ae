"""Evaluations: up at once, down only on the day, once a day, with what was read kept beside what was found."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction

from customers.models import TouchedCustomer
from customers.segments.clock import start_of_day
from loyalty import tasks, tiers
from loyalty.models import Coupon, IssuedCoupon, Tier, TierCreditProgress, TierEvaluation, TierEvaluationRun, TierPeriod
from loyalty.tiers import evaluation
from loyalty.tiers.standings import standing_of
from tests.factories import make_customer, make_ladder, make_order

pytestmark = pytest.mark.django_db
SEOUL = ZoneInfo("Asia/Seoul")


def spend(customer, day: str, amount: int, **given: object) -> None:
    """Count what was bought on a day, at noon of that day."""
    at = date.fromisoformat(day)
    reference = f"{day} {amount} {TierPeriod.objects.count()}"
    with time_machine.travel(start_of_day(at) + timedelta(hours=12), tick=False):
        tiers.credit(
            customer.pk, business_date=at, net_spend=amount, source_system="test", reference=reference, **given
        )


def evaluate(*days: str) -> None:
    for day in map(date.fromisoformat, days):
        with time_machine.travel(start_of_day(day) + timedelta(minutes=2), tick=False):
            evaluation.evaluate_day(day)


def tier_of(customer) -> str:
    return standing_of(customer.pk).tier.name


def test_whoever_reaches_a_threshold_rises_at_once_and_by_as_many_tiers() -> None:
    make_ladder()
    customer = make_customer()

    spend(customer, "2026-03-10", 350_000)

    period = TierPeriod.objects.get()
    assert (period.previous_tier.name, period.tier.name, period.is_rise, period.cause) == (
        "Welcome",
        "Gold",
        True,
        "reached",
    )
    assert period.started_at == start_of_day(date(2026, 3, 10)) + timedelta(hours=12)
    assert TouchedCustomer.objects.filter(customer=customer).exists()


def test_nobody_falls_between_evaluations() -> None:
    make_ladder(window_months=1)
    customer = make_customer()
    spend(customer, "2026-03-10", 350_000)

    evaluate("2026-04-01", "2026-04-15", "2026-04-30")
    assert tier_of(customer) == "Gold"
    evaluate("2026-05-01")
    assert tier_of(customer) == "Welcome"


def test_whoever_bought_just_before_the_day_of_judgement_does_not_fall_to_rise_again() -> None:
    make_ladder(window_months=1)
    customer = make_customer()
    spend(customer, "2026-03-10", 350_000)
    bought_on, counted_at = date(2026, 4, 30), start_of_day(date(2026, 5, 1)) + timedelta(seconds=30)
    order = make_order(customer, placed_at=start_of_day(bought_on) + timedelta(hours=23), paid=300_000)

    with time_machine.travel(counted_at, tick=False):
        TierCreditProgress.objects.update_or_create(pk=1, defaults={"looked_until": order.placed_at})
        # The points of an order may be counted before what was spent on it.
        tiers.credit(customer.pk, business_date=bought_on, points=300, source_system="earning", reference="1")
        tasks.evaluate_tiers()

    assert list(TierPeriod.objects.values_list("tier__name", "is_rise")) == [("Gold", True)]
    assert TierEvaluation.objects.get().kept_amount == 300_000


@pytest.mark.parametrize(("downgrade", "tier"), [("requalify", "Welcome"), ("one_down", "Gold"), ("never", "VIP")])
def test_how_far_down_is_as_the_ladder_says(downgrade: str, tier: str) -> None:
    make_ladder(window_months=1, downgrade=downgrade)
    customer = make_customer()
    spend(customer, "2026-03-10", 1_500_000)

    evaluate("2026-05-01")

    assert tier_of(customer) == tier


def test_one_down_goes_one_down_at_each_evaluation() -> None:
    make_ladder(window_months=1, downgrade="one_down")
    customer = make_customer()
    spend(customer, "2026-03-10", 1_500_000)

    evaluate("2026-05-01", "2026-05-01", "2026-06-01")

    assert tier_of(customer) == "Silver"
    assert list(TierPeriod.objects.order_by("pk").values_list("tier__name", "is_rise")) == [
        ("VIP", True),
        ("Gold", False),
        ("Silver", False),
    ]


def test_what_comes_in_during_the_grace_keeps_a_tier() -> None:
    make_ladder(window="calendar", grace_days=10)
    kept, lost = make_customer(), make_customer()
    for customer in (kept, lost):
        spend(customer, "2024-06-01", 100_000)
        spend(customer, "2025-06-01", 90_000)

    evaluate("2026-01-01")
    spend(kept, "2026-01-10", 10_000)
    spend(lost, "2026-01-10", 9_999)
    evaluate("2026-01-11")

    assert [tier_of(kept), tier_of(lost)] == ["Silver", "Welcome"]


def test_the_grace_helps_nobody_up() -> None:
    make_ladder(window="calendar", grace_days=10)
    customer = make_customer()
    spend(customer, "2025-06-01", 290_000)
    spend(customer, "2026-01-05", 20_000)

    evaluate("2026-01-11")

    assert tier_of(customer) == "Silver"


@pytest.mark.parametrize(("effect", "tier"), [("at_evaluation", "Gold"), ("at_once", "Welcome")])
def test_a_return_lowers_a_tier_when_the_ladder_says(effect: str, tier: str) -> None:
    make_ladder(return_effect=effect)
    customer = make_customer()
    spend(customer, "2026-03-10", 350_000)

    spend(customer, "2026-03-20", -340_000)

    assert tier_of(customer) == tier
    evaluate("2026-04-01")
    assert tier_of(customer) == "Welcome"


def test_a_day_is_evaluated_once_and_what_was_read_is_kept() -> None:
    make_ladder(window_months=1)
    customer = make_customer()
    spend(customer, "2026-03-10", 350_000)

    evaluate("2026-05-01", "2026-05-01")

    run = TierEvaluationRun.objects.get()
    assert (run.customers, run.judged, run.rose, run.fell) == (1, 1, 0, 1)
    found = TierEvaluation.objects.get()
    assert (found.window_from, found.amount, found.former_from, found.former_amount, found.kept_amount) == (
        date(2026, 4, 2),
        0,
        date(2026, 4, 1),
        0,
        0,
    )
    assert (found.earned_before.name, found.tier.name, found.movement, found.is_judged) == ("Gold", "Welcome", -1, True)
    assert TierPeriod.objects.latest("pk").started_at == start_of_day(date(2026, 5, 1))


def test_an_evaluation_that_was_cut_goes_on_and_takes_no_second_step() -> None:
    make_ladder(window_months=1, downgrade="one_down")
    customer = make_customer()
    spend(customer, "2026-03-10", 1_500_000)
    evaluate("2026-05-01")
    TierEvaluationRun.objects.all().delete()

    evaluate("2026-05-01")

    assert tier_of(customer) == "Gold"
    assert TierEvaluation.objects.count() == 1


def test_days_that_the_clock_missed_are_made_up_for_in_their_order() -> None:
    make_ladder(window_months=1, downgrade="one_down")
    customer = make_customer()
    spend(customer, "2026-03-10", 1_500_000)
    evaluate("2026-04-29")

    with time_machine.travel(datetime.fromisoformat("2026-06-03T09:00:00+09:00"), tick=False):
        runs = evaluation.evaluate_due(date(2026, 6, 3))
        again = evaluation.evaluate_due(date(2026, 6, 3))

    assert (len(runs), again) == (35, [])
    assert tier_of(customer) == "Silver"
    starts = TierPeriod.objects.order_by("pk").values_list("started_at", flat=True)
    assert list(starts)[1:] == [start_of_day(date(2026, 5, 1)), start_of_day(date(2026, 6, 1))]


def test_a_late_evaluation_takes_nothing_that_was_reached_after_its_day() -> None:
    make_ladder(window_months=1)
    customer = make_customer()
    spend(customer, "2026-03-10", 150_000)
    spend(customer, "2026-05-03", 350_000)

    evaluate("2026-05-01")

    assert tier_of(customer) == "Gold"


def test_credits_that_come_in_late_count_for_their_own_year() -> None:
    make_ladder(window="calendar")
    customer = make_customer()
    with time_machine.travel("2026-01-05T03:00:00+00:00"):
        tiers.credit(
            customer.pk, business_date=date(2025, 12, 30), net_spend=300_000, source_system="test", reference="late"
        )

    assert tier_of(customer) == "Gold"
    evaluate("2027-01-01")
    assert tier_of(customer) == "Welcome"


def test_no_customer_can_have_two_tiers_at_an_instant() -> None:
    version = make_ladder()
    customer = make_customer()
    spend(customer, "2026-03-10", 350_000)
    tier, at = Tier.objects.get(name="Silver"), start_of_day(date(2026, 4, 1))

    with pytest.raises(IntegrityError, match="tier_period_one_at_a_time"), transaction.atomic():
        TierPeriod.objects.create(
            customer=customer,
            tier=tier,
            started_at=at,
            ended_at=at + timedelta(hours=1),
            rule_version=version,
            cause="reached",
        )

    assert TierPeriod.objects.count() == 1


def test_rules_that_were_in_force_stay_as_they_are() -> None:
    make_ladder()

    for table in ("loyalty_tierruleversion", "loyalty_tierthreshold"):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE {table} SET id = id")


def test_entering_a_tier_brings_its_coupons_once_a_year() -> None:
    coupon = Coupon.objects.create(
        source=Coupon.OWN, external_id="W1", name="5천원 할인", status="running", amount=5_000, per_customer_limit=None
    )
    stopped = Coupon.objects.create(source=Coupon.OWN, external_id="W2", name="끝난 쿠폰", status="stopped", amount=1)
    make_ladder(window_months=1)
    Tier.objects.get(name="Silver").entry_coupons.set([coupon, stopped])
    customer = make_customer()

    spend(customer, "2026-03-10", 150_000)
    evaluate("2026-05-01")
    spend(customer, "2026-06-10", 150_000)
    assert IssuedCoupon.objects.filter(customer=customer).count() == 1
    evaluate("2026-08-01")
    spend(customer, "2027-01-10", 150_000)

    given = IssuedCoupon.objects.filter(customer=customer)
    assert set(given.values_list("coupon", flat=True)) == {coupon.pk}
    assert given.count() == 2


def test_a_history_of_orders_is_told_as_if_the_ladder_had_been_in_force() -> None:
    customer, other = make_customer(), make_customer()
    for day, amount in (("2025-11-20", 150_000), ("2026-01-20", 200_000)):
        spend(customer, day, amount)
    spend(other, "2026-05-05", 5_000)
    make_ladder(window_months=3)

    with time_machine.travel("2026-06-10T03:00:00+00:00", tick=False):
        evaluation.replay(date(2025, 11, 1), date(2026, 6, 10))
        evaluation.replay(date(2025, 11, 1), date(2026, 6, 10))

    months = [
        (at.astimezone(SEOUL).strftime("%Y-%m-%d"), name)
        for at, name in TierPeriod.objects.order_by("pk").values_list("started_at", "tier__name")
    ]
    assert months == [
        ("2025-12-01", "Silver"),
        ("2026-02-01", "Gold"),
        ("2026-03-01", "Silver"),
        ("2026-05-01", "Welcome"),
    ]
    assert TierEvaluationRun.objects.count() == 7
