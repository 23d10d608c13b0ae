"""A shop with ten orders and ten messages a customer, written by SQL: what the reports are measured with.

Three years of orders, evenly; ten campaigns to everybody, one a month, opened, clicked and credited as campaigns are.
Nobody marks a day or appends to a sum meanwhile: everything is added up at the end, as after a first load.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta

from django.db import models
from django.utils import timezone

from analytics.models import AttributedOrder
from analytics.rollups import campaigns, sales
from bench.harness import LAST_DAY, empty_shop, execute
from campaigns.models import Campaign, ChannelAccount, Enrollment, Hit, Link, Message, Step, Variant
from customers.models import Customer, CustomerStats, Order, OrderLine, Product, Store

ORDERS_EACH, CAMPAIGNS, STORES, DAYS = 10, 10, 20, 1_095
SOURCES = "(ARRAY['search', 'friend', 'social', 'store', 'ad', ''])"
SUMS = "analytics_salesday, analytics_campaignstate, analytics_campaignday, analytics_earningday, analytics_machineday"
FACTS = (
    "customers_order",
    "customers_customerstats",
    "campaigns_message",
    "campaigns_hit",
    "analytics_attributedorder",
)


def end() -> datetime:
    """Return the moment at which the shop's facts end: the last of `LAST_DAY`."""
    return timezone.make_aware(datetime.combine(LAST_DAY, time(23, 59, 59)))


def fill(customers: int) -> list[Campaign]:
    """Write the shop; return its campaigns, the latest first."""
    empty_shop()
    execute(f"TRUNCATE {SUMS}, analytics_dirtyday, analytics_keptfigures")
    with _facts_alone():
        _people_and_orders(customers)
        sent = [_campaign(number) for number in range(1, CAMPAIGNS + 1)]
        _credits()
    campaigns.mend()
    sales.mark_everything()
    execute("VACUUM ANALYZE")
    sales.refresh_marked()
    execute(f"VACUUM ANALYZE {SUMS}")
    return sent


@contextmanager
def _facts_alone() -> Iterator[None]:
    execute(*[f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in FACTS])
    yield
    execute(*[f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in FACTS])


def _people_and_orders(customers: int) -> None:
    since = end() - timedelta(days=DAYS)
    person = Customer.objects.create(source="bench", external_id="0", name="김단골", joined_at=since)
    own = {
        "external_id": "number",
        "email": "'reader' || number || '@mail.example'",
        "acquisition_source": f"{SOURCES}[1 + number % 6]",
    }
    _copy(person, own, f"generate_series(1, {customers - 1}) AS number")
    stores = Store.objects.bulk_create([Store(external_id=f"S{number}", name=f"S{number}") for number in range(STORES)])
    order = Order.objects.create(external_id="0", customer=person, placed_at=since, paid=10_000, store=stores[0])
    # The share of the days comes first: all days together times ten million would be more than an interval holds.
    placed_at = f"first.placed_at + number::float8 / {customers * ORDERS_EACH} * interval '{DAYS} days'"
    own = {
        "external_id": "number",
        # Scattered over everybody by a number that shares no factor with how many they are.
        "customer_id": f"{person.pk} + number::bigint * 7919 % {customers}",
        "store_id": f"{stores[0].pk} + number % {STORES}",
        "channel": "CASE WHEN number % 3 = 0 THEN 'store' ELSE 'online' END",
        "placed_at": placed_at,
        "changed_at": placed_at,
        "paid": "10000 + number % 90000",
        "shipping": "number % 4 * 1000",
        "refunded": "CASE WHEN number % 50 = 0 THEN 5000 ELSE 0 END",
    }
    _copy(order, own, f"generate_series(1, {customers * ORDERS_EACH - 1}) AS number")
    counted = CustomerStats.objects.create(customer=person)
    own = {
        "customer_id": "bought.customer_id",
        "order_count": "bought.orders",
        "paid_total": "bought.revenue",
        "first_order_at": "bought.since",
        "last_order_at": "bought.until",
    }
    source = (
        "(SELECT customer_id, count(*) AS orders, sum(revenue) AS revenue, min(placed_at) AS since,"
        f" max(placed_at) AS until FROM customers_order WHERE customer_id <> {person.pk} GROUP BY 1) AS bought"
    )
    _copy(counted, own, source)


def _campaign(number: int) -> Campaign:
    """Write a campaign to everybody, so many months ago, and what came back from it."""
    sent_at = end() - timedelta(days=30 * (number - 1) + 6, hours=12)
    campaign = Campaign.objects.create(
        name=f"{number}", purpose="ad", status="finished", started_at=sent_at, finished_at=sent_at, holdout_percent=5
    )
    account, _is_new = ChannelAccount.objects.get_or_create(name="bench", defaults={"gateway": "sandbox"})
    step = Step.objects.create(campaign=campaign, account=account)
    variants = [Variant.objects.create(step=step, name=name, subject=name, html="<p></p>") for name in "AB"]
    link = Link.objects.create(variant=variants[0], number=1, url="https://shop.example/")
    person = Customer.objects.order_by("pk").first()
    entered = Enrollment.objects.create(campaign=campaign, customer=person, entered_at=sent_at)
    own = {"customer_id": "person.id", "is_control": "person.id % 20 = 0"}
    _copy(entered, own, f"(SELECT id FROM customers_customer WHERE id <> {person.pk}) AS person")
    message = Message.objects.create(
        campaign=campaign,
        enrollment=entered,
        step=step,
        variant=variants[0],
        customer=person,
        account=account,
        status="sent",
        sent_at=sent_at,
        planned_at=sent_at,
    )
    _copy(message, _what_became(variants[0].pk), f"({_drawn(campaign.pk, entered.pk)}) AS drawn")
    _hits(message, link)
    return campaign


