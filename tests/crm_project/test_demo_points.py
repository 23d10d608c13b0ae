"""The demo's year of points: booked fortnight by fortnight as it would have been, and what the team does with it."""

from datetime import date, datetime, timedelta

import pytest
from django.contrib.auth.models import User

from crm_project import roles
from crm_project.demo import loyalty_at_work, points, points_history
from crm_project.demo.complete_journey import SOURCE
from crm_project.demo.logins import make_users
from crm_project.demo.setup import SEGMENTS
from customers.models import Customer, Segment
from loyalty import ledger
from loyalty.earning.orders import earn_changed_orders
from loyalty.figures.point_flows import course_of
from loyalty.ledger import Receipt, checking
from loyalty.ledger.terms import ZONE
from loyalty.models import Account, AskedAdjustment, Coupon, EarningTerms, Lot, Transaction
from tests.factories import make_customer, make_ladder, make_order

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=ZONE)
KIND = Transaction.Kind


@pytest.fixture
def shopper(monkeypatch: pytest.MonkeyPatch) -> Customer:
    """Somebody who spends 100,000 won each week of two months, and pays with points whenever they may."""
    monkeypatch.setattr(points_history, "PAID_WITH_POINTS", 1_000)
    customer = make_customer(source=SOURCE, external_id="1", joined_at=NOW - timedelta(weeks=60))
    make_ladder()
    points.make_rules()
    for number in range(8):
        _buy(customer, weeks_ago=number)
    return customer


def _buy(customer: Customer, *, weeks_ago: int) -> None:
    placed_at = NOW - timedelta(weeks=weeks_ago, hours=20)
    make_order(customer, placed_at=placed_at, paid=100_000, source=SOURCE, external_id=f"B{weeks_ago}")


def test_each_fortnight_earns_and_is_used_in_its_time(shopper: Customer) -> None:
    assert points_history.live_through(NOW)

    awards = Transaction.objects.filter(kind=KIND.EARN)
    late = [each.posted_at - each.occurred_at for each in awards]
    assert (awards.count(), max(late) <= timedelta(weeks=2), min(late) >= timedelta(0)) == (8, True, True)
    used = Transaction.objects.filter(kind=KIND.REDEEM)
    assert used.count() > 1
    assert all(each.points % 100 == 0 and 1_000 <= each.points <= 50_000 for each in used)
    assert checking.check().differences == 0


def test_old_points_expire_at_the_end_of_a_month(shopper: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(points_history, "PAID_WITH_POINTS", 0)
    monkeypatch.setattr(points_history, "STRETCH", timedelta(weeks=6))
    for weeks_ago in (30, 38):
        _buy(shopper, weeks_ago=weeks_ago)

    points_history.live_through(NOW)

    course = course_of(ledger.current_program())
    assert course is not None
    expired = {month: flow.expired for month, flow in course.months() if flow.expired}
    assert sum(expired.values()) == 2_000 + 1_000
    assert set(expired) <= {date(2026, month, 1) for month in (9, 10, 11)}
    booked_today = sum(each.points for each in Transaction.objects.filter(kind=KIND.EARN, posted_at=NOW))
    assert course.last.outstanding == Account.objects.get().available - booked_today


def test_a_year_that_was_cut_goes_on_where_it_was(shopper: Customer) -> None:
    looks = iter([True] * 2)

    assert not points_history.live_through(NOW, go_on=lambda: next(looks, False))
    assert (EarningTerms.objects.get().begins_on, Transaction.objects.filter(kind=KIND.EARN).count()) == (None, 4)
    assert Account.objects.get().due_at is None  # or the workers would let points expire before they are used
    assert points_history.live_through(NOW + timedelta(minutes=5))

    assert Transaction.objects.filter(kind=KIND.EARN).count() == 8
    first_to_die = Lot.objects.filter(state="active").earliest("expires_at")
    due_at = Account.objects.get().due_at
    assert due_at is not None
    assert due_at <= first_to_die.expires_at
    assert checking.check().differences == 0


def _cut_after_a_month() -> None:
    looks = iter([True] * 2)
    assert not points_history.live_through(NOW, go_on=lambda: next(looks, False))


def test_points_given_in_the_present_do_not_end_a_year_that_was_cut(shopper: Customer) -> None:
    _cut_after_a_month()
    terms = ledger.terms_of(ledger.current_program(), NOW)
    given = Receipt("campaign", "1")
    ledger.earn(Account.objects.get().pk, 500, receipt=given, occurred_at=NOW, terms=terms, now=NOW)

    assert points_history.live_through(NOW + timedelta(minutes=5))

    assert Transaction.objects.filter(kind=KIND.EARN, source_system=SOURCE).count() == 8
    assert EarningTerms.objects.get().begins_on is not None


def test_earning_that_begins_while_a_year_is_cut_lets_points_die_on_their_day(shopper: Customer) -> None:
    _cut_after_a_month()
    EarningTerms.objects.update(begins_on=NOW.date())

    points_history.live_through(NOW + timedelta(minutes=5))

    assert Transaction.objects.filter(kind=KIND.EARN).count() == 4
    assert Account.objects.get().due_at == Lot.objects.filter(state="active").earliest("expires_at").expires_at


def test_after_it_the_shop_earns_as_any_other(shopper: Customer) -> None:
    points_history.live_through(NOW)
    make_order(shopper, placed_at=NOW, paid=10_000)
    before = Transaction.objects.count()

    earned = earn_changed_orders()

    assert earned is not None
    assert earned.awards == 1
    assert points_history.live_through(NOW + timedelta(weeks=3))
    assert Transaction.objects.count() == before + 1


def test_without_data_nothing_is_lived_through() -> None:
    assert not points_history.live_through(NOW)
    assert not Transaction.objects.exists()


def test_the_team_hands_out_coupons_and_one_adjustment_waits(shopper: Customer, tmp_path: object) -> None:
    roles.put_in_force()
    make_users(tmp_path)
    for name, (_words, rule) in SEGMENTS.items():
        Segment.objects.create(name=name, rule=rule)
    for _number in range(4):
        ledger.account_of(make_customer().pk)

    for _start in range(2):
        loyalty_at_work.set_to_work()

    assert Coupon.objects.filter(source=Coupon.OWN, status="running").count() == 2
    statuses = AskedAdjustment.objects.order_by("pk").values_list("status", flat=True)
    assert list(statuses) == ["agreed", "refused", "waiting"]
    assert AskedAdjustment.objects.latest("pk").asked_by == User.objects.get(username="operator")
