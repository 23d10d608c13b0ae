"""The exception for existing customers: six months, strictly (L-04)."""

from datetime import date

import pytest

from campaigns.compliance import existing_customers


@pytest.mark.parametrize(
    ("ended", "last_day", "blocked"),
    [
        pytest.param(date(2026, 5, 21), date(2026, 11, 20), date(2026, 11, 21), id="L-04 the same day of the month"),
        pytest.param(date(2026, 8, 31), date(2027, 2, 27), date(2027, 2, 28), id="L-04 a month without that day"),
        pytest.param(date(2026, 12, 1), date(2027, 5, 31), date(2027, 6, 1), id="L-04 over the end of the year"),
        pytest.param(date(2027, 8, 29), date(2028, 2, 28), date(2028, 2, 29), id="L-04 a leap year"),
    ],
)
def test_a_trade_counts_for_six_months(ended: date, last_day: date, blocked: date) -> None:
    assert existing_customers.is_covered(ended, last_day) is True
    assert existing_customers.is_covered(ended, blocked) is False


def test_the_earliest_day_that_still_counts_is_found_from_today() -> None:
    assert existing_customers.earliest_covered(date(2026, 11, 20)) == date(2026, 5, 21)
    assert existing_customers.earliest_covered(date(2027, 2, 27)) == date(2026, 8, 28)


def test_a_country_without_the_exception_covers_nothing(settings) -> None:
    settings.COUNTRY_RULES = "none"

    assert existing_customers.is_covered(date(2026, 11, 20), date(2026, 11, 20)) is False
