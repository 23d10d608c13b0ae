"""Whatever happens to the facts, the kept sums equal the raw queries: before a refresh, after it, and when mended.

`ROLLUP_EXAMPLES` says how many stories are tried (a dozen in the ordinary run).
"""

import os
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.attribution import credits
from analytics.models import CampaignDay, CampaignState, EarningDay, MachineDay, SalesDay
from analytics.rollups import campaigns, check, sales
from campaigns.models import Campaign, ClosedLeg, Hit, Message
from campaigns.pipeline import outcome
from customers import stats
from customers.models import Customer, Order
from tests.factories import change_order, make_account, make_customer, make_message, make_order, make_running_campaign

pytestmark = pytest.mark.django_db

EXAMPLES = int(os.environ.get("ROLLUP_EXAMPLES", "12"))
SEOUL = ZoneInfo("Asia/Seoul")
# Around midnight in Korea, which is in the afternoon of the day before in the database.
MOMENTS = [datetime(2026, 11, day, hour, 30, tzinfo=SEOUL) for day in (1, 2, 3) for hour in (0, 12, 23)]


class Story:
    """A small shop, and what may happen to it. Numbers choose who, what and when."""

    def __init__(self) -> None:
        self.customers = [make_customer(acquisition_source=source) for source in ("search", "friend", "")]
        self.campaigns = [make_running_campaign(links=("https://shop.example/",)) for _number in range(2)]
        self.accounts = [campaign.steps.get().account for campaign in self.campaigns]
        self.messages = [
            make_message(campaign, customer, status="planned", sent_at=None)
            for campaign in self.campaigns
            for customer in self.customers
        ]

    def happen(self, what: int, which: int, when: int) -> None:
        """Have the `what`-th kind of thing happen."""
        kinds: list[Callable[[int, datetime], None]] = [
            self.somebody_buys,
            self.an_order_is_refunded,
            self.an_order_is_corrected,
            self.an_order_changes_hands,
            self.an_order_goes,
            self.a_source_is_corrected,
            self.a_message_moves,
            self.a_message_is_asked_for,
            self.a_way_closes,
            self.a_message_goes_another_way,
            self.credits_are_computed,
            self.everything_is_refreshed,
        ]
        kinds[what % len(kinds)](which, MOMENTS[when % len(MOMENTS)])

    def somebody_buys(self, which: int, moment: datetime) -> None:
        buyer = [*self.customers, None][which % 4]
        make_order(buyer, placed_at=moment, paid=10_000 + which, shipping=which % 3)
        self._add_up()

    def an_order_is_refunded(self, which: int, _moment: datetime) -> None:
        for order in self._order(which):
            Order.objects.filter(pk=order.pk).update(refunded=order.paid - which % order.paid)

    def an_order_is_corrected(self, which: int, moment: datetime) -> None:
        for order in self._order(which):
            status = Order.Status.CANCELLED if which % 2 else Order.Status.PAID
            Order.objects.filter(pk=order.pk).update(placed_at=moment, status=status)
            self._add_up()

    def an_order_changes_hands(self, which: int, _moment: datetime) -> None:
        for order in self._order(which):
            Order.objects.filter(pk=order.pk).update(customer=self.customers[which % 3])
            self._add_up()

    def an_order_goes(self, which: int, _moment: datetime) -> None:
        for order in self._order(which):
            order.delete()
            self._add_up()

    def a_source_is_corrected(self, which: int, moment: datetime) -> None:
        Customer.objects.filter(pk=self.customers[which % 3].pk).update(acquisition_source=f"{moment:%H}")

    def a_message_moves(self, which: int, moment: datetime) -> None:
        states = (
            {"status": "claimed"},
            {"status": "sent", "sent_at": moment, "cost": which % 5, "is_sandbox": which % 2 == 0},
            {"status": "sent", "sent_at": moment, "delivery": "delivered", "delivered_at": moment},
            {"status": "skipped", "skip_reason": "HOLDOUT"},
            {"status": "failed", "sent_at": None},
            {"status": "unknown", "unsubscribed_at": moment},
        )
        Message.objects.filter(pk=self._message(which).pk).update(**states[which % len(states)])

    def a_message_is_asked_for(self, which: int, moment: datetime) -> None:
        agent = "Mozilla/5.0 (iPhone) Safari" if which % 2 else "curl/8"
        message = self._message(which)
        kind = ("open", "click", "unsubscribe")[which % 3]
        Hit.objects.create(message=message, kind=kind, occurred_at=moment, user_agent=agent)
        outcome.roll_up([message.pk])

    def a_way_closes(self, which: int, moment: datetime) -> None:
        message = self._message(which)
        wanted = {"account": message.account, "variant": message.variant, "cost": 1 + which % 3, "closed_at": moment}
        ClosedLeg.objects.update_or_create(message=message, leg=which % 2, defaults=wanted)

    def a_message_goes_another_way(self, which: int, _moment: datetime) -> None:
        Message.objects.filter(pk=self._message(which).pk).update(account=self.accounts[which % 2])

    def credits_are_computed(self, which: int, _moment: datetime) -> None:
        Campaign.objects.filter(pk=self.campaigns[which % 2].pk).update(attribution_days=1 + which % 3)
        credits.attribute_everything()

    def everything_is_refreshed(self, _which: int, _moment: datetime) -> None:
        sales.refresh_marked()
        campaigns.fold()

    def _message(self, which: int) -> Message:
        return self.messages[which % len(self.messages)]

    def _order(self, which: int) -> list[Order]:
        orders = list(Order.objects.order_by("pk"))
        return [orders[which % len(orders)]] if orders else []

    def _add_up(self) -> None:
        stats.refresh([customer.pk for customer in self.customers])


numbers = st.integers(0, 29)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(happenings=st.lists(st.tuples(numbers, numbers, numbers), min_size=4, max_size=14))
def test_the_sums_equal_the_facts_whatever_happens(happenings: list[tuple[int, int, int]]) -> None:
    story = Story()

    for happening in happenings:
        story.happen(*happening)

        assert check.differences() == []
    story.everything_is_refreshed(0, MOMENTS[0])
    assert sales.marked_since() is None
    assert check.differences() == []


def test_a_message_that_goes_another_way_takes_what_it_earned_along() -> None:
    customer, way = make_customer(), make_account()
    message = make_message(make_running_campaign(), customer, sent_at=MOMENTS[0])
    change_order(make_order(customer, placed_at=MOMENTS[1], paid=10_000), refunded=4_000)
    credits.attribute_everything()

    Message.objects.filter(pk=message.pk).update(account=way)

    assert check.differences() == []
    campaigns.fold()
    rows = EarningDay.objects.filter(model="last_delivered").values_list("account")
    assert list(rows.annotate(won=Sum("revenue"), back=Sum("refunded"))) == [(way.pk, 10_000, 4_000)]


@pytest.mark.parametrize("are_lost", [False, True])
def test_mending_leaves_the_same_sums(are_lost: bool) -> None:
    story = Story()
    for number in range(60):
        story.happen(number, number // 2, number)
    if are_lost:
        for table in (CampaignState, CampaignDay, EarningDay, MachineDay, SalesDay):
            table.objects.all().delete()

    mended = campaigns.mend()
    sales.mark_everything()
    sales.refresh_marked()

    assert bool(mended) == are_lost
    assert check.differences() == []
