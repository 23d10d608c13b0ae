"""Points die on their day and not before: while the job is dead, when it catches up, and at every turn of the clock."""

from datetime import UTC, date, datetime, timedelta

import pytest

from loyalty import ledger
from loyalty.errors import LedgerRefused
from loyalty.ledger import expiry
from loyalty.ledger.standing import standing_of
from loyalty.ledger.terms import ZONE, last_day_before, last_valid_day, terms_of
from loyalty.models import Account, Program
from tests.loyalty.ledger.bookings import DAY, NOW, account, earn, hold, kinds, left_in_lots, numbers, receipt, redeem

pytestmark = pytest.mark.django_db

A_SECOND = timedelta(seconds=1)


# F10: the day of earning, the program's validity, and the last day on which the points can be used.
@pytest.mark.parametrize(
    ("earned_on", "months", "validity", "last_day"),
    [
        ("2026-11-02", 36, "months", "2029-11-02"),
        ("2026-11-02", 12, "months", "2027-11-02"),
        ("2026-11-30", 3, "months", "2027-02-28"),
        ("2027-11-30", 3, "months", "2028-02-29"),
        ("2028-02-29", 12, "months", "2029-02-28"),
        ("2028-02-29", 36, "months", "2031-02-28"),
        ("2028-02-29", 48, "months", "2032-02-29"),
        ("2028-02-28", 12, "months", "2029-02-28"),
        ("2026-01-31", 1, "months", "2026-02-28"),
        ("2026-03-31", 1, "months", "2026-04-30"),
        ("2026-12-31", 12, "months", "2027-12-31"),
        ("2026-12-31", 1, "months", "2027-01-31"),
        ("2027-01-01", 12, "months", "2028-01-01"),
        ("2026-12-01", 1, "months", "2027-01-01"),
        ("2026-11-02", 12, "month_end", "2027-11-30"),
        ("2026-11-30", 3, "month_end", "2027-02-28"),
        ("2027-11-30", 3, "month_end", "2028-02-29"),
        ("2026-12-31", 1, "month_end", "2027-01-31"),
        ("2026-01-31", 1, "month_end", "2026-02-28"),
        ("2026-11-02", 12, "year_end", "2027-12-31"),
        ("2026-12-31", 12, "year_end", "2027-12-31"),
        ("2027-01-01", 12, "year_end", "2028-12-31"),
        ("2026-12-31", 1, "year_end", "2027-12-31"),
        ("2026-01-01", 1, "year_end", "2026-12-31"),
    ],
)
def test_the_last_valid_day(earned_on: str, months: int, validity: str, last_day: str) -> None:
    program = Program(validity_months=months, validity=validity)

    assert last_valid_day(program, date.fromisoformat(earned_on)).isoformat() == last_day


# F10: a moment of earning in Korea, what it makes of the lot, written in Korea's time.
@pytest.mark.parametrize(
    ("earned_at", "pending_days", "usable_from", "dies_at"),
    [
        ("2026-11-02 00:00:00", 0, "2026-11-02 00:00:00", "2027-11-03 00:00:00"),
        ("2026-11-02 23:59:59", 0, "2026-11-02 23:59:59", "2027-11-03 00:00:00"),
        ("2026-11-03 00:00:00", 0, "2026-11-03 00:00:00", "2027-11-04 00:00:00"),
        ("2026-11-02 08:59:59", 0, "2026-11-02 08:59:59", "2027-11-03 00:00:00"),
        ("2026-11-02 23:59:59", 7, "2026-11-09 00:00:00", "2027-11-03 00:00:00"),
        ("2026-12-31 23:59:59", 1, "2027-01-01 00:00:00", "2028-01-01 00:00:00"),
        ("2028-02-28 23:59:59", 1, "2028-02-29 00:00:00", "2029-03-01 00:00:00"),
        ("2028-02-29 12:00:00", 14, "2028-03-14 00:00:00", "2029-03-01 00:00:00"),
    ],
)
def test_days_turn_over_at_midnight_in_korea(earned_at: str, pending_days: int, usable_from: str, dies_at: str) -> None:
    program = Program(validity_months=12, pending_days=pending_days)

    terms = terms_of(program, datetime.fromisoformat(earned_at).replace(tzinfo=ZONE))

    assert [f"{at.astimezone(ZONE):%F %T}" for at in (terms.activates_at, terms.expires_at)] == [usable_from, dies_at]


@pytest.mark.parametrize(
    ("dies_at", "last_day"),
    [
        ("2027-11-03 00:00:00", date(2027, 11, 2)),
        ("2027-11-03 00:00:00.000001", date(2027, 11, 3)),
        ("2028-03-01 00:00:00", date(2028, 2, 29)),
        ("2027-01-01 00:00:00", date(2026, 12, 31)),
        ("2027-01-01 08:59:59", date(2027, 1, 1)),
    ],
)
def test_points_that_die_at_midnight_were_good_to_the_end_of_the_day_before(dies_at: str, last_day: date) -> None:
    moment = datetime.fromisoformat(dies_at).replace(tzinfo=ZONE)

    assert last_day_before(moment.astimezone(UTC)) == last_day


