"""Recipes from the first purchase to the second."""

from django.utils.translation import gettext_lazy as _

from campaigns.recipes.base import (
    AD,
    BOUGHT,
    OPTED_OUT,
    ORDER_RETURNED,
    CouponTerms,
    Goal,
    Message,
    Recipe,
    Say,
    Wait,
    add,
)
from campaigns.recipes.wording import (
    COUPON_ENGLISH,
    COUPON_KOREAN,
    YOU_KOREAN,
    everywhere,
    mail,
    push,
    text,
)

HOW_TO_USE = Message(
    name=_("How to get the most out of it"),
    purpose=AD,
    contents=everywhere(
        email=(
            mail(
                f"{YOU_KOREAN}, 잘 쓰고 계신가요?",
                "쓰시면서 궁금한 점은 없으신가요?",
                "첫 구매에 감사드립니다. 구매하신 상품을 오래 잘 쓰시기 바랍니다.",
                "쓰는 법이나 보관법이 궁금하시면 상품 상세 페이지를 확인하시거나 고객센터에 물어봐 주세요.",
                button="상품 페이지 보기",
                preheader="궁금한 점은 편하게 물어봐 주세요",
            ),
            mail(
                "Are you getting the most out of it?",
                "Any questions about it?",
                "Thank you for your first purchase. We hope it serves you well.",
                "The page of each product says more about it, and customer care is happy to answer your questions.",
                button="See the product pages",
                preheader="We are happy to answer your questions",
            ),
        ),
        push=(
            push("잘 쓰고 계신가요?", "쓰는 법이 궁금하시면 상품 페이지를 확인해 보세요."),
            push("Enjoying your purchase?", "Any questions? The product page says more."),
        ),
    ),
)
FITS_WELL = Message(
    name=_("What goes well with it"),
    purpose=AD,
    contents=everywhere(
        email=(
            mail(
                f"{YOU_KOREAN}, 함께 쓰면 좋은 상품입니다",
                "지난번 상품과 잘 어울립니다",
                "{{ last_order_on }}에 구매하신 상품과 함께 찾는 분이 많은 상품을 골랐습니다.",
                products="bought_together",
                button="더 보기",
                preheader="{{ bought_together.first.name | default: '함께 찾는 분이 많은 상품' }}",
            ),
            mail(
                "What goes well with your purchase",
                "Chosen to go with what you bought",
                "People who bought what you bought on {{ last_order_on }} often take these as well.",
                products="bought_together",
                button="See more",
                preheader="{{ bought_together.first.name | default: 'Often bought together' }}",
            ),
        ),
        push=(
            push("함께 쓰면 좋은 상품", "지난번 상품과 잘 어울리는 것들을 골랐어요."),
            push("Goes well with your purchase", "We picked what fits what you bought."),
        ),
        sms=(
            text(
                f"{YOU_KOREAN}, 지난번 구매하신 상품과 함께 찾는 분이 많은 상품을 골랐습니다.",
                subject="함께 쓰면 좋은 상품",
                link=True,
            ),
            text(
                "We picked products that go well with your last purchase.",
                subject="Goes well with it",
                link=True,
            ),
        ),
    ),
)
add(
    Recipe(
        key="after_first_order",
        name=_("Two weeks after the first purchase"),
        text=_("On the third day how to use what was bought, after two weeks what goes well with it."),
        for_whom=_("First-time buyers; it ends with the second purchase"),
        goal=Goal.FIRST_PURCHASE,
        icon="lightbulb",
        trigger="first_order",
        exits=(ORDER_RETURNED, BOUGHT, OPTED_OUT),
        steps=(
            Wait({"after_anchor_days": 3, "at": "10:00"}),
            Say(HOW_TO_USE),
            Wait({"after_anchor_days": 14, "at": "10:00"}),
            Say(FITS_WELL),
        ),
    )
)

SECOND_COUPON = CouponTerms(
    {"ko": "두 번째 구매 10% 할인 쿠폰", "en": "10% off your second purchase"},
    {"kind": "percent", "percent": 10, "most_off": 5_000, "minimum_amount": 20_000, "days_valid": 14},
)
SECOND_PURCHASE = Message(
    name=_("Coupon for the second purchase"),
    purpose=AD,
    coupon=SECOND_COUPON,
    contents=everywhere(
        email=(
            mail(
                f"{YOU_KOREAN}, 한 달 만에 인사드립니다 · 10% 쿠폰",
                "두 번째 구매는 10% 가볍게",
                "{{ last_order_on }}에 처음 찾아 주신 뒤 한 달이 지났습니다. 다시 뵙고 싶어 쿠폰을 준비했습니다.",
                COUPON_KOREAN,
                "2만 원 이상 구매하실 때 최대 5,000원까지 할인됩니다.",
                products="recommended",
                button="쓰러 가기",
                preheader="{{ coupon.valid_until }}까지 쓰실 수 있습니다",
            ),
            mail(
                "It has been a month: 10% off your second purchase",
                "10% off your second purchase",
                "It is a month since you first bought from us on {{ last_order_on }}. We would love to see you again.",
                COUPON_ENGLISH,
                "On purchases of 20,000 won or more, at most 5,000 won off.",
                products="recommended",
                button="Use it now",
                preheader="Valid until {{ coupon.valid_until }}",
            ),
        ),
        sms=(
            text(
                f"{YOU_KOREAN}, 두 번째 구매에 쓰실 10% 쿠폰을 드립니다.",
                "쿠폰 번호 {{ coupon.code }}",
                "2만 원 이상, 최대 5,000원, {{ coupon.valid_until }}까지",
                subject="두 번째 구매 쿠폰",
                link=True,
            ),
            text(
                "10% off your second purchase of 20,000 won or more, at most 5,000 won.",
                "Code {{ coupon.code }}, valid until {{ coupon.valid_until }}",
                subject="10% for you",
                link=True,
            ),
        ),
    ),
)
add(
    Recipe(
        key="thirtieth_day",
        name=_("30 days after the first purchase"),
        text=_("Whoever has not come back by the 30th day gets a reason to: a coupon and products that fit."),
        for_whom=_("First-time buyers without a second purchase in 30 days"),
        goal=Goal.FIRST_PURCHASE,
        icon="calendar",
        trigger="first_order",
        exits=(ORDER_RETURNED, BOUGHT, OPTED_OUT),
        latest_start_hours=72,
        steps=(Wait({"after_anchor_days": 30, "at": "10:00"}), Say(SECOND_PURCHASE)),
    )
)
