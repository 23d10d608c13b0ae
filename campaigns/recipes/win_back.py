"""Recipes for customers who stopped buying: in steps while they may come back, and once where they seem lost."""

from django.utils.translation import gettext_lazy as _

from campaigns.recipes.base import (
    AD,
    BOUGHT,
    OPTED_OUT,
    REMINDERS,
    CouponTerms,
    Goal,
    Leave,
    Message,
    OnlyIf,
    Recipe,
    Reentry,
    Say,
    SegmentTerms,
    Wait,
    add,
)
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

DAY_60 = Message(
    name=_("60 days: what is new"),
    purpose=AD,
    contents=everywhere(
        email=(
            mail(
                f"{YOU_KOREAN}, 오랜만에 인사드립니다",
                "그동안 무엇이 새로 나왔는지 둘러보세요",
                "마지막 구매 후 {{ days_since_last_order }}일이 지났습니다. 아래는 좋아하실 만한 상품입니다.",
                products="recommended",
                button="둘러보기",
                preheader="좋아하실 만한 상품을 골랐습니다",
            ),
            mail(
                "It has been a while",
                f"Hello {YOU_ENGLISH}, come and see what is new",
                "Your last order was {{ days_since_last_order }} days ago. Below is what you might like.",
                products="recommended",
                button="Have a look",
                preheader="What you might like",
            ),
        ),
        push=(
            push("오랜만이에요", "그동안 무엇이 새로 나왔는지 둘러보세요."),
            push("It has been a while", "See what is new since you were here."),
        ),
    ),
)
DAY_90 = Message(
    name=_("90 days: what others come back for"),
    purpose=AD,
    contents=everywhere(
        push=(
            push("다시 찾게 되는 상품들", "다른 분들이 찾는 상품 가운데 골랐어요."),
            push("What people come back for", "Chosen for you from what others buy."),
        ),
        email=(
            mail(
                "다른 분들이 찾는 상품 가운데 골랐습니다",
                f"{YOU_KOREAN}, 이 상품들은 어떠세요?",
                "다른 분들이 찾는 상품 가운데 좋아하실 만한 것을 골랐습니다.",
                products="recommended",
                button="보러 가기",
                preheader="좋아하실 만한 상품을 골랐습니다",
            ),
            mail(
                "What people come back for",
                f"Hello {YOU_ENGLISH}, how about these?",
                "From what others buy we chose what might suit you.",
                products="recommended",
                button="See them",
                preheader="Chosen for you from what others buy",
            ),
        ),
    ),
)
COME_BACK_COUPON = CouponTerms(
    {"ko": "다시 만나요 15% 할인 쿠폰", "en": "15% off to welcome you back"},
    {
        "kind": "percent", "percent": 15, "most_off": 10_000, "minimum_amount": 20_000, "days_valid": 14,
        "per_customer_limit": None,
    },
)  # fmt: skip
DAY_120 = Message(
    name=_("120 days: a coupon"),
    purpose=AD,
    coupon=COME_BACK_COUPON,
    contents=everywhere(
        sms=(
            text(
                f"{YOU_KOREAN}, 다시 뵙고 싶어 15% 쿠폰을 준비했습니다.",
                "쿠폰 번호 {{ coupon.code }}",
                "2만 원 이상, 최대 10,000원, {{ coupon.valid_until }}까지",
                subject="다시 만나요",
                link=True,
            ),
            text(
                "We would love to see you again: 15% off purchases of 20,000 won or more, at most 10,000 won.",
                "Code {{ coupon.code }}, valid until {{ coupon.valid_until }}",
                subject="15% to come back",
                link=True,
            ),
        ),
        email=(
            mail(
                f"{YOU_KOREAN}, 다시 뵙고 싶습니다 · 15% 쿠폰",
                "다시 찾아 주시길 기다리며 준비했습니다",
                COUPON_KOREAN,
                "2만 원 이상 구매하실 때 최대 10,000원까지 할인됩니다.",
                button="쓰러 가기",
                preheader="{{ coupon.valid_until }}까지 쓰실 수 있습니다",
            ),
            mail(
                "15% off to welcome you back",
                "We would love to see you again",
                COUPON_ENGLISH,
                "On purchases of 20,000 won or more, at most 10,000 won off.",
                button="Use it now",
                preheader="Valid until {{ coupon.valid_until }}",
            ),
        ),
    ),
)
SIXTY_DAYS = SegmentTerms(
    _("60 days without an order"),
    {"all": [{"is": "last_order", "op": "more_than_days_ago", "value": 60}]},
)
add(
    Recipe(
        key="win_back",
        name=_("Win-back at 60, 90 and 120 days"),
        text=_("What is new on the 60th day, what others come back for on the 90th, a coupon only on the 120th."),
        for_whom=_("Whoever reaches 60 days without an order; it ends with a purchase"),
        goal=Goal.WIN_BACK,
        icon="undo-2",
        trigger="entered_segment",
        watched=SIXTY_DAYS,
        exits=(BOUGHT, OPTED_OUT),
        reentry=Reentry.AFTER_DAYS,
        reentry_days=180,
        latest_start_hours=72,
        exclusion_group=REMINDERS,
        priority=30,
        steps=(
            Wait({"until_hour": "10:00"}),
            Say(DAY_60),
            Wait({"after_anchor_days": 30, "at": "10:00"}),
            Say(DAY_90),
            Wait({"after_anchor_days": 60, "at": "10:00"}),
            Say(DAY_120),
        ),
    )
)

