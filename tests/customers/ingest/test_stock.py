"""How many of a product are left: counted, not counted, and owed."""

import pytest

from customers.ingest import ingest_products
from customers.models import Product

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("written", "stored"), [("12", 12), ("1,200", 1_200), ("0", 0), ("-3", -3), ("", None)])
def test_stock_is_read(written: str, stored: int | None) -> None:
    result = ingest_products([{"sku": "P-1", "name": "우유", "stock": written}])

    assert (result.new, result.refused) == (1, 0)
    assert Product.objects.get().stock == stored


def test_a_file_without_the_column_keeps_what_is_counted_and_an_empty_field_ends_the_counting() -> None:
    ingest_products([{"sku": "P-1", "name": "우유", "stock": "5"}])

    ingest_products([{"sku": "P-1", "name": "우유 1리터"}])
    kept = Product.objects.get().stock
    ingest_products([{"sku": "P-1", "name": "우유 1리터", "stock": ""}])

    assert kept == 5
    assert Product.objects.get().stock is None


def test_half_a_piece_is_refused() -> None:
    result = ingest_products([{"sku": "P-1", "name": "우유", "stock": "1.5"}])

    assert [(each.field, each.value) for each in result.refusals] == [("stock", "1.5")]
    assert not Product.objects.exists()