def _drawn(campaign: int, first: int) -> str:
    """Return the SQL of the enrolments, each with three lots and the second after sending at which it was opened."""
    return (
        "SELECT id, customer_id, is_control, random() AS lot, random() AS click, random() AS skip,"
        f" (random() ^ 3 * 400000)::int AS later FROM campaigns_enrollment WHERE campaign_id = {campaign}"
        f" AND id <> {first}"
    )


def _what_became(variant: int) -> dict[str, str]:
    is_sent = "NOT drawn.is_control AND drawn.skip > 0.1"
    opened = f"{is_sent} AND drawn.lot < 0.3"
    return {
        "enrollment_id": "drawn.id",
        "customer_id": "drawn.customer_id",
        "variant_id": f"{variant} + drawn.id % 2",
        "status": f"CASE WHEN {is_sent} THEN 'sent' ELSE 'skipped' END",
        "skip_reason": "CASE WHEN drawn.is_control THEN 'HOLDOUT' WHEN drawn.skip <= 0.1 THEN 'NO_CONSENT' ELSE '' END",
        "sent_at": f"CASE WHEN {is_sent} THEN first.sent_at + drawn.skip * interval '2 hours' END",
        "cost": f"CASE WHEN {is_sent} THEN 12.5 ELSE 0 END",
        "opened_at": f"CASE WHEN {opened} THEN first.sent_at + (7200 + drawn.later) * interval '1 second' END",
        "clicked_at": f"CASE WHEN {opened} AND drawn.click < 0.2"
        " THEN first.sent_at + (7230 + drawn.later) * interval '1 second' END",
        "unsubscribed_at": f"CASE WHEN {opened} AND drawn.click > 0.99 THEN first.sent_at + interval '3 hours' END",
    }


def _hits(message: Message, link: Link) -> None:
    first = Hit.objects.create(
        message=message, link=link, kind="click", occurred_at=message.sent_at, user_agent="Safari", is_machine=False
    )
    opened = {"message_id": "sent.id", "link_id": "NULL", "kind": "'open'", "occurred_at": "sent.opened_at"}
    fetched = opened | {"occurred_at": "sent.sent_at", "is_machine": "true", "machine_reason": "'proxy'"}
    _copy(first, opened, _messages(message, "opened_at IS NOT NULL"))
    _copy(
        first, {"message_id": "sent.id", "occurred_at": "sent.clicked_at"}, _messages(message, "clicked_at > sent_at")
    )
    _copy(first, fetched, _messages(message, "status = 'sent' AND id % 10 = 0"))


def _messages(of: Message, which: str) -> str:
    return f"(SELECT * FROM campaigns_message WHERE campaign_id = {of.campaign_id} AND {which}) AS sent"


def _credits() -> None:
    """Credit each order within five days after a click to the latest one, with a line of the only product."""
    product = Product.objects.create(sku="P", name="사과")
    execute("ANALYZE campaigns_message, customers_order")
    found = """(SELECT DISTINCT ON (bought.id) bought.id AS order_id, bought.placed_at, bought.paid - bought.shipping AS
                       revenue, bought.refunded, message.id AS message_id, message.campaign_id, message.clicked_at
                  FROM campaigns_message AS message
                  JOIN customers_order AS bought ON bought.customer_id = message.customer_id AND bought.is_purchase
                       AND bought.placed_at >= message.clicked_at
                       AND bought.placed_at < message.clicked_at + interval '5 days'
                 WHERE message.clicked_at IS NOT NULL ORDER BY bought.id, message.clicked_at DESC) AS found"""
    message = Message.objects.order_by("pk").first()
    order = Order.objects.order_by("pk").first()
    first = AttributedOrder.objects.create(
        order=order,
        message=message,
        campaign=message.campaign,
        touched_at=end(),
        placed_at=end(),
        revenue=10_000,
        attributed_at=end(),
    )
    names = ("order_id", "message_id", "campaign_id", "placed_at", "revenue")
    _copy(first, {name: f"found.{name}" for name in names} | {"touched_at": "found.clicked_at"}, found)
    line = OrderLine.objects.create(order=order, position=1, product=product, amount=10_000)
    credited = f"(SELECT DISTINCT order_id FROM analytics_attributedorder WHERE order_id <> {order.pk}) AS credited"
    _copy(line, {"order_id": "credited.order_id"}, credited)


def _copy(first: models.Model, own: dict[str, str], source: str) -> None:
    """Copy a row once for each row of the source, with these columns of its own."""
    columns = [field.column for field in first._meta.concrete_fields if not field.generated and field.column != "id"]
    copied = ", ".join(own.get(column, f"first.{column}") for column in columns)
    table, key = first._meta.db_table, first._meta.pk.column
    execute(
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {copied} FROM {table} AS first CROSS JOIN {source}"
        f" WHERE first.{key} = {first.pk}"
    )
