"""The overview, and the rows it leads to."""

import re
from html import unescape

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from crm_project.templatetags.formats import day
from loyalty import ledger
from loyalty.facts import expiry_notices
from loyalty.figures import open_points
from loyalty.ledger.snapshots import take_snapshots
from tests.factories import make_coupon, make_customer, make_ladder, make_user
from tests.loyalty.ledger.bookings import DAY, account, earn, redeem

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]

RIGHTS = (
    *("loyalty.view_dailytotal", "loyalty.view_transaction", "loyalty.view_lot", "loyalty.view_tierperiod"),
    *("loyalty.view_tier", "loyalty.view_coupon", "loyalty.view_earningrule", "loyalty.view_account"),
)


@pytest.fixture
def analyst() -> User:
    return make_user("analyst", *RIGHTS)


def _page(user: User, place: str = "admin:loyalty_overview") -> str:
    client = Client()
    client.force_login(user)
    answer = client.get(place if place.startswith("/") else reverse(place))
    assert answer.status_code == 200
    return answer.content.decode()


def test_an_empty_shop_is_told_what_to_do_next(analyst: User) -> None:
    page = _page(analyst)

    assert "Nobody has points yet" in page
    assert reverse("admin:loyalty_earningrule_changelist") in page
    assert "No tiers yet" in page
    assert "No coupon was used yet" in page


def test_on_the_first_day_it_is_said_when_figures_come(analyst: User) -> None:
    earn(account(), 100, at=timezone.now())

    assert "The first figures come tomorrow" in _page(analyst)


def test_the_page_shows_the_figures_with_what_they_are_divided_by(analyst: User) -> None:
    now = timezone.now()
    member = account()
    earn(member, 9_000, at=now - 40 * DAY)
    redeem(member, 2_250, at=now - 2 * DAY)
    take_snapshots(now)
    open_points.look(now)
    make_ladder()
    make_coupon(issued_count=40, used_count=10)

    page = _page(analyst)

    assert "6,750" in page
    assert "30 days before: 9,000" in page
    assert page.count('25.0<span class="unit"> %') == 2
    assert "points used, less given back + expired" in page
    assert "Movement between tiers" in page


def test_points_that_nobody_is_told_of_are_warned_of(analyst: User) -> None:
    now = timezone.now()
    kept, told_soon = account(waits_for_notice=True), account()
    earn(kept, 700, at=now - 40 * DAY, days=39)
    earn(told_soon, 300, at=now - 40 * DAY, days=60)
    ledger.expire_due(now)
    expiry_notices.open_due(now)
    take_snapshots(now)

    page = " ".join(unescape(_page(analyst)).split())

    assert "700 points of 1 members were to expire and live on" in page
    assert "1,000 points of 2 members expire within thirty days" in page
    assert reverse("admin:loyalty_program_changelist") not in page


def test_who_may_not_see_tiers_or_coupons_sees_none(analyst: User) -> None:
    page = _page(make_user("clerk", "loyalty.view_dailytotal"))

    assert "Movement between tiers" not in page
    assert "Coupon by coupon" not in page


def test_a_day_leads_to_its_bookings_and_a_month_to_its_lots(analyst: User) -> None:
    now = timezone.now()
    early, late = account(make_customer(name="김단골")), account(make_customer(name="박새벽"))
    earn(early, 500, days=30, at=now - 3 * DAY)
    earn(late, 700, days=90, at=now - 2 * DAY)
    take_snapshots(now)
    open_points.look(now)

    days, overview = _page(analyst, "admin:loyalty_dailytotal_changelist"), _page(analyst)
    bookings = _page(analyst, _link(days, day(timezone.localdate(now - 3 * DAY))))
    lots = _page(analyst, _link(overview, f"{timezone.localdate(now + 27 * DAY):%Y-%m}"))

    assert ("김*골" in bookings, "박*벽" in bookings) == (True, False)
    assert ("김*골" in lots, "박*벽" in lots) == (True, False)
    assert "김단골" not in bookings + lots


def _link(page: str, text: str) -> str:
    """Return where the link with this text leads."""
    found = re.search(rf'href="([^"]+)">{re.escape(text)}</a>', page)
    assert found, text
    return unescape(found[1])


def test_the_page_asks_as_often_for_many_bookings_as_for_few(analyst: User) -> None:
    now = timezone.now()
    client = Client()
    client.force_login(analyst)
    make_ladder()

    def queries() -> int:
        take_snapshots(now)
        open_points.look(now)
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse("admin:loyalty_overview"))
        return len(captured)

    earn(account(), 10, at=now - 60 * DAY)
    queries()
    few = queries()
    for number in range(10):
        earn(account(), 10, at=now - (number + 1) * DAY)

    assert queries() == few <= 20
