"""The generated shop: the same for the same seed, stored as an import would, and true to what it says of itself."""

import json
from collections.abc import Iterator
from datetime import date
from io import StringIO
from pathlib import Path
from statistics import median

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import Count, Q

from campaigns.models import Hit, Message
from crm_project.demo.console import Console
from crm_project.demo.generated.size import Size
from crm_project.demo.generated.writing import generate
from customers import ingest, stats
from customers.contacts import normalise_phone
from customers.ingest.result import IngestResult
from customers.models import Customer, Event, Order, Visitor
from tests.crm_project.generated.files import records_of
from tests.factories import make_customer

LAST_DAY = date(2026, 11, 20)
pytestmark = pytest.mark.django_db


def make_shop(customers: int, *, folder: Path | None = None, seed: int = 1, orders_each: int = 5) -> Path:
    orders = customers * orders_each
    size = Size(customers=customers, orders=orders, events=orders * 3, last_day=LAST_DAY, seed=seed)
    return generate(size, Console(StringIO()), folder=folder)


@pytest.fixture
def truth(settings: object, tmp_path: Path) -> dict:
    """What was true of a shop of 1,500 customers that the database holds now."""
    settings.VAR_DIR = tmp_path
    return json.loads(make_shop(1_500, orders_each=10).read_text(encoding="utf-8"))


def test_the_same_seed_gives_the_same_files(tmp_path: Path) -> None:
    for name, seed in (("one", 1), ("again", 1), ("other", 2)):
        make_shop(60, folder=tmp_path / name, seed=seed)

    names = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert names == [
        "consents.csv",
        "customers.csv",
        "events.csv",
        "orders.csv",
        "products.csv",
        "stores.csv",
        "truth.json",
    ]
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()
    assert (tmp_path / "one" / "orders.csv").read_bytes() != (tmp_path / "other" / "orders.csv").read_bytes()


