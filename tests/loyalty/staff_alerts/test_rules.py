"""What stands out in the bookings of staff, as a table: so many, at such times, and the alert or none."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.contrib.auth.models import User

from customers.models import Customer, Order, Store
from loyalty import ledger
from loyalty.desk import acting
from loyalty.desk.bills import Bill
from loyalty.models import CouponRedemption, DeskAct, DeskLookup, StaffAlert, StoreStaff
from loyalty.staff_alerts import looking
from loyalty.staff_alerts.sentences import sentence
from tests.factories import begin_earning, make_coupon, make_customer, make_earning_rule, make_user
from tests.loyalty.desk.counter import account_of, make_cashier, make_member, make_store
from tests.loyalty.ledger.bookings import account, earn

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]
# Eleven in the morning of 20 November in Korea.
MORNING = datetime(2026, 11, 20, 2, tzinfo=UTC)
DAY = date(2026, 11, 20)
NEXT_NIGHT = datetime(2026, 11, 20, 18, 35, tzinfo=UTC)


@pytest.fixture
def store() -> Store:
    return make_store()


@pytest.fixture
def cashier(store: Store) -> User:
    return make_cashier("cashier", store)


@pytest.fixture(autouse=True)
def morning() -> object:
    with time_machine.travel(MORNING, tick=False) as clock:
        yield clock


def member(points: int = 50_000, **given: object) -> Customer:
    """A member whose points live on."""
    customer = make_customer(**{"phone": ""} | given)
    earn(account(customer), points, at=MORNING)
    return customer


def adjust(customer: Customer, by: User, points: int = 500) -> None:
    ledger.adjust(account_of(customer).pk, points, reason="goodwill", note="complaint", by=by)


def use(customer: Customer, by: User, store: Store, *, points: int = 1_000, receipt: str = "") -> DeskAct:
    bill = Bill(store, receipt or f"R-{uuid4().hex[:8]}", 50_000)
    return acting.redeem(customer, points, bill=bill, key=uuid4(), by=by)


def earned(customer: Customer, by: User, store: Store, receipt: str) -> DeskAct:
    return acting.earn(customer, bill=Bill(store, receipt, 20_000), key=uuid4(), by=by)


def found(customer: Customer, by: User, store: Store, *, how: str = "last_four", before: int = 60) -> None:
    """The member was looked up so many seconds ago."""
    at = MORNING - timedelta(seconds=before)
    DeskLookup.objects.create(by=by, store=store, how=how, outcome="found", customer=customer, happened_at=at)


def alerts(now: datetime = NEXT_NIGHT) -> list[tuple[str, int, int, int]]:
    """Look, and return what stands out."""
    looking.look(now)
    return list(StaffAlert.objects.values_list("rule", "times", "out_of", "points"))


@pytest.mark.parametrize(("times", "expected"), [(10, []), (11, [("many_adjustments", 11, 0, 5_500)])])
def test_more_than_ten_adjustments_by_one_person_in_a_day_stand_out(times: int, expected: list) -> None:
    by = make_user("lena", "loyalty.adjust_points")
    for _time in range(times):
        adjust(member(), by)

    assert alerts() == expected


@pytest.mark.parametrize(
    ("minutes", "given", "expected"),
    [
        (30, 5_000, [("used_after_adjustment", 1, 0, 4_000)]),
        (61, 5_000, []),
        (30, -5_000, []),
    ],
)
def test_points_used_within_the_hour_after_they_were_given_by_hand_stand_out(
    minutes: int, given: int, expected: list, cashier: User, store: Store, morning: time_machine.Traveller
) -> None:
    customer = member()
    adjust(customer, make_user("lena", "loyalty.adjust_points"), given)

    morning.shift(timedelta(minutes=minutes))
    use(customer, cashier, store, points=4_000)

    assert alerts() == expected


@pytest.mark.parametrize(
    ("members", "how", "seconds", "expected"),
    [
        (6, "last_four", 60, [("quick_uses", 6, 0, 6_000)]),
        (6, "chosen", 120, [("quick_uses", 6, 0, 6_000)]),
        (5, "last_four", 60, []),
        (6, "last_four", 121, []),
        (6, "phone", 60, []),
        (6, "member_code", 60, []),
    ],
)
def test_many_uses_right_after_a_look_up_by_four_digits_stand_out(
    members: int, how: str, seconds: int, expected: list, cashier: User, store: Store
) -> None:
    for _member in range(members):
        customer = member()
        found(customer, cashier, store, how=how, before=seconds)
        use(customer, cashier, store)

    assert alerts() == expected


def test_a_booking_on_an_account_with_ones_own_address_stands_out() -> None:
    by = make_user("lena", "loyalty.adjust_points")
    customer = member()
    adjust(customer, by, 700)
    User.objects.update(email="lena@example.com")
    Customer.objects.update(email="Lena@Example.com")

    assert alerts() == [("own_account", 1, 0, 700)]


@pytest.mark.parametrize(
    ("uses", "cancelled", "expected"),
    [(20, 5, [("many_cancels", 5, 20, 5_000)]), (20, 4, []), (26, 5, [])],
)
def test_many_cancels_by_one_person_stand_out(
    uses: int, cancelled: int, expected: list, cashier: User, store: Store
) -> None:
    customer = member()
    acts = [use(customer, cashier, store, receipt=f"R-{number}") for number in range(uses)]
    for act in acts[:cancelled]:
        acting.cancel(act.pk, store=store, key=uuid4(), by=cashier)

    assert alerts() == expected


def test_cancelled_coupons_count_against_whoever_cancelled_them(cashier: User, store: Store) -> None:
    manager, coupon = make_cashier("manager", store, is_manager=True), make_coupon()
    for number in range(6):
        ended = {"status": "cancelled", "ended_at": MORNING, "ended_by": manager} if number < 5 else {}
        given = {"coupon": coupon, "store": store, "staff": cashier, "redeemed_at": MORNING} | ended
        CouponRedemption.objects.create(external_id=str(number), receipt=str(number), **given)

    assert alerts() == [("many_cancels", 5, 0, 0)]
    assert StaffAlert.objects.get().person == manager


def test_bookings_on_a_membership_entered_as_ones_own_stand_out(cashier: User, store: Store) -> None:
    customer = member(email="private@example.com")
    use(customer, cashier, store)
    StoreStaff.objects.filter(user=cashier).update(customer=customer)

    assert alerts() == [("own_account", 1, 0, 1_000)]


@pytest.mark.parametrize(("receipts", "expected"), [(3, []), (4, [("one_member", 4, 0, 800)])])
def test_many_receipts_for_one_member_stand_out(receipts: int, expected: list, cashier: User, store: Store) -> None:
    begin_earning(), make_earning_rule()
    customer = make_member()
    for number in range(receipts):
        earned(customer, cashier, store, f"R-{number}")

    assert alerts() == expected


@pytest.mark.parametrize(
    ("sold", "days", "expected"),
    [
        (["A"], 3, [("no_sale", 3, 4, 600)]),
        (["A"], 2, []),
        (["A", "B"], 3, []),
        ([], 3, []),
    ],
)
def test_receipts_that_earned_and_whose_sale_never_came_stand_out(
    sold: list[str], days: int, expected: list, cashier: User, store: Store
) -> None:
    begin_earning(), make_earning_rule()
    for receipt in "ABCD":
        earned(member(), cashier, store, receipt)
    for receipt in sold:
        Order.objects.create(external_id=receipt, store=store, placed_at=MORNING, paid=20_000)

    assert alerts(NEXT_NIGHT + timedelta(days=days - 1)) == expected


@pytest.mark.parametrize(
    ("members", "booked", "expected"),
    [(30, 3, [("idle_lookups", 30, 3, 0)]), (29, 0, []), (30, 4, [])],
)
def test_many_look_ups_with_few_bookings_stand_out(
    members: int, booked: int, expected: list, cashier: User, store: Store
) -> None:
    looked_up = [make_customer(phone="") for _member in range(members)]
    for customer in looked_up:
        found(customer, cashier, store, how="phone")
    for customer in looked_up[:booked]:
        earn(account(customer), 5_000, at=MORNING)
        use(customer, cashier, store)

    assert alerts() == expected


def test_a_second_night_finds_nothing_twice_and_a_missed_one_is_made_up_for(cashier: User, store: Store) -> None:
    begin_earning(), make_earning_rule()
    customer = make_member()
    for number in range(4):
        earned(customer, cashier, store, f"R-{number}")

    too_soon = looking.look(MORNING)
    late = looking.look(NEXT_NIGHT + timedelta(days=5))
    again = looking.look(NEXT_NIGHT + timedelta(days=5))

    assert (too_soon, late, again) == (0, 1, 0)
    assert StaffAlert.objects.get().day == DAY


def test_an_alert_says_itself_with_its_numbers() -> None:
    alert = StaffAlert(rule="many_cancels", times=5, out_of=20, points=5_000)

    assert sentence(alert) == "Cancelled 5 of 20 bookings of the day, 5,000 points."


def test_two_uses_of_as_many_points_after_an_adjustment_both_count(
    cashier: User, store: Store, morning: time_machine.Traveller
) -> None:
    customer = member()
    adjust(customer, make_user("lena", "loyalty.adjust_points"), 5_000)

    morning.shift(timedelta(minutes=30))
    for _use in range(2):
        use(customer, cashier, store, points=1_000)

    assert alerts() == [("used_after_adjustment", 2, 0, 2_000)]


@pytest.mark.parametrize(("receipts", "expected"), [(4, []), (3, [("idle_lookups", 30, 3, 0)])])
def test_a_coupon_used_is_a_booking_too(receipts: int, expected: list, cashier: User, store: Store) -> None:
    coupon = make_coupon()
    for _member in range(30):
        found(make_customer(phone=""), cashier, store, how="phone")
    for number in range(receipts):
        given = {"coupon": coupon, "store": store, "staff": cashier, "redeemed_at": MORNING, "receipt": str(number)}
        for position in (1, 2):
            CouponRedemption.objects.create(external_id=str(number), position=position, **given)

    assert alerts() == expected
