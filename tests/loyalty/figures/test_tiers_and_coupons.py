"""Moves among the tiers by month, and how far coupons get."""

from datetime import date, datetime, timedelta

import pytest
from django.contrib import admin

from crm_project.templatetags.formats import NOTHING
from loyalty.coupons import issue_runs, redeeming, taking_back
from loyalty.coupons.baskets import Basket, BasketLine
from loyalty.figures import coupon_funnel, tier_moves
from loyalty.figures.rows_admin import TierPeriodAdmin
from loyalty.figures.tier_moves import Month
from loyalty.ledger.terms import ZONE
from loyalty.models import Coupon, Tier, TierPeriod
from tests.factories import make_coupon, make_customer, make_ladder, make_segment

pytestmark = pytest.mark.django_db


def test_moves_are_counted_in_the_month_of_korea_and_the_first_place_is_none() -> None:
    version, customer = make_ladder(), make_customer()
    welcome, silver, gold = (Tier.objects.get(name=name) for name in ("Welcome", "Silver", "Gold"))
    new_year = datetime(2026, 1, 1, tzinfo=ZONE)
    steps = (
        (None, welcome, True, new_year - timedelta(days=300)),
        (welcome, silver, True, new_year - timedelta(seconds=1)),
        (silver, gold, True, new_year),
        (gold, silver, False, new_year + timedelta(days=20)),
    )
    for (before, tier, is_rise, at), (*_rest, ended_at) in zip(steps, [*steps[1:], (None,)], strict=True):
        TierPeriod.objects.create(
            customer=customer, tier=tier, previous_tier=before, is_rise=is_rise, started_at=at, ended_at=ended_at,
            cause="evaluated", rule_version=version,
        )  # fmt: skip

    months = [date(2025, 3, 1), date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1)]

    assert tier_moves.by_month(months) == [
        Month(months[0], 0, 0),
        Month(months[1], 1, 0),
        Month(months[2], 1, 1),
        Month(months[3], 0, 0),
    ]


def test_without_a_ladder_nobody_moves() -> None:
    assert tier_moves.moves_of([date(2026, 1, 1)], date(2026, 1, 31)) is None


def test_the_funnel_counts_pieces_and_apart_from_them_what_was_never_handed_out() -> None:
    customers = [make_customer() for _number in range(4)]
    coupon = make_coupon()
    issue_runs.begin_for_segment(coupon, make_segment(), by=None)
    issue_runs.carry_on(coupon.issues.get().pk)
    pieces = coupon.issued.filter(customer__in=customers).order_by("pk")
    for number, piece in enumerate(pieces[:3]):
        basket = Basket([BasketLine("P-1", 30_000)], customer_id=piece.customer_id)
        redeeming.redeem([piece.code], basket, source="till", reference=f"R-{number}", receipt=f"{number}")
    taking_back.cancel("till", "R-2", reason="mistake")
    Coupon.objects.create(source="shop", external_id="OLD", name="옛 쿠폰", used_count=9, discount_total=900)

    found = coupon_funnel.funnel()

    assert (found.issued, found.used, found.expired, found.held) == (4, 2, 0, 2)
    assert (found.use_rate, found.used_elsewhere) == (0.5, 9)
    assert (found.discount, found.revenue) == (2 * 5_000 + 900, 2 * 25_000)


def test_without_coupons_the_funnel_is_empty() -> None:
    found = coupon_funnel.funnel()

    assert (found.issued, found.held, found.use_rate) == (0, 0, None)


def test_the_first_place_on_a_ladder_is_shown_as_no_move() -> None:
    rows = TierPeriodAdmin(TierPeriod, admin.site)

    assert rows.move(TierPeriod(previous_tier=None, is_rise=True)) == NOTHING
