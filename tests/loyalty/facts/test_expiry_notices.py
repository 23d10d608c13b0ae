"""Points that die are told of 60, 30 and 3 days before, each once, with the proof kept."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from loyalty import ledger
from loyalty.facts import expiry_notices
from loyalty.facts.happenings import happened
from loyalty.ledger import LotTerms, Receipt
from loyalty.models import Account, ExpiryNotice
from tests.factories import make_customer

pytestmark = pytest.mark.django_db

# 00:15 in Korea on 22 November 2026.
NOW = datetime(2026, 11, 21, 15, 15, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 21, 15, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


def earn(account: Account, points: int, *, dies_in: int, reference: str) -> None:
    """Points whose last valid day is so many days from today."""
    at = NOW - timedelta(days=300)
    terms = LotTerms(at, MIDNIGHT + timedelta(days=dies_in + 1))
    ledger.earn(account.pk, points, receipt=Receipt("till", reference), occurred_at=at, terms=terms)


@pytest.fixture
def account() -> Account:
    return ledger.account_of(make_customer().pk)


@pytest.mark.parametrize(
    ("dies_in", "days_before"),
    [(61, None), (60, 60), (59, 60), (31, 60), (30, 30), (4, 30), (3, 3), (0, 3), (-1, None)],
)
def test_a_notice_falls_due_and_a_missed_one_is_opened_late(
    account: Account, dies_in: int, days_before: int | None
) -> None:
    earn(account, 500, dies_in=dies_in, reference="1")

    opened = expiry_notices.open_due(NOW), expiry_notices.open_due(NOW)

    assert opened == (int(days_before is not None), 0)
    told = ExpiryNotice.objects.values_list("days_before", "last_day", "points")
    last_day = date(2026, 11, 22) + timedelta(days=dies_in)
    assert list(told) == ([(days_before, last_day, 500)] if days_before else [])


def test_points_that_die_together_are_one_notice(account: Account) -> None:
    earn(account, 500, dies_in=30, reference="1")
    earn(account, 200, dies_in=30, reference="2")

    expiry_notices.open_due(NOW)

    assert ExpiryNotice.objects.get().points == 700


def test_what_was_used_meanwhile_is_not_due_and_what_was_told_stays_told(account: Account) -> None:
    earn(account, 500, dies_in=30, reference="1")
    expiry_notices.open_due(NOW)
    notice = expiry_notices.due(30, NOW).get()

    marked = [expiry_notices.mark_tried({notice.pk: how}, now=NOW) for how in ("message 12", "message 13")]

    notice.refresh_from_db()
    assert marked == [1, 0]
    assert (notice.how, notice.done_at) == ("message 12", NOW)
    assert not expiry_notices.due(30, NOW).exists()


def test_a_notice_of_points_that_were_used_is_not_due(account: Account) -> None:
    earn(account, 500, dies_in=30, reference="1")
    expiry_notices.open_due(NOW)

    ledger.redeem(account.pk, 500, receipt=Receipt("till", "2"), occurred_at=NOW)

    assert not expiry_notices.due(30, NOW).exists()


def test_points_that_live_longer_do_not_keep_the_notice_of_used_ones_due(account: Account) -> None:
    earn(account, 500, dies_in=30, reference="1")
    earn(account, 900, dies_in=31, reference="2")
    expiry_notices.open_due(NOW)

    ledger.redeem(account.pk, 500, receipt=Receipt("till", "3"), occurred_at=NOW)

    assert not expiry_notices.due(30, NOW).exists()


def test_campaigns_pull_it_as_something_that_happened(account: Account) -> None:
    earn(account, 500, dies_in=3, reference="1")
    expiry_notices.open_due(NOW)

    hours = [(NOW, NOW + timedelta(hours=1)), (NOW - timedelta(hours=1), NOW)]
    found = [list(happened("points_expiring", *hour, days=3)) for hour in hours]

    assert found[0] == []
    assert [(each.customer_id, each.key, each.told["points"]) for each in found[1]] == [
        (account.customer_id, "2026-11-25/3", 500)
    ]
