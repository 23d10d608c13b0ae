"""What is computed and stored can be rebuilt, and checked against a recomputation."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from customers import stored_numbers
from customers.models import CategoryCycle, CustomerStats, Order, RfmScoring
from tests.factories import buy, make_customer, make_product

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> None:
    """Some customers with orders, everything about them computed."""
    milk = make_product(category="유제품")
    for number in range(3):
        customer = make_customer()
        for days in (40, 30, 20, 9):
            buy(customer, milk, at=timezone.now() - timedelta(days=days + number))
    make_customer()
    stored_numbers.rebuild_everything(timezone.now())
    # Nothing comes in after what was computed.
    Order.objects.update(changed_at=timezone.now() - timedelta(minutes=5))


def run_check() -> tuple[int, str]:
    out = io.StringIO()
    try:
        call_command("stats_check", stdout=out, stderr=out)
    except SystemExit as exit_:
        return int(exit_.code), out.getvalue()
    return 0, out.getvalue()


def test_what_was_rebuilt_passes(shop: None) -> None:
    assert run_check() == (0, "Everything stored equals a recomputation.\n")


def test_a_damaged_sum_is_found_and_mended(shop: None) -> None:
    row = CustomerStats.objects.filter(order_count=4).first()
    CustomerStats.objects.filter(pk=row.pk).update(paid_total=1, risk=99)

    code, said = run_check()

    assert code == 1
    assert f"customer {row.pk}: paid_total is 1, recomputed 40000\n" in said
    assert f"customer {row.pk}: risk is 99, recomputed {row.risk}\n" in said
    call_command("stats_rebuild", stdout=io.StringIO())
    assert run_check()[0] == 0


def test_missing_statistics_are_found(shop: None) -> None:
    CustomerStats.objects.filter(order_count=0).delete()

    code, said = run_check()

    assert code == 1
    assert "order_count is None, recomputed 0" in said


def test_a_damaged_cycle_and_cut_point_are_found(shop: None) -> None:
    CategoryCycle.objects.update(median_days=99)
    RfmScoring.objects.update(order_counts=[9, 9, 9, 9])

    code, said = run_check()

    assert code == 1
    assert "유제품: median is 99, recomputed 10\n" in said
    assert "RFM: cut points of frequency is [9, 9, 9, 9], recomputed [4, 4, 4, 4]\n" in said
    assert CategoryCycle.objects.get().median_days == 99  # nothing is mended by looking


def test_cycles_older_than_the_facts_are_not_compared(shop: None) -> None:
    Order.objects.filter(pk=Order.objects.latest("pk").pk).update(changed_at=timezone.now())
    CategoryCycle.objects.update(median_days=99)

    code, said = run_check()

    assert code == 0
    assert said.startswith("cycles: not compared, orders came in since.")


def test_the_risk_of_the_night_is_no_difference_the_day_after(shop: None, time_machine) -> None:
    assert CustomerStats.objects.filter(risk__gt=0).exists()
    time_machine.move_to(datetime.now(UTC) + timedelta(days=1), tick=False)

    assert run_check()[0] == 0