STILL_VISITS = SegmentTerms(
    _("Came by in the last 90 days"),
    {"all": [{"is": "last_visit", "op": "within_days", "value": 90}]},
)
DORMANT = SegmentTerms(
    _("Dormant: 180 days without an order"),
    {"all": [{"is": "last_order", "op": "more_than_days_ago", "value": 180}]},
)
WAKING = Message(
    name=_("Dormant: reasons to come back"),
    purpose=AD,
    coupon=COME_BACK_COUPON,
    contents=everywhere(
        email=(
            mail(
                f"{YOU_KOREAN}, 들러 주셔서 반가웠습니다 · 15% 쿠폰",
                "둘러보신 김에, 쿠폰도 챙겨 가세요",
                "얼마 전 다시 들러 주셨습니다. 편하게 구매하실 수 있도록 쿠폰을 준비했습니다.",
                COUPON_KOREAN,
                "2만 원 이상 구매하실 때 최대 10,000원까지 할인됩니다.",
                products="recommended",
                button="쓰러 가기",
                preheader="{{ coupon.valid_until }}까지 쓰실 수 있습니다",
            ),
            mail(
                "Nice to see you again: 15% off",
                "A coupon for your next visit",
                "You came by not long ago. Here is something to make it easier to decide.",
                COUPON_ENGLISH,
                "On purchases of 20,000 won or more, at most 10,000 won off.",
                products="recommended",
                button="Use it now",
                preheader="Valid until {{ coupon.valid_until }}",
            ),
        ),
        push=(
            push("반가웠어요, 쿠폰 챙겨 가세요", "15% 쿠폰 {{ coupon.code }}, {{ coupon.valid_until }}까지"),
            push(
                "Nice to see you again",
                "15% off until {{ coupon.valid_until }}: {{ coupon.code }}",
            ),
        ),
    ),
)
GOODBYE = Message(
    name=_("Lost: asked once more"),
    purpose=AD,
    contents=everywhere(
        email=(
            mail(
                f"{YOU_KOREAN}, 소식을 계속 보내 드려도 될까요?",
                "조심스럽게 여쭙습니다",
                "오랫동안 찾지 않으셔서, 저희 소식이 아직 필요하신지 여쭙니다.",
                "필요하지 않으시면 아래의 수신거부를 눌러 주세요. 계속 받아 보시려면 따로 하실 일이 없습니다.",
                "그동안 새로 들어온 상품은 여기에서 보실 수 있습니다.",
                button="새 상품 보기",
                preheader="필요하지 않으시면 편하게 알려 주세요",
            ),
            mail(
                "Shall we stay in touch?",
                "May we ask you something?",
                "You have not been here for a long time. Would you still like to hear from us?",
                "If not, just unsubscribe below. If you would, there is nothing to do.",
                "Here is what is new since you were here.",
                button="See what is new",
                preheader="If not, just tell us",
            ),
        ),
    ),
)
add(
    Recipe(
        key="dormant_or_lost",
        name=_("Dormant and lost told apart"),
        text=_(
            "After 180 days without an order: whoever still comes by gets a coupon, whoever does not is asked once "
            "more and then left alone."
        ),
        for_whom=_("Whoever reaches 180 days without an order; it ends with a purchase"),
        goal=Goal.WIN_BACK,
        icon="hourglass",
        trigger="entered_segment",
        watched=DORMANT,
        exits=(BOUGHT, OPTED_OUT),
        reentry=Reentry.AFTER_DAYS,
        reentry_days=365,
        latest_start_hours=72,
        exclusion_group=REMINDERS,
        priority=20,
        steps=(
            Wait({"until_hour": "11:00"}),
            OnlyIf(STILL_VISITS, yes=(Say(WAKING), Leave()), no=(Say(GOODBYE),)),
        ),
    )
)