def test_the_rows_are_those_an_import_of_the_files_writes(settings: object, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    with transaction.atomic():
        make_shop(120)
        generated = list(facts())
        transaction.set_rollback(True)
    make_shop(120, folder=tmp_path)

    for kind in ("stores", "products", "customers", "consents", "orders", "events"):
        more = {"demo": True} if kind == "customers" else {}
        result: IngestResult = getattr(ingest, f"ingest_{kind}")(records_of(tmp_path / f"{kind}.csv"), **more)
        assert result.refusals == []

    assert list(facts()) == generated


def facts() -> Iterator[tuple]:
    """Yield everything that was generated, by the numbers it is known by."""
    for query in FACTS:
        with connection.cursor() as cursor:
            cursor.execute(query)
            yield from cursor.fetchall()


FACTS = (
    "SELECT external_id, name FROM customers_store ORDER BY 1",
    "SELECT sku, name, category, brand, price, is_active FROM customers_product ORDER BY 1",
    "SELECT c.external_id, c.name, email, c.phone, birthday, gender, locale, s.external_id, joined_at, c.region,"
    " acquisition_source, attributes, is_demo FROM customers_customer c LEFT JOIN customers_store s"
    " ON s.id = home_store_id ORDER BY 1",
    "SELECT external_id, purpose, channel, action, occurred_at, method FROM customers_consententry"
    " JOIN customers_customer c ON c.id = customer_id ORDER BY 1, 2, 3, 4, 5",
    "SELECT external_id, purpose, channel, is_granted, since, confirmed_at FROM customers_consentstate"
    " JOIN customers_customer c ON c.id = customer_id ORDER BY 1, 2, 3",
    "SELECT o.external_id, c.external_id, s.external_id, placed_at, status, channel, items_amount, discount,"
    " points_used, shipping, paid, refunded, revenue FROM customers_order o JOIN customers_customer c"
    " ON c.id = customer_id LEFT JOIN customers_store s ON s.id = store_id ORDER BY 1",
    "SELECT o.external_id, position, sku, quantity, amount FROM customers_orderline"
    " JOIN customers_order o ON o.id = order_id JOIN customers_product p ON p.id = product_id ORDER BY 1, 2",
    "SELECT key, c.external_id, first_seen_at FROM customers_visitor"
    " LEFT JOIN customers_customer c ON c.id = customer_id ORDER BY 1",
    "SELECT e.external_id, kind, c.external_id, v.key, occurred_at, sku, properties FROM customers_event e"
    " LEFT JOIN customers_customer c ON c.id = e.customer_id LEFT JOIN customers_visitor v ON v.id = visitor_id"
    " LEFT JOIN customers_product p ON p.id = product_id ORDER BY 1",
)


def test_nobody_in_it_can_be_reached(truth: dict) -> None:
    reserved = Q(email="") | Q(email__regex=r"@example\.(com|net|org)$")

    assert not Customer.objects.exclude(reserved).exists()
    assert not Customer.objects.exclude(Q(phone="") | Q(phone__regex=r"^\+82100\d{7}$")).exists()
    assert not Customer.objects.filter(is_demo=False).exists()
    assert normalise_phone("010-0123-4567") == "+821001234567"


def test_the_stored_statistics_are_what_the_facts_add_up_to(truth: dict) -> None:
    assert stats.differences() == []


def test_gaps_between_purchases_are_the_true_cycles(truth: dict) -> None:
    cycles = {each["sku"]: each["cycle_days"] for each in truth["products"]}
    gaps = gaps_by_product(at_least=60)

    off = {sku: median(days) / cycles[sku] for sku, days in gaps.items() if cycles[sku]}
    assert len(off) >= 8
    assert all(0.85 < ratio < 1.15 for ratio in off.values()), off


def gaps_by_product(*, at_least: int) -> dict[str, list[int]]:
    """Return the days between two purchases of a staple, the first product of an order, by its buyer."""
    gaps: dict[str, list[int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sku, placed_at::date - lag(placed_at::date) OVER (PARTITION BY customer_id, product_id"
            " ORDER BY placed_at) FROM customers_orderline JOIN customers_order o ON o.id = order_id"
            " JOIN customers_product p ON p.id = product_id WHERE position = 1"
        )
        for sku, days in cursor.fetchall():
            if days is not None:
                gaps.setdefault(sku, []).append(days)
    return {sku: days for sku, days in gaps.items() if len(days) >= at_least}


def test_purchases_have_a_heavy_tail_and_some_never_bought(truth: dict) -> None:
    counts = sorted(Customer.objects.annotate(n=Count("orders")).values_list("n", flat=True), reverse=True)

    assert sum(counts) == Order.objects.count() == truth["purchases"]["orders"]
    assert counts.count(0) <= truth["people"]["without_orders"]  # some buy because of a campaign alone
    assert sum(counts[:150]) > 0.35 * sum(counts)


def test_carts_are_left_as_often_as_it_says(truth: dict) -> None:
    visits = Event.objects.filter(external_id__startswith="V", external_id__endswith="-3")
    left = visits.filter(kind=Event.Kind.CART_ADD)

    assert left.count() / visits.count() == pytest.approx(truth["visits"]["abandoned_cart_share"], abs=0.03)
    assert Visitor.objects.filter(customer=None).exists()


def test_past_campaigns_did_what_it_says(truth: dict) -> None:
    for said in truth["campaigns"]:
        sent = Message.objects.filter(campaign__name=said["name"], status=Message.Status.SENT)
        assert sent.count() == said["sent"]
        assert sent.exclude(opened_at=None).count() == said["opened"]
        assert sent.exclude(clicked_at=None).count() == said["clicked"]
        assert Message.objects.filter(campaign__name=said["name"], skip_reason="HOLDOUT").count() == said["held_out"]
    assert Hit.objects.filter(is_machine=True).exists()


def test_a_database_with_customers_is_left_alone() -> None:
    make_customer()

    with pytest.raises(CommandError, match="holds a shop already"):
        call_command("generate", customers=10, stdout=StringIO())

    assert Customer.objects.count() == 1


def test_the_command_writes_files_and_names_the_truth(tmp_path: Path) -> None:
    out = StringIO()

    call_command("generate", customers=20, csv=tmp_path, last_day=LAST_DAY, stdout=out)

    assert str(tmp_path / "truth.json") in out.getvalue()
    assert len(list(records_of(tmp_path / "customers.csv"))) == 20


@pytest.mark.parametrize(
    ("wrong", "message"),
    [({"customers": 0}, "between 1 and"), ({"days": 3}, "days"), ({"orders": -1}, "negative")],
)
def test_an_impossible_size_is_refused(wrong: dict, message: str) -> None:
    with pytest.raises(CommandError, match=message):
        call_command("generate", **{"customers": 10, **wrong}, stdout=StringIO())
