"""The generated shop as rows of the database, as `customers.ingest` would have written them.

The keys are the generated numbers, so that nothing has to be looked up; that needs a database without customers.
"""

from datetime import datetime

from django.db import transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from crm_project.demo.console import Console
from crm_project.demo.generated import bulk
from crm_project.demo.generated.past_campaign_rows import keep_campaigns
from crm_project.demo.generated.size import Size
from crm_project.errors import BusinessError
from customers import consent, stored_numbers
from customers.ingest import refunds
from customers.models import ConsentEntry, Customer, Event, Order, OrderLine, Product, Store, Visitor
from customers.sql import literal

SOURCE = "shop"


def refuse_unless_empty() -> None:
    """Refuse a database that has customers.

    Raises:
        BusinessError: it has some.
    """
    if Customer.objects.exists() or Product.objects.exists() or Store.objects.exists():
        raise BusinessError("This database holds a shop already. Generate into a new one, or into files with --csv.")


@transaction.atomic
def store(cursor: CursorWrapper, size: Size, console: Console) -> None:
    """Write everything: shop, people, consents, orders, events, past campaigns; then what they add up to."""
    start = size.start
    with console.step("Stores, products and customers"):
        _write_shop(cursor)
        _write_customers(cursor, start)
    with console.step("Consents"):
        consent.record_rows(cursor, _consents(start), method=ConsentEntry.Method.IMPORT)
    with console.step("Orders"):
        _write_orders(cursor, start)
    with console.step("Events"):
        _write_events(cursor, start)
    with console.step("Past campaigns"):
        keep_campaigns(cursor, size)
    with console.step("Statistics, purchase cycles and RFM scores"):
        cursor.execute("ANALYZE customers_customer, customers_order, customers_orderline, customers_event")
        stored_numbers.rebuild_everything(timezone.now())


def at(start: datetime, second: str) -> str:
    """Return the SQL of the moment that lies so many seconds after `start`."""
    return f"({literal(start.isoformat())}::timestamptz + {second} * interval '1 second')"


def _write_shop(cursor: CursorWrapper) -> None:
    source = literal(SOURCE)
    bulk.insert(
        cursor,
        Store,
        {"id": "number", "source": source, "external_id": "number::text", "name": "name"},
        "generated_store",
    )
    columns = {"id": "number", "source": source} | {
        each: each for each in ("sku", "name", "category", "brand", "price")
    }
    bulk.insert(cursor, Product, columns, "generated_product")


def _write_customers(cursor: CursorWrapper, start: datetime) -> None:
    bulk.insert(
        cursor,
        Customer,
        {
            "id": "number",
            "source": literal(SOURCE),
            "external_id": "number::text",
            "name": "name",
            "email": "email",
            "phone": "CASE WHEN digits = '' THEN '' ELSE '+82100' || digits END",
            "birthday": "birthday",
            "gender": "gender",
            "locale": "locale",
            "home_store_id": "home_store",
            "region": "region",
            "joined_at": at(start, "joined"),
            "acquisition_source": "acquisition_source",
            "is_demo": "true",
        },
        "generated_customer ORDER BY generated_customer.number",
    )


def _consents(start: datetime) -> str:
    return f"""
        SELECT customer AS customer_id, purpose, channel, action, {at(start, "second")} AS occurred_at,
               '' AS wording_version, '{{}}'::jsonb AS evidence
        FROM generated_consent
    """


def _write_orders(cursor: CursorWrapper, start: datetime) -> None:
    moneys = {"items_amount": "items", **{each: each for each in ("discount", "shipping", "paid", "refunded")}}
    columns = {
        "id": "number",
        "source": literal(SOURCE),
        "external_id": "number::text",
        "customer_id": "customer",
        "store_id": "CASE WHEN is_store THEN store END",
        "placed_at": at(start, "second"),
        "status": "status",
        "channel": "CASE WHEN is_store THEN 'store' ELSE 'online' END",
        "points_used": "points",
    }
    bulk.insert(cursor, Order, columns | moneys, "generated_sale")
    refunds.book_first_load(cursor)
    bulk.insert(
        cursor,
        OrderLine,
        {each: each for each in ("order_id", "position", "product_id", "quantity", "amount")},
        f"({LINES}) line",
    )


LINES = """
    SELECT number AS order_id, place AS position, line.product AS product_id, line.sku, line.quantity, line.amount
    FROM generated_sale
    CROSS JOIN LATERAL (VALUES
        (1, product, sku1, quantity1, amount1), (2, product2, sku2, 1, amount2),
        (CASE WHEN product2 IS NULL THEN 2 ELSE 3 END, product3, sku3, 1, amount3)
    ) line (place, product, sku, quantity, amount)
    WHERE line.product IS NOT NULL
"""


def _write_events(cursor: CursorWrapper, start: datetime) -> None:
    """Write the visitors, each first seen with its first event, and the events."""
    both = "(SELECT * FROM generated_order_event UNION ALL SELECT * FROM generated_visit_event)"
    cursor.execute(
        f"CREATE TEMP TABLE generated_visitor AS SELECT row_number() OVER (ORDER BY min(second), visitor) AS number,"
        f" visitor, min(customer) AS customer, min(second) AS second FROM {both} seen"
        " WHERE visitor IS NOT NULL GROUP BY visitor"
    )
    cursor.execute("ANALYZE generated_visitor")
    bulk.insert(
        cursor,
        Visitor,
        {"id": "number", "key": "visitor", "customer_id": "customer", "first_seen_at": at(start, "second")},
        "generated_visitor ORDER BY generated_visitor.number",
    )
    columns = {
        "source": literal(SOURCE),
        "external_id": "external_id",
        "kind": "kind",
        "customer_id": "event.customer",
        "visitor_id": "visitor.number",
        "occurred_at": at(start, "event.second"),
        "product_id": "product",
        "properties": "jsonb_strip_nulls(jsonb_build_object('query', query))",
    }
    bulk.insert(cursor, Event, columns, f"{both} event LEFT JOIN generated_visitor visitor USING (visitor)")
