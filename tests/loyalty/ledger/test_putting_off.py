"""Points of whose last day nobody told their member: they live on, by whatever door the account is touched."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from loyalty import ledger
from loyalty.facts import expiry_notices
from loyalty.ledger.checking import differences
from loyalty.ledger.terms import LotTerms, start_of
from loyalty.models import Account, ExpiryNotice, Lot, LotPostponement, Program, Transaction
from tests.factories import make_customer
from tests.loyalty.ledger.bookings import receipt

pytestmark = pytest.mark.django_db

EARNED = datetime(2026, 6, 1, 3, 0, tzinfo=UTC)
LAST_DAY = date(2026, 11, 30)
DEAD = start_of(LAST_DAY + timedelta(days=1))
AFTER = DEAD + timedelta(hours=9)
# Thirty days after the day on which they would have died.
PUT_OFF_TO = start_of(date(2027, 1, 1))


@pytest.fixture
def account() -> Account:
    """A member with 1,000 points whose last day is 30 November, in a program that waits for notices."""
    program = ledger.current_program()
    Program.objects.filter(pk=program.pk).update(waits_for_notice=True)
    account = ledger.account_of(make_customer().pk)
    give(account, 1_000)
    return account


def give(account: Account, points: int, *, until: datetime = DEAD, at: datetime = EARNED) -> None:
    ledger.earn(account.pk, points, receipt=receipt(), occurred_at=at, terms=LotTerms(at, until), now=at)


def tell(account: Account, *, days: int = 30) -> None:
    """Open the notice as the nightly job does, and mark it tried."""
    at = DEAD - timedelta(days=days)
    expiry_notices.open_due(at)
    notices = ExpiryNotice.objects.filter(account=account, days_before=days)
    expiry_notices.mark_tried(dict.fromkeys(notices.values_list("pk", flat=True), "message 1"), now=at)


def kinds(account: Account) -> list[str]:
    return list(Transaction.objects.filter(account=account).order_by("pk").values_list("kind", flat=True))


def test_points_die_on_their_day_where_the_notice_of_thirty_days_was_tried(account: Account) -> None:
    tell(account)

    ledger.expire_due(AFTER)

    account.refresh_from_db()
    assert (account.available, kinds(account)) == (0, ["earn", "expire"])


def test_points_of_which_nobody_was_told_live_thirty_days_longer(account: Account) -> None:
    settled = ledger.expire_due(AFTER)

    account.refresh_from_db()
    lot, put_off = Lot.objects.get(), LotPostponement.objects.get()
    assert (settled, account.available, account.due_at, lot.expires_at) == (1, 1_000, PUT_OFF_TO, PUT_OFF_TO)
    assert (put_off.lot, put_off.points, put_off.was, put_off.until) == (lot, 1_000, DEAD, PUT_OFF_TO)
    assert differences() == []


def test_told_in_the_time_they_were_given_they_die_at_its_end(account: Account) -> None:
    ledger.expire_due(AFTER)
    expiry_notices.open_due(AFTER)
    notices = ExpiryNotice.objects.values_list("pk", flat=True)
    expiry_notices.mark_tried(dict.fromkeys(notices, "message 1"), now=AFTER)

    ledger.expire_due(PUT_OFF_TO)

    account.refresh_from_db()
    assert (account.available, LotPostponement.objects.count(), differences()) == (0, 1, [])


def test_untold_again_they_are_put_off_again(account: Account) -> None:
    ledger.expire_due(AFTER)
    ledger.expire_due(PUT_OFF_TO)

    days = list(LotPostponement.objects.order_by("pk").values_list("was", "until"))
    assert days == [(DEAD, PUT_OFF_TO), (PUT_OFF_TO, start_of(date(2027, 2, 1)))]


@pytest.mark.parametrize("days", [60, 3])
def test_another_notice_than_that_of_thirty_days_does_not_do(account: Account, days: int) -> None:
    tell(account, days=days)

    ledger.expire_due(AFTER)

    account.refresh_from_db()
    assert account.available == 1_000


def test_a_notice_that_fell_due_and_was_never_tried_does_not_do(account: Account) -> None:
    expiry_notices.open_due(DEAD - timedelta(days=30))

    ledger.expire_due(AFTER)

    account.refresh_from_db()
    assert account.available == 1_000


def test_what_is_shown_and_what_is_booked_agree_while_the_job_is_dead(account: Account) -> None:
    shown = ledger.standing_of(account.pk, now=AFTER)
    unchanged = Lot.objects.get().expires_at, LotPostponement.objects.count()

    used = ledger.redeem(account.pk, 400, receipt=receipt(), occurred_at=AFTER, now=AFTER)

    assert (shown.available, shown.next_expiry.at, unchanged) == (1_000, PUT_OFF_TO, (DEAD, 0))
    assert (used.available, Lot.objects.get().expires_at, differences()) == (600, PUT_OFF_TO, [])


def test_points_given_for_less_than_thirty_days_die_in_their_time(account: Account) -> None:
    give(account, 300, at=DEAD - timedelta(days=10))

    ledger.expire_due(AFTER)

    account.refresh_from_db()
    assert account.available == 1_000


def test_a_shop_that_tells_its_members_itself_does_not_wait(account: Account) -> None:
    Program.objects.update(waits_for_notice=False)

    ledger.expire_due(AFTER)

    account.refresh_from_db()
    assert (account.available, LotPostponement.objects.count()) == (0, 0)


def test_a_notice_to_the_customer_who_was_merged_does(account: Account) -> None:
    kept = ledger.account_of(make_customer(external_id="kept").pk)
    tell(account)
    ledger.transfer(account.pk, kept.pk, now=DEAD - timedelta(days=2))

    ledger.expire_due(AFTER)

    kept.refresh_from_db()
    assert (kept.available, LotPostponement.objects.count()) == (0, 0)


def test_a_last_day_moves_by_no_other_hand(account: Account) -> None:
    for change in ({"expires_at": PUT_OFF_TO}, {"expires_at": EARNED + timedelta(days=1)}, {"expires_at": None}):
        with pytest.raises(IntegrityError, match="fixed when it is awarded"), transaction.atomic():
            Lot.objects.update(**change)

    assert Lot.objects.get().expires_at == DEAD


def test_that_a_day_was_put_off_is_never_changed_nor_deleted(account: Account) -> None:
    ledger.expire_due(AFTER)

    for act in (LotPostponement.objects.all().delete, lambda: LotPostponement.objects.update(points=1)):
        with pytest.raises(IntegrityError, match="stays written down"), transaction.atomic():
            act()
