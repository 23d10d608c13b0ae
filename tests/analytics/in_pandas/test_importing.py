"""A generated shop with stores, categories, refunds, visits and spend, imported from files: all of it as in pandas."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from customers.models import Customer
from tests.analytics.in_pandas import importing

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_every_number_of_an_imported_shop_equals_that_of_pandas(tmp_path: Path) -> None:
    call_command("generate", customers=200, orders=1_500, seed=5, csv=tmp_path, stdout=StringIO())
    spend = "month,source,amount\n2026-10,네이버 검색,1000001\n2026-11,네이버 검색,700000\n2026-11,매장 가입,30000\n"
    (tmp_path / "spend.csv").write_text(spend, "utf-8")

    compared = list(importing.compared(tmp_path))

    assert Customer.objects.count() == 200
    assert {each.what: each.differences for each in compared if each.differences} == {}
    assert len(compared) == 36
    assert sum(each.values for each in compared) > 5_000
