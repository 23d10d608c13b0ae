"""Recipes for regular customers: who has become one, what they get for it, and what they get each month."""

from django.utils.translation import gettext_lazy as _

from campaigns.models import InformationBasis
from campaigns.recipes.base import (
    AD,
    INFO,
    ORDER_RETURNED,
    CouponTerms,
    Goal,
    Message,
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
    alimtalk,
    everywhere,
    mail,
    text,
)

VIP_NOTICE = Message(
    name=_("You are a VIP now"),
    purpose=INFO,
    basis=InformationBasis.TIER,
    contents=everywhere(
        alimtalk=(
            alimtalk(
                "VIP 고객 등록 안내",
                "[#{상호}] VIP 고객 등록 안내",
                "",
                "#{고객명}, 세 번째 구매가 확인되어 VIP 고객으로 등록되었습니다.",
                "■ 등록일: #{등록일}",
                "■ 회원번호: #{회원번호}",
                values={
                    "상호": "{{ shop_name }}",
                    "고객명": YOU_KOREAN,
                    "등록일": "{{ today }}",
                    "회원번호": "{{ customer_number }}",
                },
            ),
        ),
        email=(
            mail(
                "[{{ shop_name }}] VIP 고객으로 등록되었습니다",
                f"{YOU_KOREAN}, VIP 고객으로 등록되었습니다.",
                "세 번째 구매가 확인되었습니다. 등록일 {{ today }} · 회원번호 {{ customer_number }}",
                "궁금한 점은 이 메일에 적힌 고객센터로 알려 주시기 바랍니다.",
                button="내 정보 확인하기",
            ),
            mail(
                "[{{ shop_name }}] You are registered as a VIP",
                f"Hello {YOU_ENGLISH}, you are a VIP customer now.",
                "Your third purchase is confirmed. Registered on {{ today }}, customer number {{ customer_number }}.",
                "If you have a question, ask our customer care, whose number stands below.",
                button="See your details",
            ),
        ),
        sms=(
            text(f"[{{{{ shop_name }}}}] {YOU_KOREAN}, 세 번째 구매가 확인되어 VIP 고객으로 등록되었습니다."),
            text("[{{ shop_name }}] Your third purchase is confirmed. You are a VIP customer now."),
        ),
    ),
)
add(
    Recipe(
        key="vip_notice",
        name=_("VIP at three purchases: the bare notice"),
        text=_("Says that the third purchase made the customer a VIP, and nothing else: information, not advertising."),
        for_whom=_("Whoever buys for the third time"),
        goal=Goal.REGULARS,
        icon="crown",
        trigger="nth_order",
        settings={"number": 3},
        exits=(ORDER_RETURNED,),
        # Information may leave at any hour; that somebody became a VIP need not wake them.
        steps=(Wait({"until_hour": "10:00"}), Say(VIP_NOTICE)),
    )
)

