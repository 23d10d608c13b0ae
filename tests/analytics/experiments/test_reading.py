"""What an experiment reads from messages and orders: who counts where, for how long, and what may be said when."""

from datetime import UTC, datetime, timedelta

import pytest

from analytics.experiments import reading
from campaigns import experiments
from campaigns.models import Campaign, Enrollment, Message, Variant
from customers.models import Customer, Order
from tests.factories import add_fallback, make_customer, make_order, make_running_campaign, make_text_account

pytestmark = pytest.mark.django_db

STARTED = datetime(2026, 11, 1, tzinfo=UTC)
AFTERWARDS = STARTED + timedelta(days=30)


def make_campaign(**given: object) -> Campaign:
    defaults = {"started_at": STARTED, "holdout_percent": 50, "attribution_days": 5, "status": "finished"}
    return make_running_campaign(**defaults | given)


def assign(
    campaign: Campaign, *, held_out: bool = False, customer: Customer | None = None, **given: object
) -> Customer:
    """A customer for whom the campaign planned a message, or whom its own holdout keeps it from."""
    customer = customer or make_customer()
    if held_out:
        customer = _in_the_holdout(campaign)
        given = {"status": "skipped", "skip_reason": "HOLDOUT", "sent_at": None} | given
    defaults = {"status": "sent", "sent_at": STARTED, "planned_at": STARTED, "due_at": STARTED, "attempt": 0}
    step = campaign.steps.get()
    Message.objects.create(
        campaign=campaign,
        enrollment=Enrollment.objects.create(campaign=campaign, customer=customer, is_control=held_out),
        step=step,
        account=step.account,
        customer=customer,
        **{"variant": step.variants.order_by("pk")[0]} | defaults | given,
    )
    return customer


def _in_the_holdout(campaign: Campaign) -> Customer:
    while True:
        customer = make_customer()
        if Customer.objects.filter(pk=customer.pk).filter(experiments.is_control(campaign)).exists():
            return customer


def _in_arm(arm: Variant) -> Customer:
    arms = list(arm.step.variants.filter(fallback=None, locale=""))
    while True:
        customer = make_customer()
        found = Customer.objects.annotate(arm=experiments.variant_of(arms)).get(pk=customer.pk)
        if found.arm == arm.pk:
            return customer


def bought(customer: Customer, paid: int, *, days: float = 1, **given: object) -> Order:
    return make_order(customer, placed_at=STARTED + timedelta(days=days), paid=paid, **given)


def figures(campaign: Campaign) -> list[tuple[int, int, int]]:
    """People, buyers and won of each group, the holdout first."""
    found = reading.of_campaign(campaign, AFTERWARDS)
    assert found is not None
    return [(arm.people, arm.buyers, arm.revenue) for arm in found.arms]


def test_everybody_counts_as_assigned_whether_or_not_it_arrived() -> None:
    campaign = make_campaign()
    bought(assign(campaign), 10_000)
    bought(assign(campaign, status="failed"), 20_000)
    bought(assign(campaign, status="skipped", skip_reason="OPTED_OUT", attempt=1), 30_000)
    bought(assign(campaign, status="skipped", skip_reason="TEMPLATE_NOT_APPROVED"), 40_000)
    bought(assign(campaign, status="stopped"), 50_000)
    bought(assign(campaign, held_out=True), 5_000)

    assert figures(campaign) == [(1, 1, 5_000), (5, 5, 150_000)]


def test_whom_the_gate_removed_before_the_holdout_counts_nowhere() -> None:
    campaign = make_campaign()
    assign(campaign)
    assign(campaign, held_out=True)
    bought(assign(campaign, status="skipped", skip_reason="NO_CONSENT"), 10_000)

    assert figures(campaign) == [(1, 0, 0), (1, 0, 0)]


def test_who_was_put_off_until_it_was_too_late_had_been_assigned() -> None:
    campaign = make_campaign()
    assign(campaign, held_out=True)
    late = {"status": "skipped", "skip_reason": "FREQ_CAP", "due_at": STARTED + timedelta(days=4), "sent_at": None}
    bought(assign(campaign, **late), 10_000)
    assign(campaign)

    assert figures(campaign) == [(1, 0, 0), (2, 1, 10_000)]


def test_whoever_gets_no_advertising_at_all_counts_nowhere(settings: object) -> None:
    campaign = make_campaign(holdout_percent=50)
    assign(campaign)
    assign(campaign, held_out=True)
    settings.GLOBAL_HOLDOUT_PERCENT = 100

    assert reading.of_campaign(campaign, AFTERWARDS) is None


