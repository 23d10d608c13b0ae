"""Recipes for an occasion: a birthday, an event in a store nearby, a friend to bring along."""

from datetime import timedelta
from typing import Any

from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.recipes.base import AD, ORDER_RETURNED, CouponTerms, Goal, Message, Recipe, Reentry, Say, Wait, add
from campaigns.recipes.wording import (
    COUPON_ENGLISH,
    COUPON_KOREAN,
    YOU_ENGLISH,
    YOU_KOREAN,
    everywhere,
    mail,
    push,
    text,
)
from customers.models import Store

SATURDAY = 6
BIRTHDAY_COUPON = CouponTerms(
    {"ko": "생일 축하 5,000원 할인 쿠폰", "en": "5,000 won off for your birthday"},
    {"kind": "amount", "amount": 5_000, "minimum_amount": 20_000, "days_valid": 14, "per_customer_limit": None},
)
BIRTHDAY = Message(
    name=_("Birthday wishes"),
    purpose=AD,
    coupon=BIRTHDAY_COUPON,
    contents=everywhere(
        email=(
            mail(
                f"{YOU_KOREAN}, 생일을 미리 축하드립니다",
                "생일 축하드립니다!",
                "곧 다가올 생일을 미리 축하드리며, 작은 선물로 쿠폰을 준비했습니다.",
                COUPON_KOREAN,
                "2만 원 이상 구매하실 때 쓰실 수 있습니다.",
                button="쓰러 가기",
                preheader="생일 쿠폰이 도착했습니다",
            ),
            mail(
                "Happy birthday, a little early",
                f"Hello {YOU_ENGLISH}, happy birthday!",
                "Your birthday is coming up, and we have a small present for you.",
                COUPON_ENGLISH,
                "On purchases of 20,000 won or more.",
                button="Use it now",
                preheader="Your birthday coupon is here",
            ),
        ),
        sms=(
            text(
                f"{YOU_KOREAN}, 다가오는 생일을 축하드립니다! 5,000원 쿠폰을 드립니다.",
                "쿠폰 번호 {{ coupon.code }}",
                "2만 원 이상, {{ coupon.valid_until }}까지",
                subject="생일 축하드립니다",
                link=True,
            ),
            text(
                "Happy birthday, a little early! 5,000 won off purchases of 20,000 won or more.",
                "Code {{ coupon.code }}, valid until {{ coupon.valid_until }}",
                subject="Happy birthday",
                link=True,
            ),
        ),
    ),
)
add(
    Recipe(
        key="birthday",
        name=_("Birthday"),
        text=_("A week before the birthday, wishes and a coupon for two weeks. 29 February is kept on the 28th."),
        for_whom=_("Everybody whose birthday is known; once a year"),
        goal=Goal.REGULARS,
        icon="cake",
        trigger="date_of_customer",
        settings={"date": "birthday", "days": 7, "side": "before", "at": "10:00"},
        reentry=Reentry.EVERY,
        steps=(Say(BIRTHDAY),),
    )
)

STORE_EVENT = Message(
    name=_("An event in your store"),
    purpose=AD,
    contents=everywhere(
        sms=(
            text(
                f"{YOU_KOREAN}, {{{{ trigger.store | default: '가까운 매장' }}}}에서 행사가 열립니다.",
                "온라인에서 보시던 상품을 직접 만나 보세요.",
                "{% if trigger.first_day %}기간 {{ trigger.first_day }} ~ {{ trigger.last_day }}{% endif %}",
                subject="가까운 매장 행사",
                link=True,
            ),
            text(
                "There is an event at {{ trigger.store | default: 'the store near you' }}.",
                "Come and see what you buy online.",
                "{% if trigger.first_day %}{{ trigger.first_day }} to {{ trigger.last_day }}{% endif %}",
                subject="In a store near you",
                link=True,
            ),
        ),
        email=(
            mail(
                f"{YOU_KOREAN}, {{{{ trigger.store | default: '가까운 매장' }}}} 행사에 초대합니다",
                "온라인에서 보시던 상품, 매장에서 직접 만나 보세요",
                "{{ trigger.store | default: '가까운 매장' }}에서 행사가 열립니다. 직접 보고 골라 보세요.",
                "{% if trigger.first_day %}기간 {{ trigger.first_day }} ~ {{ trigger.last_day }}{% endif %}",
                button="행사 안내 보기",
                preheader="가까운 매장에서 행사가 열립니다",
            ),
            mail(
                "You are invited to {{ trigger.store | default: 'the store near you' }}",
                "See in the store what you buy online",
                "There is an event at {{ trigger.store | default: 'the store near you' }}. Come, look and try.",
                "{% if trigger.first_day %}{{ trigger.first_day }} to {{ trigger.last_day }}{% endif %}",
                button="About the event",
                preheader="An event in the store near you",
            ),
        ),
    ),
)