VIP_COUPON = CouponTerms(
    {"ko": "VIP 10% 할인 쿠폰", "en": "10% off for VIPs"},
    {"kind": "percent", "percent": 10, "most_off": 10_000, "minimum_amount": 20_000, "days_valid": 30},
)
VIP_BENEFITS = Message(
    name=_("What VIPs get"),
    purpose=AD,
    coupon=VIP_COUPON,
    contents=everywhere(
        email=(
            mail(
                f"{YOU_KOREAN}, VIP가 되신 것을 축하드립니다",
                "VIP 고객께 드리는 혜택을 안내해 드립니다",
                "세 번이나 찾아 주셔서 감사합니다. 감사의 마음을 담아 VIP 고객 쿠폰을 드립니다.",
                COUPON_KOREAN,
                "2만 원 이상 구매하실 때 최대 10,000원까지 할인됩니다.",
                button="혜택 보기",
                preheader="VIP 쿠폰이 도착했습니다",
            ),
            mail(
                "Congratulations, you are a VIP",
                "What you get as a VIP",
                "Thank you for coming back. This coupon is for our VIPs.",
                COUPON_ENGLISH,
                "On purchases of 20,000 won or more, at most 10,000 won off.",
                button="See your benefits",
                preheader="Your VIP coupon is here",
            ),
        ),
        sms=(
            text(
                f"{YOU_KOREAN}, VIP가 되신 것을 축하드립니다. 10% 쿠폰을 드립니다.",
                "쿠폰 번호 {{ coupon.code }}",
                "2만 원 이상, 최대 10,000원, {{ coupon.valid_until }}까지",
                subject="VIP 안내",
                link=True,
            ),
            text(
                "You are a VIP now: 10% off purchases of 20,000 won or more, at most 10,000 won.",
                "Code {{ coupon.code }}, valid until {{ coupon.valid_until }}",
                subject="For our VIPs",
                link=True,
            ),
        ),
    ),
)
add(
    Recipe(
        key="vip_benefits",
        name=_("VIP at three purchases: the benefits"),
        text=_(
            "The day after the third purchase: what VIPs get, with a coupon. Apart from the notice, as it advertises."
        ),
        for_whom=_("Whoever buys for the third time and agreed to advertising"),
        goal=Goal.REGULARS,
        icon="gift",
        trigger="nth_order",
        settings={"number": 3},
        exits=(ORDER_RETURNED,),
        steps=(Wait({"days": 1, "at": "11:00"}), Say(VIP_BENEFITS)),
    )
)

REGULARS = SegmentTerms(
    _("Regulars: three orders in half a year"),
    {"all": [{"is": "orders", "op": "at_least", "value": 3, "window": {"last_days": 180}}]},
)
MONTHLY_COUPON = CouponTerms(
    {"ko": "단골 고객 이달의 5% 할인 쿠폰", "en": "5% off this month for regulars"},
    {
        "kind": "percent", "percent": 5, "most_off": 5_000, "minimum_amount": 10_000, "days_valid": 27,
        "per_customer_limit": None,
    },
)  # fmt: skip
MONTHLY = Message(
    name=_("Coupon of the month"),
    purpose=AD,
    coupon=MONTHLY_COUPON,
    contents=everywhere(
        email=(
            mail(
                f"{YOU_KOREAN}, 이달의 단골 쿠폰입니다",
                "늘 찾아 주셔서 감사합니다",
                "꾸준히 찾아 주시는 분께 매달 드리는 쿠폰입니다.",
                COUPON_KOREAN,
                "1만 원 이상 구매하실 때 최대 5,000원까지 할인됩니다.",
                button="쓰러 가기",
                preheader="{{ coupon.valid_until }}까지 쓰실 수 있습니다",
            ),
            mail(
                "Your coupon of the month",
                "Thank you for coming back again and again",
                "Every month we give this to those who buy from us regularly.",
                COUPON_ENGLISH,
                "On purchases of 10,000 won or more, at most 5,000 won off.",
                button="Use it now",
                preheader="Valid until {{ coupon.valid_until }}",
            ),
        ),
        sms=(
            text(
                f"{YOU_KOREAN}, 이달의 단골 5% 쿠폰입니다.",
                "쿠폰 번호 {{ coupon.code }}",
                "1만 원 이상, 최대 5,000원, {{ coupon.valid_until }}까지",
                subject="이달의 단골 쿠폰",
                link=True,
            ),
            text(
                "5% off this month on purchases of 10,000 won or more, at most 5,000 won.",
                "Code {{ coupon.code }}, valid until {{ coupon.valid_until }}",
                subject="Coupon of the month",
                link=True,
            ),
        ),
    ),
)
add(
    Recipe(
        key="monthly_coupon",
        name=_("Monthly coupon for regulars"),
        text=_("On the first day of each month a small coupon that holds until the month is over."),
        for_whom=_("Whoever bought three times in the last half year"),
        goal=Goal.REGULARS,
        icon="ticket",
        trigger="each_month",
        settings={"day": 1, "at": "10:00"},
        segment=REGULARS,
        reentry=Reentry.EVERY,
        steps=(Say(MONTHLY),),
    )
)