def test_purchases_count_in_the_window_net_of_refunds() -> None:
    campaign = make_campaign()
    treated, control = assign(campaign), assign(campaign, held_out=True)
    for customer in (treated, control):
        bought(customer, 1_000, days=-0.1)
        bought(customer, 20_000, days=0)
        bought(customer, 30_000, days=4.9, refunded=10_000)
        bought(customer, 500_000, days=1, status="cancelled")
        bought(customer, 1_000_000, days=5)

    assert figures(campaign) == [(1, 1, 40_000), (1, 1, 40_000)]


def test_the_window_ends_the_days_after_the_last_message_left_for_both_groups() -> None:
    campaign = make_campaign()
    control = assign(campaign, held_out=True)
    assign(campaign, sent_at=STARTED + timedelta(days=2))
    bought(control, 7_000, days=6.9)
    bought(control, 9_000, days=7)

    found = reading.of_campaign(campaign, AFTERWARDS)

    assert found
    assert found.closes == STARTED + timedelta(days=7)
    assert figures(campaign)[0] == (1, 1, 7_000)


@pytest.mark.parametrize(
    ("waiting", "after", "code"),
    [
        (False, timedelta(days=4, hours=23), "early"),
        (True, timedelta(days=30), "early"),
        (False, timedelta(days=5), "few"),
    ],
)
def test_nothing_is_decided_before_the_window_has_ended(waiting: bool, after: timedelta, code: str) -> None:
    campaign = make_campaign()
    assign(campaign)
    assign(campaign, held_out=True)
    if waiting:
        assign(campaign, status="planned", sent_at=None)

    found = reading.of_campaign(campaign, STARTED + after)

    assert found
    assert found.verdict.code == code
    assert found.holdout
    assert not found.holdout.is_decided


@pytest.mark.parametrize(("status", "is_diluted"), [("planned", False), ("failed", True)])
def test_a_message_is_not_said_to_have_missed_people_while_it_is_still_leaving(status: str, is_diluted: bool) -> None:
    campaign = make_campaign()
    assign(campaign)
    assign(campaign, held_out=True)
    assign(campaign, status=status, sent_at=None)

    found = reading.of_campaign(campaign, AFTERWARDS)

    assert found
    assert found.is_diluted is is_diluted


@pytest.mark.parametrize(("days", "codes"), [(4, ("early", None)), (5, ("few", "few"))])
def test_of_a_holdout_and_variants_it_is_said_once_that_it_is_too_early(
    days: int, codes: tuple[str, str | None]
) -> None:
    campaign = make_campaign()
    second = Variant.objects.create(step=campaign.steps.get(), name="B", subject="B")
    assign(campaign)
    assign(campaign, variant=second)
    assign(campaign, held_out=True)

    found = reading.of_campaign(campaign, STARTED + timedelta(days=days))

    assert found
    assert (found.verdict.code, found.variant_verdict and found.variant_verdict.code) == codes


def test_variants_are_told_apart_in_every_language_they_are_written_in() -> None:
    campaign = make_campaign(holdout_percent=0)
    step = campaign.steps.get()
    second = Variant.objects.create(step=step, name="B", subject="B")
    in_english = Variant.objects.create(step=step, name="B", locale="en", subject="B")
    bought(assign(campaign), 10_000)
    bought(assign(campaign, variant=second), 20_000)
    bought(assign(campaign, variant=in_english), 30_000)

    assert figures(campaign) == [(1, 1, 10_000), (2, 2, 50_000)]


def test_whoever_was_reached_over_a_fallback_stays_in_the_arm_that_chance_chose() -> None:
    campaign = make_campaign(holdout_percent=0)
    step = campaign.steps.get()
    first, second = step.variants.get(), Variant.objects.create(step=step, name="B", weight=3, subject="B")
    of_fallback = add_fallback(campaign, make_text_account()).variants.get()
    for arm, paid in ((first, 1_000), (second, 20_000), (second, 300_000)):
        bought(assign(campaign, customer=_in_arm(arm), variant=of_fallback), paid)

    assert figures(campaign) == [(1, 1, 1_000), (2, 2, 320_000)]


def test_without_holdout_and_variants_there_is_no_experiment() -> None:
    campaign = make_campaign(holdout_percent=0)
    assign(campaign)

    assert reading.of_campaign(campaign, AFTERWARDS) is None


def test_many_campaigns_are_read_together(django_assert_num_queries: object) -> None:
    campaigns = [make_campaign() for _number in range(3)]
    for campaign in campaigns:
        bought(assign(campaign), 10_000)
        assign(campaign, held_out=True)

    with django_assert_num_queries(3):
        found = reading.of_campaigns(campaigns, AFTERWARDS)

    assert [found[campaign.pk].arms[1].revenue for campaign in campaigns] == [10_000] * 3