def _next_event() -> dict[str, Any]:
    """Return a first guess, to be corrected: the store with most customers, on a weekend in four weeks."""
    first = timezone.localdate() + timedelta(weeks=4)
    saturday = first + timedelta(days=(SATURDAY - first.isoweekday()) % 7)
    event = [saturday.isoformat(), (saturday + timedelta(days=1)).isoformat()]
    store = Store.objects.annotate(near=Count("customers")).order_by("-near", "name").first()
    known = {"event": event, "days": 7, "at": "10:00", "buys": "online_only"}
    return known | ({"stores": [store.external_id]} if store else {})


add(
    Recipe(
        key="store_event",
        name=_("Event in a store nearby"),
        text=_("Invites people to an event of the store near them, a week before. Set the store and the day first."),
        for_whom=_("Whoever lives near the store and has only bought online"),
        goal=Goal.REGULARS,
        icon="store",
        trigger="store_event",
        settings=_next_event,
        reentry=Reentry.EVERY,
        steps=(Say(STORE_EVENT),),
    )
)

REFERRAL = Message(
    name=_("Bring a friend"),
    purpose=AD,
    contents=everywhere(
        email=(
            mail(
                f"{YOU_KOREAN}, 친구에게도 소개해 주세요",
                "좋은 건 나눌수록 좋으니까요",
                "아래의 추천 링크로 친구가 가입하고 구매하면 두 분 모두께 감사의 마음을 전합니다.",
                "내 추천 링크: <strong>{{ referral.link }}</strong>",
                "추천 조건과 적립 내용은 추천 페이지에서 확인하실 수 있습니다.",
                preheader="친구와 함께 받으세요",
            ),
            mail(
                "Tell a friend about us",
                "Good things are better shared",
                "Thank you for coming back. When a friend joins by your link and buys, we thank you both.",
                "Your link: <strong>{{ referral.link }}</strong>",
                "The terms stand on the page of the link.",
                preheader="For you and your friend",
            ),
        ),
        sms=(
            text(
                f"{YOU_KOREAN}, 친구에게 소개해 주세요. 친구가 가입하고 구매하면 두 분 모두께 감사의 마음을 전합니다.",
                "내 추천 링크 {{ referral.link }}",
                subject="친구 추천 안내",
            ),
            text(
                "Tell a friend about us. When a friend joins by your link and buys, we thank you both.",
                "Your link {{ referral.link }}",
                subject="Bring a friend",
            ),
        ),
        push=(
            push("친구에게 소개해 주세요", "친구가 가입하고 구매하면 두 분께 감사드려요."),
            push("Bring a friend", "When your friend buys, we thank you both."),
        ),
    ),
)
add(
    Recipe(
        key="referral",
        name=_("Referral invitation"),
        text=_("Three days after the fourth purchase, the customer’s own link to pass on to friends."),
        for_whom=_("Whoever buys for the fourth time, while referrals count"),
        goal=Goal.REGULARS,
        icon="heart",
        trigger="nth_order",
        settings={"number": 4},
        exits=(ORDER_RETURNED,),
        steps=(Wait({"days": 3, "at": "10:00"}), Say(REFERRAL)),
    )
)
