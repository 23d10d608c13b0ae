"""Points in the admin: the list of accounts, a statement, adjusting by hand, the card on the customer page."""

from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from customers.models import Customer
from customers.segments.clock import Moment
from loyalty import ledger
from loyalty.accounts import customer_panel
from loyalty.accounts.points_conditions import PointsBalance, PointsExpiring
from loyalty.accounts.statement import balance_chart, expiry_chart
from loyalty.models import Account, Lot, Transaction
from tests.factories import make_customer, make_user
from tests.loyalty.ledger.bookings import DAY, NOW, account, earn, hold, redeem

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]


@pytest.fixture
def clerk() -> User:
    return make_user("clerk", "loyalty.view_account", "loyalty.adjust_points", "customers.view_customer")


@pytest.fixture
def member() -> Account:
    return account(make_customer(name="김단골", external_id="M-1"))


def _page(user: User, member: Account, **given: object) -> str:
    client = Client()
    client.force_login(user)
    return client.get(reverse("admin:loyalty_account_change", args=[member.pk]), given).content.decode()


def test_a_statement_tells_each_booking_with_its_receipt_and_balance(clerk: User, member: Account) -> None:
    now = timezone.now()
    earn(member, 1_200, at=now)
    used = redeem(member, 300, at=now)

    page = _page(clerk, member)

    assert "김*골" in page
    assert "김단골" not in page
    assert Transaction.objects.get(pk=used.transaction_id).reference in page
    assert "+1,200" in page
    assert "-300" in page
    assert "900" in page


def test_a_statement_books_nothing_although_points_have_died(clerk: User, member: Account) -> None:
    earn(member, 100, days=1, at=timezone.now() - 3 * DAY)

    _page(clerk, member)

    assert Transaction.objects.count() == 1


def test_a_statement_says_which_last_day_was_put_off(clerk: User, in_english: None) -> None:
    now = timezone.now()
    member = account(waits_for_notice=True)
    earn(member, 100, days=40, at=now - 50 * DAY)
    earn(member, 100, days=90, at=now)
    ledger.expire_due(now)

    assert _page(clerk, member).count("put off: no message told of it") == 1


def test_the_chart_ends_with_the_balance_of_today(member: Account) -> None:
    earn(member, 100)
    redeem(member, 30, at=NOW + 10 * DAY)

    chart = balance_chart(member, NOW + 300 * DAY)

    assert chart is not None
    assert (chart.series[0].values[0], chart.series[0].values[-1]) == (100, 70)
    assert len(chart.labels) <= 91


def test_an_account_without_bookings_has_no_charts(member: Account) -> None:
    assert balance_chart(member, NOW) is None
    assert expiry_chart([], NOW) is None


def test_the_chart_of_expiry_counts_by_the_month_of_the_last_valid_day() -> None:
    december, january = (Lot(remaining=10, expires_at=NOW.replace(month=12, day=1, hour=0)), Lot(remaining=5))
    january.expires_at = NOW.replace(year=2027, month=1, day=1, hour=1)

    chart = expiry_chart([december, january], NOW)

    assert chart is not None
    assert dict(zip(chart.labels, chart.series[0].values, strict=True)) == {"2026-11": 10, "2026-12": 0, "2027-01": 5}


def test_points_are_adjusted_on_the_statement_with_a_reason(clerk: User, member: Account) -> None:
    client = Client()
    client.force_login(clerk)
    terms = {"key": str(uuid4()), "points": "500", "reason": "goodwill", "note": "late delivery"}

    answer = client.post(reverse("admin:loyalty_account_adjust", args=[member.pk]), terms)

    member.refresh_from_db()
    assert answer.status_code == 302
    assert member.available == 500
    assert Transaction.objects.get().by == clerk


