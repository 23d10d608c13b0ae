"""A campaign from its messages to its report, in a shop whose customers do as chance and a known effect have it."""

from datetime import UTC, datetime, timedelta

import numpy
import pytest

from analytics.attribution import credits
from analytics.campaign_report.funnel import funnels_of
from analytics.experiments import reading
from campaigns import experiments
from campaigns.models import Campaign, Enrollment, Hit, Message
from customers.models import Customer, Order
from tests.factories import make_running_campaign

pytestmark = pytest.mark.django_db

PEOPLE, HELD_OUT_PERCENT, FIRST_NUMBER = 2_000, 30, 1_000_001
BUY_ANYWAY, CLICK, MEAN_AMOUNT, SIGMA = 0.15, 0.3, 30_000, 0.9
SENT = datetime(2026, 11, 1, tzinfo=UTC)
HOUR, WINDOW = timedelta(hours=1), timedelta(days=5)


class Simulated:
    """Everybody buys anyway with a probability; of those who click, a share buys once more because of it."""

    def __init__(self, *, seed: int, moved: float) -> None:
        self.rng = numpy.random.default_rng(seed)
        self.moved = moved
        # Numbers of its own: who is held out follows from them, and others would hold out others.
        terms = {
            "pk": FIRST_NUMBER,
            "started_at": SENT,
            "status": "finished",
            "holdout_percent": HELD_OUT_PERCENT,
            "attribution_days": 5,
        }
        self.campaign = make_running_campaign(links=("https://shop.example/",), **terms)
        numbers = range(FIRST_NUMBER, FIRST_NUMBER + PEOPLE)
        Customer.objects.bulk_create(Customer(pk=pk, external_id=str(pk), joined_at=SENT) for pk in numbers)
        self.messages = self._plan()
        self.clicked_at = self._click()
        self.orders = Order.objects.bulk_create(order for message in self.messages for order in self._buy(message))

    @property
    def true_effect(self) -> float:
        """Won a person that the campaign adds."""
        return CLICK * self.moved * MEAN_AMOUNT

    def won_after_clicks(self) -> int:
        """Won of the orders placed after a click of the same customer: what the last click earns."""
        clicked = {message.customer_id: self.clicked_at[message.pk] for message in self.messages if self._has(message)}
        return sum(each.paid for each in self.orders if each.placed_at >= clicked.get(each.customer_id, SENT + WINDOW))

    def _has(self, message: Message) -> bool:
        return message.pk in self.clicked_at

    def _plan(self) -> list[Message]:
        step = self.campaign.steps.get()
        people = Customer.objects.annotate(is_control=experiments.is_control(self.campaign)).order_by("pk")
        entered = Enrollment.objects.bulk_create(
            Enrollment(campaign=self.campaign, customer=person, is_control=person.is_control) for person in people
        )
        same = {"campaign": self.campaign, "step": step, "account": step.account, "variant": step.variants.get()}
        return Message.objects.bulk_create(
            Message(
                enrollment=each,
                customer_id=each.customer_id,
                status="skipped" if each.is_control else "sent",
                skip_reason="HOLDOUT" if each.is_control else "",
                sent_at=None if each.is_control else SENT,
                planned_at=SENT,
                due_at=SENT,
                **same,
            )
            for each in entered
        )

    def _click(self) -> dict[int, datetime]:
        link = self.campaign.steps.get().variants.get().links.get()
        readers = [message for message in self.messages if message.sent_at and self.rng.random() < CLICK]
        clicks = {message.pk: SENT + HOUR * float(self.rng.uniform(1, 24)) for message in readers}
        Hit.objects.bulk_create(
            Hit(message_id=pk, link=link, kind="click", occurred_at=at, is_machine=False) for pk, at in clicks.items()
        )
        for message in readers:
            message.clicked_at = clicks[message.pk]
        Message.objects.bulk_update(readers, ["clicked_at"])
        return clicks

    def _buy(self, message: Message) -> list[Order]:
        bought = []
        if self.rng.random() < BUY_ANYWAY:
            bought.append(self._order(message, SENT + HOUR * float(self.rng.uniform(0, 119))))
        if self._has(message) and self.rng.random() < self.moved:
            bought.append(self._order(message, self.clicked_at[message.pk] + HOUR * float(self.rng.uniform(0, 24))))
        return bought

    def _order(self, message: Message, at: datetime) -> Order:
        paid = int(MEAN_AMOUNT * numpy.exp(SIGMA * self.rng.standard_normal() - SIGMA**2 / 2))
        number = str(self.rng.integers(10**12))
        return Order(external_id=number, customer_id=message.customer_id, placed_at=at, paid=paid)


def read(campaign: Campaign) -> reading.Reading:
    credits.attribute_everything()
    found = reading.of_campaign(campaign, SENT + 2 * WINDOW)
    assert found is not None
    return found


def test_attribution_and_lift_recover_what_a_campaign_did() -> None:
    shop = Simulated(seed=7, moved=0.5)

    found = read(shop.campaign)

    revenue = found.holdout.revenue
    assert found.holdout.is_decided
    assert revenue.low <= shop.true_effect <= revenue.high
    assert funnels_of([shop.campaign.pk])[shop.campaign.pk].net == shop.won_after_clicks()


def test_a_campaign_that_did_nothing_is_credited_with_orders_and_not_called_a_winner() -> None:
    shop = Simulated(seed=8, moved=0.0)

    found = read(shop.campaign)

    assert funnels_of([shop.campaign.pk])[shop.campaign.pk].net == shop.won_after_clicks() > 0
    assert not found.holdout.is_decided
    assert found.holdout.revenue.low <= 0 <= found.holdout.revenue.high