# F10: a clock that runs before or after, around the moment in which 100 points die.
@pytest.mark.parametrize(
    ("shift", "usable"),
    [
        (-DAY, 100),
        (-timedelta(hours=9), 100),
        (-A_SECOND, 100),
        (-timedelta(microseconds=1), 100),
        (timedelta(0), 0),
        (A_SECOND, 0),
        (timedelta(hours=9), 0),
        (DAY, 0),
    ],
)
def test_points_are_usable_up_to_their_last_moment(shift: timedelta, usable: int) -> None:
    member = account()
    earn(member, 100, days=30)
    now = NOW + 30 * DAY + shift

    shown = standing_of(member.pk, now=now)
    allowed = _is_allowed(member, 100, now)

    assert (shown.available, allowed) == (usable, usable == 100)


def _is_allowed(member: object, points: int, now: datetime) -> bool:
    try:
        redeem(member, points, at=now)
    except LedgerRefused:
        return False
    return True


def test_no_dead_point_is_used_while_the_job_is_dead_and_it_catches_up_once() -> None:
    """F9: three days without the job over a day of expiry, then the tills open."""
    members = [account() for _ in range(5)]
    for member in members:
        earn(member, 100, days=10)
        earn(member, 40, days=100)
    opening = NOW + 13 * DAY

    with pytest.raises(LedgerRefused):
        redeem(members[0], 41, at=opening)
    redeem(members[1], 40, at=opening)
    settled = [ledger.expire_due(opening), ledger.expire_due(opening)]

    assert settled == [4, 0]
    assert [numbers(member)[0] for member in members] == [40, 0, 40, 40, 40]
    assert all(kinds(member).count("expire") == 1 for member in members)


def test_a_clock_that_is_set_back_brings_no_dead_points_to_life() -> None:
    member = account()
    earn(member, 100, days=10)
    ledger.expire_due(NOW + 10 * DAY)

    with pytest.raises(LedgerRefused):
        redeem(member, 1, at=NOW + 9 * DAY)

    assert numbers(member) == (0, 0, 0, 0)


def test_what_is_shown_is_what_could_be_used_without_anything_being_booked() -> None:
    member = account()
    earn(member, 100, days=10)
    earn(member, 50, pending=5)
    earn(member, 30, days=None)
    hold(member, 20, minutes=15)

    shown = standing_of(member.pk, now=NOW + 12 * DAY)

    assert (shown.available, shown.pending, shown.held) == (80, 0, 0)
    assert (shown.next_expiry.points, shown.next_expiry.at) == (50, NOW + 100 * DAY)
    assert numbers(member) == (110, 50, 20, 0)
    assert kinds(member) == ["earn", "earn", "earn", "hold"]


def test_the_job_ends_when_it_is_told_to_and_goes_on_where_it_stopped() -> None:
    for _ in range(3):
        earn(account(), 10, days=1)
    answers = iter([True, True, False])

    first = ledger.expire_due(NOW + DAY, go_on=lambda: next(answers))
    second = ledger.expire_due(NOW + DAY)

    assert (first, second) == (2, 1)


@pytest.mark.parametrize(
    ("noted", "expected"),
    [(None, NOW + DAY), (NOW + 2 * DAY, NOW + DAY), (NOW, NOW)],
    ids=["nothing", "too late", "booked on meanwhile, and due sooner"],
)
def test_looking_again_brings_the_next_day_forward_and_never_puts_it_off(
    noted: datetime | None, expected: datetime
) -> None:
    member = account()
    earn(member, 10, days=1)
    Account.objects.filter(pk=member.pk).update(due_at=noted)

    expiry.look_again()

    assert Account.objects.get(pk=member.pk).due_at == expected


def test_a_lot_that_dies_leaves_the_others_alone() -> None:
    member = account()
    earn(member, 10, days=1)
    earn(member, 20, days=2)
    redeem(member, 5)

    ledger.expire_due(NOW + DAY)

    assert left_in_lots(member) == [0, 20]
    assert numbers(member) == (20, 0, 0, 0)


def test_terms_that_are_changed_later_leave_points_as_they_were_awarded() -> None:
    member = account(validity_months=12)
    terms = terms_of(member.program, NOW)
    ledger.earn(member.pk, 100, receipt=receipt(), occurred_at=NOW, terms=terms, now=NOW)

    Program.objects.update(validity_months=1)

    assert standing_of(member.pk, now=NOW + 60 * DAY).available == 100