def test_a_second_click_on_book_books_the_adjustment_only_once(clerk: User, member: Account) -> None:
    client = Client()
    client.force_login(clerk)
    page = client.get(reverse("admin:loyalty_account_change", args=[member.pk]))
    terms = {"key": page.context["form"]["key"].value(), "points": "6000", "reason": "goodwill", "note": "late"}

    answers = [client.post(reverse("admin:loyalty_account_adjust", args=[member.pk]), terms) for _ in range(2)]

    member.refresh_from_db()
    assert f'name="key" value="{terms["key"]}"' in page.content.decode()
    assert [answer.status_code for answer in answers] == [302, 302]
    assert member.available == 6_000
    assert Transaction.objects.count() == 1
    assert not member.asked_adjustments.exists()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"points": "0"}, "must not be zero"),
        ({"reason": ""}, "required"),
        ({"note": ""}, "required"),
        ({"points": "-1"}, "Only 0 points"),
        ({"points": "100001"}, "At most 100,000 points"),
    ],
)
def test_a_refused_adjustment_says_why_and_books_nothing(
    clerk: User, member: Account, changed: dict, said: str
) -> None:
    client = Client()
    client.force_login(clerk)
    terms = {"key": str(uuid4()), "points": "500", "reason": "goodwill", "note": "late delivery"} | changed

    answer = client.post(reverse("admin:loyalty_account_adjust", args=[member.pk]), terms)

    assert said in answer.content.decode()
    assert Transaction.objects.count() == 0


def test_who_may_not_adjust_is_refused(member: Account) -> None:
    client = Client()
    client.force_login(make_user("reader", "loyalty.view_account"))

    answer = client.post(reverse("admin:loyalty_account_adjust", args=[member.pk]), {"points": "500"})

    assert answer.status_code == 403
    assert Transaction.objects.count() == 0


def test_an_account_is_frozen_and_thawed_by_who_may(member: Account) -> None:
    client = Client()
    client.force_login(make_user("head", "loyalty.view_account", "loyalty.freeze_account"))
    address = reverse("admin:loyalty_account_freeze", args=[member.pk])

    states = [client.post(address) and Account.objects.get(pk=member.pk).status for _ in range(2)]

    assert states == ["frozen", "open"]
    assert client.get(address).status_code == 405


def test_members_are_found_as_customers_are(clerk: User, member: Account) -> None:
    other = account(make_customer(external_id="M-2"))
    earn(other, 10)
    client = Client()
    client.force_login(clerk)

    page = client.get(reverse("admin:loyalty_account_changelist"), {"q": "M-1"}).content.decode()

    assert "M-1" in page
    assert "M-2" not in page


def test_the_customer_page_shows_what_can_be_used_and_what_dies_soon(member: Account, clerk: User) -> None:
    now = timezone.now()
    earn(member, 700, days=30, at=now)
    earn(member, 500, days=300, at=now)
    hold(member, 100, at=now)

    card = customer_panel.balance(member.customer, _request(clerk))
    told = customer_panel.booked(member.customer_id, None, 10)

    assert "1,100" in card
    assert "600 P expire within 60 days" in card
    assert [item.detail for item in told] == ["+500 P", "+700 P"]
    assert customer_panel.balance(member.customer, _request(make_user("nobody"))) is None


def _request(user: User) -> object:
    return type("Request", (), {"user": user})()


def test_segments_ask_for_balances_and_for_points_that_die_soon() -> None:
    now = timezone.now()
    rich, poor, none = account(), account(), make_customer()
    earn(rich, 5_000, days=300, at=now)
    earn(poor, 10, days=5, at=now)
    moment = Moment(now)

    def who(condition: object, op: str, value: int) -> set[int]:
        part = {"op": op, "value": value}
        return set(Customer.objects.filter(condition.q(part, moment)).values_list("pk", flat=True))

    assert who(PointsBalance(), "at_least", 5_000) == {rich.customer_id}
    assert who(PointsBalance(), "at_most", 10) == {poor.customer_id, none.pk}
    assert who(PointsExpiring(), "within_next_days", 30) == {poor.customer_id}
    assert who(PointsExpiring(), "within_next_days", 3) == set()
    assert PointsBalance().actual(rich.customer, {}, moment) == "5,000"
    assert ledger.standing_of(rich.pk, now=now).available == 5_000
