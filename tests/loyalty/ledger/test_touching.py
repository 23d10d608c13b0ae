"""Who got or used points is looked at by the segments soon, where one of them asks about points."""

from collections.abc import Callable
from random import Random

import pytest
import time_machine

from crm_project.models import Kick
from customers.models import Customer, Segment, SegmentMembership, TouchedCustomer
from customers.segments import preview, refresh
from customers.segments.conditions import CONDITIONS
from loyalty import ledger
from loyalty.accounts import points_conditions
from loyalty.ledger.touching import ASKS_POINTS
from loyalty.models import Account
from tests.factories import make_segment
from tests.loyalty.ledger import test_batches, test_many_returns
from tests.loyalty.ledger.bookings import DAY, NOW, account, claw_back, earn, hold, numbers, redeem

pytestmark = pytest.mark.django_db

LATER = NOW + 20 * DAY
RICH = {"not": {"is": "points_balance", "op": "at_most", "value": 99}}
RULES = {
    "rich": RICH,
    "poor": {"is": "points_balance", "op": "at_most", "value": 50},
    "collectors": {"is": "points_earned", "op": "at_least", "value": 300, "window": {"last_days": 40}},
    "spenders": {"is": "points_used", "op": "at_least", "value": 100, "window": {"last_days": 40}},
    "about to lose": {"is": "points_expiring", "op": "within_next_days", "value": 30},
}


def touched() -> set[Customer]:
    return {row.customer for row in TouchedCustomer.objects.all()}


def test_the_ledger_knows_every_condition_about_points() -> None:
    about_points = {each.name for each in CONDITIONS if type(each).__module__ == points_conditions.__name__}

    assert about_points == {each.name for each in CONDITIONS if each.name.startswith(ASKS_POINTS)}
    assert len(about_points) == 4


def test_where_no_active_segment_asks_about_points_a_booking_marks_nobody() -> None:
    make_segment({"is": "order_count", "op": "at_least", "value": 1})
    Segment.objects.filter(pk=make_segment(RICH).pk).update(is_active=False)

    redeem_some(account())

    assert touched() == set()
    assert not Kick.objects.exists()


def redeem_some(member: Account) -> None:
    earn(member, 100)
    redeem(member, 50)


def earn_many(member: Account) -> None:
    test_batches.book(test_batches.award(member, 100, "1"), test_batches.award(member, 50, "2"))


def let_expire(member: Account) -> None:
    earn(member, 100, days=1)
    TouchedCustomer.objects.all().delete()
    ledger.expire_due(NOW + 2 * DAY)


@pytest.mark.parametrize("book", [redeem_some, earn_many, let_expire])
def test_whose_points_move_is_looked_at_again_and_nobody_else(book: Callable[[Account], None]) -> None:
    make_segment(RICH)
    member, _other = account(), account()

    book(member)

    assert touched() == {member.customer}
    assert Kick.objects.filter(job="customers.tasks.refresh_touched_segments").count() == 1


@pytest.mark.parametrize("seed", range(3))
@time_machine.travel(LATER, tick=False)
def test_after_any_bookings_the_touched_refreshes_add_up_to_the_full_one(seed: int) -> None:
    world = Random(seed)  # noqa: S311 - repeatable, not secret
    members = [account() for _number in range(8)]
    segments = [make_segment(rule, name=name) for name, rule in RULES.items()]
    refresh.refresh_all()

    for batch in range(5):
        book_something(world, members, batch)
        refresh.refresh_touched()

        for segment in segments:
            expected = {customer.pk for customer in preview.members(segment.rule)}
            kept = SegmentMembership.objects.filter(segment=segment).values_list("customer", flat=True)
            assert set(kept) == expected, segment.name


def book_something(world: Random, members: list[Account], batch: int) -> None:
    """Some members get, use, set aside and lose points, one by one and many at once."""
    for member in world.sample(members, 3):
        award = earn(member, world.randint(1, 40) * 10, days=world.choice([10, 100]), at=LATER)
        usable = numbers(member)[0]
        act = world.choice([redeem, hold, None])
        if act and usable > 1:
            act(member, usable // 2, at=LATER)
        else:
            claw_back(award, award.points, at=LATER)
    lucky, unlucky = world.sample(members, 2)
    test_batches.book(test_batches.award(lucky, world.randint(1, 40) * 10, f"all {batch}", at=LATER))
    award = earn(unlucky, 500, at=LATER)
    refresh.refresh_touched()
    test_many_returns.take_back((award, 500, f"back {batch}"), at=LATER)
