"""The points of 단골마트: rules a supermarket would have, applied to every real purchase of the data, and four tiers.

The rules and the ladder are made once and then belong to whoever plays with them. Points come out of them as they
would in any shop: the orders are pulled, and the ledger books what they earn.
"""

from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from crm_project.queue import kick
from loyalty import ledger
from loyalty.earning import versions
from loyalty.models import EarningRule, EarningTerms, Tier
from loyalty.tiers import credits as tier_credits
from loyalty.tiers import evaluation, ladder

EXCLUDED = ["CIGARETTES", "CIGARS", "TOBACCO OTHER", "FUEL"]
BAKERY = ["BAKED BREAD/BUNS/ROLLS", "COOKIES/CONES", "SWEET GOODS & SNACKS"]
MILK = ["FLUID MILK PRODUCTS", "YOGURT", "CHEESE"]
# A year, so that the demo has points that are about to expire; the data has no more.
VALID_MONTHS = 12
RULES = (
    {"name": "기본 적립", "kind": "base", "reward": "won_per_point", "value": 100},
    {"name": "유제품 추가 적립", "kind": "category", "reward": "per_mille", "value": 10, "categories": MILK},
    {"name": "생일 달 두 배", "kind": "birthday", "reward": "percent_of_base", "value": 100, "most_points": 5_000},
    {"name": "첫 구매 감사", "kind": "first_purchase", "reward": "fixed", "value": 1_000},
    {
        "name": "7만원 이상 장보기",
        "kind": "channel",
        "channel": "store",
        "reward": "fixed",
        "value": 300,
        "minimum_won": 70_000,
    },
    {"name": "상품 후기", "kind": "review", "reward": "fixed", "value": 100, "times_per_month": 5},
    {"name": "설문 참여", "kind": "survey", "reward": "fixed", "value": 300, "times_per_month": 1},
    {
        "name": "베이커리 주간 (검토 중)",
        "kind": "category",
        "reward": "percent_of_base",
        "value": 200,
        "categories": BAKERY,
        "is_active": False,
    },
)
POINTS_JOB = "loyalty.tasks.earn_many_orders"
# Name, colour, won a year, percent of the ordinary points.
TIERS = (
    ("일반", Tier.Colour.STONE, 0, 100, "기본 적립 1 %"),
    ("실버", Tier.Colour.SILVER, 1_000_000, 110, "적립 10 % 추가\n생일 축하 문자"),
    ("골드", Tier.Colour.GOLD, 2_500_000, 120, "적립 20 % 추가\n신상품 먼저 보기"),
    ("VIP", Tier.Colour.VIOLET, 5_000_000, 150, "적립 50 % 추가\n전담 상담\n무료 주차 3시간"),
)


def begin_points(first_day: date) -> None:
    """Make the rules, put everybody on the ladder, and have the workers award the points. Again changes nothing."""
    make_rules(first_day)
    if ladder.newest() is None:
        tier_credits.credit_every_order()
        make_tiers()
        evaluation.replay(first_day, timezone.localdate())
        evaluation.settle_everyone()
        # Half a minute of work that nobody has to wait for: the workers do it once they run.
        kick(POINTS_JOB)


@transaction.atomic
def make_rules(first_day: date) -> None:
    """Enter the rules and begin to earn, where no rule was entered before."""
    program = ledger.current_program()
    if EarningRule.objects.exists():
        return
    program.name, program.validity_months = "단골포인트", VALID_MONTHS
    program.save(update_fields=["name", "validity_months"])
    # The calendar moves a few purchases to before the first day.
    begins_on = first_day - timedelta(weeks=2)
    EarningTerms.objects.update_or_create(
        program=program, defaults={"begins_on": begins_on, "excluded_categories": EXCLUDED}
    )
    for rule in RULES:
        EarningRule.objects.create(**{"program": program, "is_active": True} | rule)
    versions.freeze(program)


def make_tiers() -> None:
    """Put the ladder in force."""
    drafts = (
        ladder.DraftTier(None, name, colour, threshold, points_percent, perks)
        for name, colour, threshold, points_percent, perks in TIERS
    )
    ladder.store(ladder.Draft(tuple(drafts)), by=None)
