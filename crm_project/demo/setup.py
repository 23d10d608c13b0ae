"""What the team of 단골마트 has set up: marketing costs, consent wordings, a sending account, segments, a campaign.

Everything is made once and then belongs to whoever plays with it: a second start changes nothing of it.
"""

from datetime import date

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from analytics.models import MarketingSpend
from campaigns import lifecycle
from campaigns.models import Campaign, ChannelAccount, Step, Variant
from campaigns.notices import drafts
from crm_project.demo import channels, kakao, letter
from crm_project.demo.calendar import SEOUL
from crm_project.demo.consent_words import publish_words
from crm_project.queue import kick
from customers.models import Segment
from customers.segments.refresh import refresh_segment

MAIL, MAIL_ADDRESS = "단골마트 이메일", "hello@dangol-mart.example.com"
CAMPAIGN = "단골 고객 주간 혜택"
REGULARS = "단골: 최근 30일 3회 이상 구매"
WIN_BACK = "이탈 위험: 90일 이상 구매 없음"
SEGMENTS = {
    REGULARS: (
        "자주 오시는 고객입니다. 먼저 알려 드리고 고마움을 전합니다.",
        {"all": [{"is": "orders", "op": "at_least", "value": 3, "window": {"last_days": 30}}]},
    ),
    WIN_BACK: (
        "발길이 뜸해진 고객입니다. 다시 찾을 이유를 드립니다.",
        {"all": [{"is": "last_order", "op": "more_than_days_ago", "value": 90}]},
    ),
    "장바구니에 담고 미결제 (7일)": (
        "장바구니에 담아 두고 아직 결제하지 않은 고객입니다.",
        {"all": [{"is": "cart_unpaid", "op": "within_days", "value": 7}]},
    ),
}
# Won a month, by where customers came from.
SPEND = {"인스타그램": 1_800_000, "네이버 검색": 1_200_000, "전단지": 650_000, "지인 추천": 240_000}


@transaction.atomic
def set_up(today: date) -> None:
    """Make what is missing, on the day it is in Seoul."""
    _spend(today)
    publish_words(_user("admin"))
    for name, (description, rule) in SEGMENTS.items():
        segment, is_new = Segment.objects.get_or_create(
            name=name, defaults={"description": description, "rule": rule, "created_by": _user("operator")}
        )
        if is_new or not segment.refreshed_at or segment.refreshed_at.astimezone(SEOUL).date() < today:
            refresh_segment(segment.pk)
    if not Campaign.objects.filter(name=CAMPAIGN, source="").exists():
        _campaign(channels.account(MAIL, "email", won={"email": "1.5"}, sender_address=MAIL_ADDRESS))
    kakao.set_up()
    channels.set_up()
    # Otherwise the gallery would have no numbers before the first night is over.
    kick("campaigns.tasks.count_recipes")
    drafts.make_drafts(_user("operator"))


def _spend(today: date) -> None:
    """Enter a year of marketing, a little more each month and most in December."""
    MarketingSpend.objects.bulk_create(
        [
            MarketingSpend(month=month, source=source, amount=_amount(usual, position, month), note="데모")
            for position, month in enumerate(_year_of_months(today))
            for source, usual in SPEND.items()
        ],
        ignore_conflicts=True,
    )


def _year_of_months(today: date) -> list[date]:
    """Return the first days of twelve months, this month the last."""
    months = range(today.year * 12 + today.month - 12, today.year * 12 + today.month)
    return [date(month // 12, month % 12 + 1, 1) for month in months]


def _amount(usual: int, position: int, month: date) -> int:
    season = 150 if month.month == 12 else 100
    return usual * (90 + 2 * position) * season // 10_000 // 10_000 * 10_000


def _campaign(account: ChannelAccount) -> None:
    """Write the campaign as the operator would, and ask for its approval."""
    operator = _user("operator")
    campaign = Campaign.objects.create(
        name=CAMPAIGN,
        purpose=Campaign.MessagePurpose.ADVERTISING,
        segment=Segment.objects.get(name=REGULARS),
        holdout_percent=10,
        author=operator,
    )
    step = Step.objects.create(campaign=campaign, account=account)
    Variant.objects.create(step=step, subject=letter.SUBJECT, preheader=letter.PREHEADER, html=letter.HTML)
    lifecycle.submit_for_review(campaign, by=operator)


def _user(username: str) -> AbstractBaseUser:
    return get_user_model().objects.get(username=username)
