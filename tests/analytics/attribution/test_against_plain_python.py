"""The credits in the database are those that a plain reading of the facts, order by order, comes to.

`ATTRIBUTION_EXAMPLES` sets how many shops are tried; twelve by default, each with a few customers of its own.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.attribution import check
from analytics.attribution.credits import attribute_everything, attribute_fresh
from analytics.models import AttributedOrder, CreditRefund
from campaigns.models import Campaign, Hit, Message
from customers.ingest import refunds
from customers.models import Order, Refund
from tests.factories import change_order, make_customer, make_message, make_order, make_running_campaign

pytestmark = pytest.mark.django_db

EXAMPLES = int(os.environ.get("ATTRIBUTION_EXAMPLES", "12"))
START = datetime(2026, 10, 1, tzinfo=UTC)

hours = st.integers(0, 30 * 4).map(lambda quarter: START + timedelta(hours=6 * quarter))


@dataclass(frozen=True)
class Mail:
    """A message, and when it was clicked: by people, by machines."""

    campaign: int
    sent: datetime | None
    delivered: datetime | None
    is_lost: bool
    clicks: tuple[datetime, ...]
    machines: tuple[datetime, ...]


@dataclass(frozen=True)
class Bought:
    """An order, and what was refunded of it when."""

    placed: datetime
    status: str
    paid: int
    shipping: int
    refunds: tuple[tuple[datetime, int], ...]


mails = st.builds(
    Mail,
    campaign=st.integers(0, 2),
    sent=st.none() | hours,
    delivered=st.none() | hours,
    is_lost=st.booleans(),
    clicks=st.lists(hours, max_size=2).map(tuple),
    machines=st.lists(hours, max_size=1).map(tuple),
)
purchases = st.builds(
    Bought,
    placed=hours,
    status=st.sampled_from(["paid", "paid", "delivered", "cancelled", "refunded", "pending"]),
    paid=st.integers(0, 40),
    shipping=st.integers(0, 5),
    refunds=st.lists(st.tuples(hours, st.integers(1, 15)), max_size=3).map(tuple),
)
shops = st.lists(st.tuples(st.lists(mails, max_size=4), st.lists(purchases, min_size=1, max_size=3)), max_size=4)
DAYS, PURPOSES = (3, 7, 20), ("ad", "ad", "info")

Credits = dict[tuple[str, int, int], tuple[datetime, int, tuple[tuple[datetime, int], ...]]]


def shared(won: int, people: int) -> list[int]:
    """Deal out won one after the other."""
    shares = [0] * people
    for number in range(won):
        shares[number % people] += 1
    return shares


def due(order: Order, messages: Iterable[Message]) -> Credits:
    """What each message is due of one order under each model, and which refunds take how much of it back."""
    given_back = sorted(Refund.objects.filter(order=order), key=lambda refund: (refund.refunded_at, refund.pk))
    if not (order.is_purchase or (order.status in ("cancelled", "refunded") and given_back)):
        return {}
    clicks, arrivals = [], []
    for message in messages:
        opens = order.placed_at - timedelta(days=message.campaign.attribution_days)
        for hit in message.hits.filter(kind="click", is_machine=False):
            if opens < hit.occurred_at <= order.placed_at:
                clicks.append((hit.occurred_at, hit.pk, message.pk))
        arrived = message.delivered_at or message.sent_at
        reached = message.status == "sent" and message.delivery != "failed" and message.campaign.purpose == "ad"
        if reached and opens < arrived <= order.placed_at:
            arrivals.append((arrived, message.pk))
    touched: dict[int, datetime] = {}
    for moment, *_hit, message_id in [*clicks, *arrivals]:
        touched[message_id] = max(touched.get(message_id, moment), moment)
    sharers = {
        "last_click": [(each[0], each[2]) for each in sorted(clicks)[-1:]],
        "last_delivered": sorted(arrivals)[-1:],
        "linear": sorted((moment, message_id) for message_id, moment in touched.items()),
    }
    found: Credits = {}
    for model, chosen in sharers.items():
        found |= _dealt(order, model, chosen, given_back)
    return found


def _dealt(order: Order, model: str, chosen: list[tuple[datetime, int]], given_back: list[Refund]) -> Credits:
    if not chosen:
        return {}
    left = max(0, order.paid - order.shipping)
    shares, taken = shared(left, len(chosen)), [[] for _each in chosen]
    for refund in given_back:
        after = max(0, left - refund.amount)
        for place, (more, less) in enumerate(zip(shared(left, len(chosen)), shared(after, len(chosen)), strict=True)):
            if more > less:
                taken[place].append((refund.refunded_at, more - less))
        left = after
    return {
        (model, order.pk, message_id): (moment, share, tuple(back))
        for (moment, message_id), share, back in zip(chosen, shares, taken, strict=True)
    }


def plainly_read() -> Credits:
    found: Credits = {}
    for order in Order.objects.all():
        found |= due(order, Message.objects.filter(customer=order.customer).select_related("campaign"))
    return found


def stored() -> Credits:
    back: dict[int, list[tuple[datetime, int]]] = {}
    for each in CreditRefund.objects.order_by("refunded_at", "refund_id"):
        back.setdefault(each.credit_id, []).append((each.refunded_at, each.amount))
    return {
        (credit.model, credit.order_id, credit.message_id): (
            credit.touched_at,
            credit.revenue,
            tuple(back.get(credit.pk, [])),
        )
        for credit in AttributedOrder.objects.all()
    }


def write(shop: list[tuple[list[Mail], list[Bought]]]) -> None:
    campaigns = [
        make_running_campaign(attribution_days=days, purpose=purpose)
        for days, purpose in zip(DAYS, PURPOSES, strict=True)
    ]
    for sent, bought in shop:
        customer = make_customer()
        for mail in {mail.campaign: mail for mail in sent}.values():
            _write_mail(campaigns[mail.campaign], customer, mail)
        for order in bought:
            _write_order(customer, order)


def _write_mail(campaign: Campaign, customer: object, mail: Mail) -> None:
    message = make_message(
        campaign,
        customer,
        status="sent" if mail.sent else "planned",
        sent_at=mail.sent,
        delivered_at=mail.delivered if mail.sent and not mail.is_lost else None,
        delivery="failed" if mail.is_lost and mail.sent else "",
        clicked_at=min(mail.clicks, default=None),
    )
    by_whom = [(False, moment) for moment in mail.clicks] + [(True, moment) for moment in mail.machines]
    Hit.objects.bulk_create(
        Hit(message=message, kind="click", occurred_at=moment, is_machine=is_machine) for is_machine, moment in by_whom
    )


def _write_order(customer: object, bought: Bought) -> None:
    order = make_order(
        customer, placed_at=bought.placed, status=bought.status, paid=bought.paid, shipping=bought.shipping
    )
    for moment, amount in bought.refunds:
        if order.refunded + amount <= order.paid:
            order.refunded, order.refunded_at = order.refunded + amount, moment
            order.save()
            refunds.book_one(order)


@settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(shop=shops)
def test_credits_are_those_of_a_plain_reading(shop: list[tuple[list[Mail], list[Bought]]]) -> None:
    mark = transaction.savepoint()
    write(shop)

    attribute_fresh()

    assert stored() == plainly_read()
    for order in Order.objects.order_by("pk")[::2]:
        change_order(order, status="delivered" if order.status == "cancelled" else "cancelled")
    attribute_fresh()
    assert stored() == plainly_read()
    assert attribute_everything().credited == 0
    with connection.cursor() as cursor:
        cursor.execute("UPDATE customers_order SET changed_at = '2026-10-01'")
    check.refuse_wrong_credits()
    transaction.savepoint_rollback(mark)
