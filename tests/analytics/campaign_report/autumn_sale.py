"""A small campaign made by hand, of which every figure is known."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal

from django.utils import timezone

from analytics.attribution.credits import attribute_fresh
from campaigns.models import Campaign, Hit, Link, Message, Step, Variant
from campaigns.offers import giving
from campaigns.pipeline import outcome
from customers.models import Order, Refund
from loyalty.models import CouponRedemption, IssuedCoupon
from tests.factories import (
    begin_earning,
    buy,
    make_coupon,
    make_customer,
    make_message,
    make_product,
    make_running_campaign,
)

CHROME = "Mozilla/5.0 (Windows NT 10.0) Chrome/130.0"
SCANNER = "Barracuda"


def at(hour: int, *, days_ago: int = 3) -> datetime:
    """Return an hour of that day in Korea."""
    day = timezone.localdate() - timedelta(days=days_ago)
    return datetime.combine(day, time(hour), tzinfo=timezone.get_default_timezone())


@dataclass
class AutumnSale:
    """Two contents: A to three people, B to two. One click each earned an order; B's gave a part back."""

    campaign: Campaign
    step: Step
    a: list[Message]
    b: list[Message]
    orders: list[Order]


def make_autumn_sale(**given: object) -> AutumnSale:
    """Seven targeted, five sent, three opened, two clicked and bought; one opted out, one in the holdout."""
    campaign = make_running_campaign(
        links=("https://shop.example/",), name="가을 감사제", started_at=at(9), planned_at=at(9), **given
    )
    step = campaign.steps.get()
    sent = [make_message(campaign, make_customer(), sent_at=at(9), cost=Decimal("10")) for _ in range(5)]
    _leave_out(campaign)
    a, b = sent[:3], sent[3:]
    _say_something_else(b)
    orders = _answer(a, b)
    attribute_fresh()
    return AutumnSale(campaign, step, a, b, orders)


def make_gifts(sale: AutumnSale) -> None:
    """A coupon used in A's credited order (3,000 won off), one in a store without a click (2,000), 1,500 points."""
    begin_earning()
    coupon = make_coupon(amount=3_000)
    Step.objects.filter(pk=sale.step.pk).update(coupon=coupon, points=500)
    sale.step.refresh_from_db()
    going = {message.pk: message.customer_id for message in sale.a}
    giving.draw_coupons(sale.step, going)
    giving.grant_points(sale.step, going)
    for number, (message, receipt, discount) in enumerate(
        [(sale.a[0], sale.orders[0].external_id, 3_000), (sale.a[1], "T-1", 2_000)]
    ):
        CouponRedemption.objects.create(
            external_id=f"use {number}",
            coupon=coupon,
            issued=IssuedCoupon.objects.get(customer=message.customer),
            customer=message.customer,
            redeemed_at=at(12),
            receipt=receipt,
            discount=discount,
        )


def _leave_out(campaign: Campaign) -> None:
    make_message(campaign, make_customer(), status="skipped", skip_reason="OPTED_OUT", sent_at=None)
    make_message(campaign, make_customer(), status="skipped", skip_reason="HOLDOUT", sent_at=None)
    make_message(campaign, make_customer(), status="failed", failure="invalid_recipient", sent_at=None)


def _say_something_else(messages: list[Message]) -> None:
    other = Variant.objects.create(step=messages[0].step, name="B", subject="오늘만 할인", html="<p>안녕하세요</p>")
    Link.objects.create(variant=other, number=1, url="https://shop.example/")
    Message.objects.filter(pk__in=[message.pk for message in messages]).update(variant=other)
    for message in messages:
        message.variant = other


def _answer(a: list[Message], b: list[Message]) -> list[Order]:
    _hit(a[0], "open", at(10))
    _hit(a[0], "click", at(10))
    _hit(a[1], "open", at(11))
    _hit(a[2], "open", at(9), SCANNER)
    _hit(b[0], "click", at(20))
    everyone = [*a, *b]
    outcome.roll_up([message.pk for message in everyone])
    Message.objects.filter(pk=b[1].pk).update(unsubscribed_at=at(21))
    milk, bread = make_product(name="우유"), make_product(name="빵")
    kept = buy(a[0].customer, milk, bread, at=at(12), paid=30_000)
    partly = buy(b[0].customer, milk, at=at(10, days_ago=2), paid=50_000, quantity=2, refunded=5_000)
    Refund.objects.create(order=partly, amount=5_000, refunded_at=at(15, days_ago=1))
    return [kept, partly]


def _hit(message: Message, kind: str, moment: datetime, user_agent: str = CHROME) -> None:
    link = message.variant.links.get() if kind == "click" else None
    Hit.objects.create(message=message, kind=kind, link=link, occurred_at=moment, user_agent=user_agent)
