"""The points of 단골마트: rules a supermarket would have, applied to every real purchase of the data, and four tiers.

The rules and the ladder are made once and then belong to whoever plays with them. Points come out of them as they
would in any shop: the orders are pulled, and the ledger books what they earn. The demo lives the year through again
(`points_history.py`), so that each point was booked in its fortnight; a load alone books them all at once.
"""

from datetime import date

from django.db import transaction
from django.db.models import Min
from django.utils import timezone

from crm_project.demo.complete_journey import SOURCE
from crm_project.queue import kick
from customers.models import Order
from loyalty import ledger
from loyalty.earning import versions
from loyalty.models import EarningRule, EarningTerms, Program, Tier
from loyalty.tiers import credits as tier_credits
from loyalty.tiers import evaluation, ladder

EXCLUDED = ["CIGARETTES", "CIGARS", "TOBACCO OTHER", "FUEL"]
BAKERY = ["BAKED BREAD/BUNS/ROLLS", "COOKIES/CONES", "SWEET GOODS & SNACKS"]
MILK = ["FLUID MILK PRODUCTS", "YOGURT", "CHEESE"]
# Half a year, to the end of the month, so that in the data's year some expire and others are about to.
TERMS = {
    "name": "단골포인트",
    "validity_months": 6,
    "validity": Program.Validity.MONTH_END,
    "least_points": 1_000,
    "step": 100,
    "most_percent": 50,
    # Of what died in the data's year nobody was told; from the present on members are.
    "waits_for_notice": False,
}
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
    """Make the rules and put everybody on the ladder; nobody earns yet. Again changes nothing."""
    make_rules()
    if ladder.newest() is None:
        tier_credits.credit_every_order()
        make_tiers()
        evaluation.replay(first_day, timezone.localdate())
        evaluation.settle_everyone()


@transaction.atomic
def make_rules() -> None:
    """Enter the rules, where no rule was entered before."""
    program = ledger.current_program()
    if EarningRule.objects.exists():
        return
    Program.objects.filter(pk=program.pk).update(**TERMS)
    EarningTerms.objects.update_or_create(program=program, defaults={"excluded_categories": EXCLUDED})
    for rule in RULES:
        EarningRule.objects.create(**{"program": program, "is_active": True} | rule)
    versions.freeze(ledger.current_program())


def earn_from_the_first_day() -> None:
    """Begin to earn with the first purchase, and have the workers award the points of all of them at once."""
    first = first_purchase()
    terms = EarningTerms.objects.filter(program=ledger.current_program(), begins_on=None)
    if first and terms.update(begins_on=first):
        # Half a minute of work that nobody has to wait for: the workers do it once they run.
        kick(POINTS_JOB)


def first_purchase() -> date | None:
    """Return the day (KST) of the first purchase of the data; None where nothing is loaded."""
    first = Order.objects.filter(source=SOURCE).aggregate(first=Min("placed_at"))["first"]
    return timezone.localdate(first) if first else None


def make_tiers() -> None:
    """Put the ladder in force."""
    drafts = (
        ladder.DraftTier(None, name, colour, threshold, points_percent, perks)
        for name, colour, threshold, points_percent, perks in TIERS
    )
    ladder.store(ladder.Draft(tuple(drafts)), by=None)
