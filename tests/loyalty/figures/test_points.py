"""Points outstanding, their age, and what becomes of them: to the point the same as adding them up by hand."""

from datetime import date, datetime, timedelta

import pytest

from loyalty import ledger
from loyalty.facts import expiry_notices
from loyalty.figures import open_points, untold_points
from loyalty.figures.open_points import Age, Death
from loyalty.figures.point_flows import Flow, course_of
from loyalty.figures.untold_points import Untold
from loyalty.ledger.snapshots import take_snapshots
from loyalty.ledger.terms import ZONE
from loyalty.models import Lot, OpenPoints
from tests.factories import make_user
from tests.loyalty.ledger.bookings import DAY, account, adjust, claw_back, earn, give_back, hold, redeem

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=ZONE)


def _at(month: int, day: int = 10, *, year: int = 2026) -> datetime:
    return datetime(year, month, day, 12, 0, tzinfo=ZONE)


def test_before_the_first_day_is_over_there_are_no_figures() -> None:
    earn(account(), 100, at=NOON)

    take_snapshots(NOON)

    assert course_of(ledger.current_program()) is None


def test_a_month_adds_up_what_was_given_used_and_expired() -> None:
    member, clerk = account(), make_user("clerk")
    earn(member, 1_000, days=60, at=_at(8))
    back = earn(member, 500, at=_at(9))
    used = redeem(member, 700, at=_at(9, 20))
    give_back(used, 200, at=_at(9, 21))
    claw_back(back, 100, at=_at(10, 1))
    adjust(member, 40, by=clerk, at=_at(10, 2))
    ledger.expire_due(_at(10, 20))
    take_snapshots(NOON)

    course = course_of(ledger.current_program())

    assert course is not None
    months = {month: flow for month, flow in course.months() if flow != Flow()}
    assert months == {
        date(2026, 8, 1): Flow(earned=1_000),
        date(2026, 9, 1): Flow(earned=500, used=500),
        date(2026, 10, 1): Flow(taken_back=100, adjusted=40, expired=500),
    }
    assert len(course.months()) == 12
    assert course.year() == Flow(earned=1_500, used=500, expired=500, taken_back=100, adjusted=40)
    assert course.last.outstanding == 1_000 + 500 - 500 - 100 + 40 - 500
    assert (course.year().redemption_rate, course.year().breakage) == (500 / 1_440, 0.5)


def test_what_came_less_what_went_is_what_is_outstanding_less_what_is_owed() -> None:
    member = account()
    award = earn(member, 300, at=_at(9))
    redeem(member, 250, at=_at(9, 11))
    claw_back(award, 200, at=_at(9, 12))
    take_snapshots(NOON)

    course = course_of(ledger.current_program())

    assert course is not None
    year = course.year()
    assert year.given - year.left == course.last.outstanding - course.last.debt == -150


@pytest.mark.parametrize("flow", [Flow(), Flow(earned=100, taken_back=100), Flow(taken_back=5)])
def test_a_share_of_nothing_is_not_a_number(flow: Flow) -> None:
    assert (flow.redemption_rate, flow.breakage) == (None, None)


def test_a_year_is_365_days_and_the_one_before_it_another_365() -> None:
    member = account()
    last = TODAY - timedelta(days=1)
    for days_ago, points in ((0, 1), (364, 10), (365, 100), (729, 1_000)):
        earn(member, points, days=None, at=NOON - DAY - days_ago * DAY)
    take_snapshots(NOON)

    course = course_of(ledger.current_program())

    assert course is not None
    assert (course.last.day, course.year().earned, course.year_before().earned) == (last, 11, 1_100)
    assert course.outstanding_before(365) == 1_100
    assert course.outstanding()[-1] == (last, 1_111)
    assert len(course.outstanding()) == 53


def test_open_points_are_told_by_the_month_of_the_award_and_of_their_death() -> None:
    member, other = account(), account()
    earn(member, 1_000, days=400, at=_at(1))
    earn(member, 200, days=300, at=_at(6))
    earn(other, 50, days=None, at=_at(11))
    earn(other, 7, days=None, pending=30, at=_at(11))
    redeem(member, 150, at=_at(11))
    hold(other, 20, at=NOON, minutes=60)

    open_points.look(NOON)

    rows = open_points.found(ledger.current_program())
    told = [(row.earned_in, row.dies_in, row.points, row.lots) for row in rows]
    assert told == [
        (date(2026, 1, 1), date(2027, 2, 1), 850, 1),
        (date(2026, 6, 1), date(2027, 4, 1), 200, 1),
        (date(2026, 11, 1), None, 37, 2),
    ]
    assert sum(row.points for row in rows) == sum(lot.remaining for lot in Lot.objects.all())
    assert [age for age in open_points.ages(rows, TODAY) if age.points] == [
        Age(0, 0, 37),
        Age(3, 5, 200),
        Age(6, 11, 850),
    ]
    assert [death for death in open_points.deaths(rows, TODAY) if death.points] == [
        Death(date(2027, 2, 1), 850),
        Death(date(2027, 4, 1), 200),
        Death(None, 37),
    ]


def test_the_last_day_of_a_month_belongs_to_it_in_korea() -> None:
    midnight = datetime(2026, 12, 1, tzinfo=ZONE)
    earn(account(), 5, days=10, at=midnight - 10 * DAY)

    open_points.look(NOON)

    assert OpenPoints.objects.get().dies_in == date(2026, 11, 1)


def test_points_that_died_since_the_last_look_are_not_told_as_of_later_months() -> None:
    earn(account(), 100, days=10, at=NOON)
    open_points.look(NOON)

    rows = open_points.found(ledger.current_program())

    before, after = (open_points.deaths(rows, day) for day in (date(2026, 12, 31), date(2027, 1, 1)))
    assert [[death.points for death in told if death.points] for told in (before, after)] == [[100], []]


def test_dead_points_that_nobody_settled_yet_are_not_open() -> None:
    earn(account(), 100, days=5, at=NOON - 6 * DAY)

    open_points.look(NOON)

    assert not OpenPoints.objects.exists()


def test_a_second_look_takes_the_place_of_the_first() -> None:
    member = account()
    earn(member, 100, at=_at(11))
    open_points.look(NOON)
    redeem(member, 60, at=NOON)

    open_points.look(NOON + DAY)

    assert OpenPoints.objects.get().points == 40


def test_points_that_die_after_a_year_stand_in_one_row() -> None:
    rows = [OpenPoints(earned_in=TODAY, dies_in=month, points=10) for month in (date(2027, 11, 1), date(2029, 1, 1))]

    assert open_points.deaths(rows, TODAY)[-1] == Death(date(2027, 11, 1), 20, is_later=True)


def test_points_that_were_used_wait_for_no_notice() -> None:
    living, used, told = account(), account(), account()
    for member in (living, used, told):
        earn(member, 500, days=30, at=NOON)
    expiry_notices.open_due(NOON)
    redeem(used, 500, at=NOON)
    redeem(living, 100, at=NOON)
    expiry_notices.mark_tried({told.expiry_notices.get().pk: "message 1"}, now=NOON)

    waiting = untold_points.waiting(ledger.current_program(), NOON)

    assert waiting == Untold(points=500, members=1)
