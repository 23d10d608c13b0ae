"""Segments of who got, holds, is about to lose and used coupons."""

from datetime import date

import pytest
import time_machine
from django.utils import timezone

from customers.models import Customer
from customers.segments import rules
from customers.segments.clock import Moment
from customers.segments.compiler import compile_tree
from loyalty.coupons import redeeming, taking_back
from tests.factories import make_coupon, make_customer
from tests.loyalty.coupons.holding import basket, give

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def people():
    """One holds a coupon that ends in a week, one used it, one cancelled, one lost theirs, one never had any."""
    with time_machine.travel("2026-11-01T03:00:00Z", tick=False):
        short, long = make_coupon(valid_until=date(2026, 11, 20)), make_coupon(valid_until=date(2026, 11, 28))
        customers = {name: make_customer(name=name) for name in ("holds", "used", "cancelled", "lost", "never")}
        pieces = {name: give(long, customers[name]) for name in ("holds", "used", "cancelled")}
        give(short, customers["lost"])
        for name in ("used", "cancelled"):
            goods = basket(customers[name])
            redeeming.redeem([pieces[name].code], goods, source="till", reference=name)
        taking_back.cancel("till", "cancelled")
    with time_machine.travel("2026-11-21T03:00:00Z", tick=False):
        yield short, long


def members(condition: dict) -> str:
    question = compile_tree(rules.parse(condition), Moment(timezone.now()))
    return " ".join(sorted(Customer.objects.filter(question).values_list("name", flat=True)))


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ({"is": "coupon_issued", "op": "at_least", "value": 1}, "cancelled holds lost used"),
        ({"is": "coupon_issued", "op": "at_most", "value": 0}, "never"),
        ({"is": "coupon_issued", "op": "at_least", "value": 1, "window": {"last_days": 19}}, ""),
        ({"is": "coupon_held", "op": "at_least", "value": 1}, "cancelled holds"),
        ({"is": "coupon_held", "op": "at_most", "value": 0}, "lost never used"),
        ({"is": "coupon_expiring", "op": "within_next_days", "value": 7}, "cancelled holds"),
        ({"is": "coupon_expiring", "op": "within_next_days", "value": 6}, ""),
        ({"is": "coupon_redeemed", "op": "at_least", "value": 1}, "used"),
    ],
    ids=str,
)
def test_a_segment_asks_about_coupons(condition, found):
    assert members(condition) == found


def test_a_condition_may_name_its_coupons(people):
    short, long = people
    issued = {"is": "coupon_issued", "op": "at_least", "value": 1}

    assert members(issued | {"coupons": [short.external_id]}) == "lost"
    assert members({"is": "coupon_held", "op": "at_least", "value": 1, "coupons": [short.external_id]}) == ""
    expiring = {"is": "coupon_expiring", "op": "within_next_days", "value": 30, "coupons": [long.external_id]}
    assert members(expiring) == "cancelled holds"
