"""The recipe from the sign-up to the first purchase."""

from django.utils.translation import gettext_lazy as _

from campaigns.models import InformationBasis
from campaigns.recipes.base import AD, BOUGHT, INFO, CouponTerms, Goal, Message, Recipe, Say, Wait, add
from campaigns.recipes.wording import (
    COUPON_ENGLISH,
    COUPON_KOREAN,
    YOU_ENGLISH,
    YOU_KOREAN,
    alimtalk,
    everywhere,
    mail,
    push,
    text,
)

SIGNED_UP = Message(
    name=_("Sign-up confirmed"),
    purpose=INFO,
    basis=InformationBasis.ACCOUNT,
    contents=everywhere(
        alimtalk=(
            alimtalk(
                "회원가입 완료 안내",
                "[#{상호}] 회원가입이 완료되었습니다.",
                "",
                "#{고객명}, 가입해 주셔서 감사합니다.",
                "■ 가입일: #{가입일}",
                "■ 회원번호: #{회원번호}",
                values={
                    "상호": "{{ shop_name }}",
                    "고객명": YOU_KOREAN,
                    "가입일": "{{ joined_on }}",
                    "회원번호": "{{ customer_number }}",
                },
            ),
        ),
        email=(
            mail(
                "[{{ shop_name }}] 회원가입이 완료되었습니다",
                f"{YOU_KOREAN}, 가입해 주셔서 감사합니다.",
                "가입일 {{ joined_on }} · 회원번호 {{ customer_number }}",
                "가입 정보와 수신 설정은 마이페이지에서 언제든지 확인하고 바꾸실 수 있습니다.",
                button="내 정보 확인하기",
            ),
            mail(
                "[{{ shop_name }}] Your account is ready",
                f"Hello {YOU_ENGLISH}, thank you for joining us.",
                "Joined on {{ joined_on }} · customer number {{ customer_number }}",
                "You can see and change your details and what we may send you on your account page at any time.",
                button="See your details",
            ),
        ),
        sms=(
            text(f"[{{{{ shop_name }}}}] {YOU_KOREAN}, 회원가입이 완료되었습니다. 회원번호 {{{{ customer_number }}}}"),
            text("[{{ shop_name }}] Your account is ready. Customer number {{ customer_number }}"),
        ),
    ),
)
GETTING_TO_KNOW = Message(
    name=_("What others begin with"),
    purpose=AD,
    contents=everywhere(
        email=(
            mail(
                f"{YOU_KOREAN}, 무엇부터 볼지 고민되신다면",
                "많은 분이 찾는 상품을 모았습니다",
                "{{ shop_name }}에서 많은 분이 찾는 상품입니다. 천천히 둘러보세요.",
                products="recommended",
                button="모두 보기",
                preheader="많은 분이 찾는 상품부터 둘러보세요",
            ),
            mail(
                "Not sure where to begin?",
                "What others choose",
                "These are products that many people choose at {{ shop_name }}. Have a look around.",
                products="recommended",
                button="See them all",
                preheader="What many people choose",
            ),
        ),
        push=(
            push("무엇부터 볼지 고민되신다면", "많은 분이 찾는 상품을 모았어요."),
            push("Not sure where to begin?", "See what many people choose."),
        ),
    ),
)
FIRST_COUPON = CouponTerms(
    {"ko": "첫 구매 3,000원 할인 쿠폰", "en": "3,000 won off your first purchase"},
    {"kind": "amount", "amount": 3_000, "minimum_amount": 20_000, "days_valid": 7, "per_customer_limit": 1},
)
FIRST_PURCHASE = Message(
    name=_("Coupon for the first purchase"),
    purpose=AD,
    coupon=FIRST_COUPON,
    contents=everywhere(
        email=(
            mail(
                f"{YOU_KOREAN}의 첫 구매를 응원합니다 · 3,000원 쿠폰",
                "첫 구매에 쓰실 쿠폰을 넣어 드렸습니다",
                COUPON_KOREAN,
                "2만 원 이상 구매하실 때 결제 화면에서 쿠폰 번호를 넣어 주세요.",
                button="쓰러 가기",
                preheader="{{ coupon.valid_until }}까지 쓰실 수 있습니다",
            ),
            mail(
                "3,000 won off your first purchase",
                "A coupon for your first purchase",
                COUPON_ENGLISH,
                "Enter the code at the checkout when you buy for 20,000 won or more.",
                button="Use it now",
                preheader="Valid until {{ coupon.valid_until }}",
            ),
        ),
        sms=(
            text(
                f"{YOU_KOREAN}, 첫 구매에 쓰실 3,000원 쿠폰을 드립니다.",
                "쿠폰 번호 {{ coupon.code }}",
                "2만 원 이상, {{ coupon.valid_until }}까지",
                subject="첫 구매 쿠폰",
                link=True,
            ),
            text(
                "3,000 won off your first purchase of 20,000 won or more.",
                "Code {{ coupon.code }}, valid until {{ coupon.valid_until }}",
                subject="Your first coupon",
                link=True,
            ),
        ),
    ),
)
add(
    Recipe(
        key="welcome",
        name=_("Welcome and first purchase"),
        text=_("Confirms the sign-up at once, shows what others begin with, and on the fifth day brings a coupon."),
        for_whom=_("Everybody who signs up; it ends with the first purchase"),
        goal=Goal.FIRST_PURCHASE,
        icon="user",
        trigger="signed_up",
        exits=(BOUGHT,),
        steps=(
            Say(SIGNED_UP),
            Wait({"after_anchor_days": 2, "at": "10:00"}),
            Say(GETTING_TO_KNOW),
            Wait({"after_anchor_days": 5, "at": "10:00"}),
            Say(FIRST_PURCHASE),
        ),
    )
)
