"""Every recipe in force in one shop for a month: who is told what, and on which day. Quiet days are passed over."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from campaigns.automation import entering_in_turn, leaving, walking
from campaigns.models import Automation, Message, StepTaken
from campaigns.pipeline import dispatch
from customers import stats
from customers.models import Customer, Order, Region, SegmentMove, Store
from customers.segments.refresh import refresh_all
from loyalty import ledger
from loyalty.models import ExpiryNotice, Tier, TierPeriod, TierStanding
from loyalty.referrals import codes
from tests.campaigns.automation.making import put_in_force
from tests.campaigns.recipes.shop import KEYS, MAY_DRAFT, drafted, open_accounts
from tests.campaigns.triggers.test_every_trigger import make_cycle
from tests.factories import (
    begin_referrals,
    buy,
    make_event,
    make_ladder,
    make_order,
    make_product,
    make_reachable_customer,
    make_user,
)

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# Friday, 20 November 2026, 9:00 in Korea: everything is put in force.
BEGINS = datetime(2026, 11, 20, 0, tzinfo=UTC)
AT = BEGINS + HOUR
# The workers come by at noon, on the days on which something happens or is due, and once more after the month.
NOON = BEGINS + 3 * HOUR
DAYS = (0, 1, 2, 3, 5, 6, 7, 11, 17, 21, 22, 31)
RETURNED_ON = 5
LONG_AGO = BEGINS - 400 * DAY
Told = tuple[str, str]


def person(name: str, **given: object) -> Customer:
    """A customer since long ago, who takes advertising by e-mail."""
    return make_reachable_customer(**{"name": name, "joined_at": LONG_AGO} | given)


def bought(name: str, *, orders: int, **given: object) -> Customer:
    """Somebody who bought so often, more than a year ago."""
    customer = person(name, **given)
    for number in range(orders):
        make_order(customer, placed_at=LONG_AGO + number * DAY)
    return customer


def people_come() -> None:
    """Somebody for each recipe, and next to them somebody who is let out of it."""
    person("가입", joined_at=AT)
    make_order(person("가입 후 구매", joined_at=AT), placed_at=AT + 3 * DAY)
    for name, orders in (("두 번째", 1), ("세 번째", 2), ("네 번째", 3)):
        make_order(bought(name, orders=orders), placed_at=AT)
    for name in ("장바구니", "장바구니 구매"):
        make_event(bought(name, orders=9), "cart_add", at=AT, product=make_product())
    make_order(Customer.objects.get(name="장바구니 구매"), placed_at=AT + 20 * HOUR)
    looked, product = bought("눈여겨봄", orders=9), make_product()
    for days in (2, 1, 0):
        make_event(looked, "product_view", at=AT - days * DAY, product=product)
    buy(bought("커피", orders=9), make_product(category="커피"), at=AT - 40 * DAY)
    for days in (20, 40, 60):
        make_order(Customer.objects.filter(name="단골").first() or bought("단골", orders=9), placed_at=AT - days * DAY)
    bought("생일", orders=9, birthday=date(1990, 11, 27))
    make_order(bought("온라인", orders=9, region="서울 성동구"), placed_at=LONG_AGO, channel="online")
    make_order(bought("뜸해짐", orders=9), placed_at=BEGINS - 59 * DAY)
    for name in ("휴면", "이탈"):
        make_order(bought(name, orders=9), placed_at=BEGINS - 179 * DAY)
    make_event(Customer.objects.get(name="휴면"), "page_view", at=BEGINS - 20 * DAY)
    for name in ("배송", "배송 반품"):
        make_order(bought(name, orders=9), placed_at=BEGINS - DAY, status="delivered", delivered_at=AT)
    members_come()


def members_come() -> None:
    """Members with points that die, a tier that was reached and one at risk."""
    version = make_ladder()
    gold = Tier.objects.get(name="Gold")
    account = ledger.account_of(bought("적립금", orders=9).pk)
    for days, last_day in ((60, date(2027, 1, 19)), (30, date(2026, 12, 20))):
        ExpiryNotice.objects.create(account=account, last_day=last_day, days_before=days, points=500, opened_at=AT)
    reached, risky = bought("승급", orders=9), bought("등급 위험", orders=9)
    TierPeriod.objects.create(customer=reached, started_at=AT, tier=gold, cause="reached", rule_version=version)
    told = {"tier": gold, "earned_tier": gold, "since": LONG_AGO, "earned_since": LONG_AGO}
    TierStanding.objects.create(customer=risky, keep_missing=5_000, judged_on=date(2026, 12, 23), **told)


def open_shop() -> None:
    """All recipes in force, with an account for e-mail and nothing held out."""
    open_accounts("email")
    store = Store.objects.create(external_id="S1", name="성수점")
    Region.objects.create(name="서울 성동구", latitude=37.5, longitude=127.0, nearest_store=store)
    make_cycle("커피", days=45)
    begin_referrals()
    author = make_user("author", *MAY_DRAFT)
    for key in KEYS:
        version = drafted(key, by=author)
        Automation.objects.update(holdout_percent=0)
        version.automation.refresh_from_db()
        put_in_force(version)


def a_day_passes(now: datetime) -> None:
    """What the night and the workers do up to noon of a day."""
    known = SegmentMove.objects.values_list("pk", flat=True)
    before = set(known)
    refresh_all()
    # The database stamps moves by its own clock.
    SegmentMove.objects.exclude(pk__in=before).update(moved_at=now.replace(hour=0))
    entering_in_turn.enter_due(now)
    leaving.sweep(now)
    walking.walk_due(now)
    dispatch.dispatch_due()


def told() -> dict[str, list[Told]]:
    """What was planned for each, as (when the step was due, which recipe, its class and whether it gave a coupon)."""
    found: dict[str, list[Told]] = defaultdict(list)
    taken = StepTaken.objects.filter(outcome="planned").order_by("due_at", "pk")
    rows = taken.values_list(
        "journey__customer__name",
        "due_at",
        "journey__automation__recipe",
        "step__campaign__purpose",
        "step__campaign__steps__coupon",
    )
    for name, due_at, recipe, purpose, coupon in rows:
        said = f"{recipe} {purpose}{' coupon' if coupon else ''}"
        found[name].append((f"{timezone.localtime(due_at):%m-%d %H:%M}", said))
    return dict(found)


EXPECTED: dict[str, list[Told]] = {
    "가입": [("11-20 10:00", "welcome info"), ("11-22 10:00", "welcome ad"), ("11-25 10:00", "welcome ad coupon")],
    "가입 후 구매": [
        ("11-20 10:00", "welcome info"),
        ("11-22 10:00", "welcome ad"),
        ("11-26 10:00", "after_first_order ad"),
        ("12-07 10:00", "after_first_order ad"),
    ],
    "두 번째": [("11-27 10:00", "second_order ad")],
    "세 번째": [("11-20 10:00", "vip_notice info"), ("11-21 11:00", "vip_benefits ad coupon")],
    "네 번째": [("11-23 10:00", "referral ad")],
    "장바구니": [("11-20 12:00", "cart_left ad"), ("11-21 10:00", "cart_left ad")],
    "장바구니 구매": [("11-20 12:00", "cart_left ad")],
    "눈여겨봄": [("11-21 10:00", "viewed_not_bought ad")],
    "커피": [("11-20 10:00", "repurchase_due ad"), ("12-11 10:00", "win_back ad")],
    "단골": [("12-01 10:00", "monthly_coupon ad coupon")],
    "생일": [("11-20 10:00", "birthday ad coupon")],
    "온라인": [("12-12 10:00", "store_event ad")],
    "뜸해짐": [("11-22 10:00", "win_back ad")],
    "휴면": [("11-22 11:00", "dormant_or_lost ad coupon")],
    "이탈": [("11-22 11:00", "dormant_or_lost ad")],
    "적립금": [("11-20 10:00", "points_expiring info"), ("11-20 10:00", "points_expiring info")],
    "승급": [("11-20 10:00", "tier_reached info")],
    "등급 위험": [("11-23 10:00", "tier_at_risk ad")],
    "배송": [("11-23 11:00", "satisfaction_survey info"), ("11-27 10:00", "review_request info")],
    "배송 반품": [("11-23 11:00", "satisfaction_survey info")],
}


def test_each_recipe_tells_whom_it_should_on_the_day_it_should_and_nobody_twice(
    settings: Settings, tmp_path: Path
) -> None:
    settings.OUTBOX_DIR = tmp_path / "outbox"
    # The clock goes on, as sending waits for its pace.
    with time_machine.travel(BEGINS, tick=True) as clock:
        open_shop()
        people_come()
        stats.refresh(Customer.objects.values_list("pk", flat=True))
        codes.make_missing()
        for day in DAYS:
            clock.move_to(NOON + day * DAY)
            if day == RETURNED_ON:
                Order.objects.filter(customer__name="배송 반품", delivered_at=AT).update(status="refunded")
            a_day_passes(NOON + day * DAY)

        assert told() == EXPECTED
        assert Message.objects.filter(status="sent").count() == sum(map(len, EXPECTED.values()))
        assert not Message.objects.exclude(status="sent").exists()
