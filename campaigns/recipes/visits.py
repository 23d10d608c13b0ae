"""Recipes for people who looked or filled a cart, and did not buy."""

from django.utils.translation import gettext_lazy as _

from campaigns.recipes.base import AD, BOUGHT, OPTED_OUT, REMINDERS, Goal, Message, Recipe, Reentry, Say, Wait, add
from campaigns.recipes.wording import YOU_ENGLISH, YOU_KOREAN, everywhere, mail, push, text

CART_SOON = Message(
    name=_("The cart is still there"),
    purpose=AD,
    contents=everywhere(
        push=(
            push("담아 두신 상품이 있어요", "장바구니에서 이어서 주문하실 수 있어요."),
            push("Your cart is waiting", "Pick up where you left off."),
        ),
        email=(
            mail(
                f"{YOU_KOREAN}, 장바구니에 담아 두신 상품이 있습니다",
                "주문을 마치지 않으셨나요?",
                "담아 두신 상품을 그대로 보관하고 있습니다. 장바구니에서 이어서 주문하실 수 있습니다.",
                "가격과 재고는 주문하실 때 확정됩니다.",
                products="left_in_cart",
                button="장바구니로 가기",
                preheader="담아 두신 그대로 이어서 주문하세요",
            ),
            mail(
                "You left something in your cart",
                f"Hello {YOU_ENGLISH}, did you want to finish your order?",
                "What you chose is still in your cart, and you can go on from there.",
                "Prices and stock are settled when you order.",
                products="left_in_cart",
                button="Go to your cart",
                preheader="Pick up where you left off",
            ),
        ),
        sms=(
            text(
                f"{YOU_KOREAN}, 장바구니에 담아 두신 상품이 기다리고 있습니다.",
                "이어서 주문하기",
                subject="장바구니 안내",
                link=True,
            ),
            text("You left something in your cart. Go on here:", subject="Your cart", link=True),
        ),
    ),
)
CART_NEXT_DAY = Message(
    name=_("The cart, a day later"),
    purpose=AD,
    contents=everywhere(
        push=(
            push("아직 고민 중이신가요?", "담아 두신 상품과 비슷한 상품도 함께 보세요."),
            push("Still thinking about it?", "Have a look at your cart and what fits."),
        ),
        email=(
            mail(
                f"{YOU_KOREAN}, 아직 고민 중이신가요?",
                "담아 두신 상품, 그리고 함께 볼 만한 상품",
                "장바구니에 담아 두신 상품이 아직 남아 있습니다. 망설여지신다면 이런 상품은 어떠세요?",
                products="bought_together",
                button="장바구니로 가기",
                preheader="함께 볼 만한 상품도 골랐습니다",
            ),
            mail(
                "Still thinking about it?",
                "Your cart, and what you might like as well",
                "What you chose is still in your cart. If it is not quite right, how about these?",
                products="bought_together",
                button="Go to your cart",
                preheader="And what you might like as well",
            ),
        ),
    ),
)
add(
    Recipe(
        key="cart_left",
        name=_("Cart reminder"),
        text=_("Two hours after a cart was left a short reminder, a day after it one more with what else might fit."),
        for_whom=_("Whoever left something in the cart; it ends with a purchase, and begins once a week at most"),
        goal=Goal.VISITS,
        icon="shopping-cart",
        trigger="cart_left",
        settings={"hours": 2},
        exits=({"is": "cart_settled"}, OPTED_OUT),
        reentry=Reentry.AFTER_DAYS,
        reentry_days=7,
        latest_start_hours=6,
        exclusion_group=REMINDERS,
        priority=80,
        steps=(Say(CART_SOON), Wait({"hours": 22}), Say(CART_NEXT_DAY)),
    )
)

STILL_INTERESTED = Message(
    name=_("What you looked at"),
    purpose=AD,
    contents=everywhere(
        push=(
            push("눈여겨보신 상품, 어떠세요?", "다시 보고 비슷한 상품과 비교해 보세요."),
            push("Still on your mind?", "See it again and compare."),
        ),
        email=(
            mail(
                f"{YOU_KOREAN}, 눈여겨보신 상품이 있으신가요?",
                "천천히 비교해 보세요",
                "최근 살펴보신 상품을 다시 모았습니다.",
                products="viewed",
                button="다시 보러 가기",
                preheader="최근 살펴보신 상품을 모았습니다",
            ),
            mail(
                "Still on your mind?",
                "Take your time to compare",
                "Here is what you looked at lately, to see again and compare.",
                products="viewed",
                button="Look again",
                preheader="What you looked at lately",
            ),
        ),
    ),
)
add(
    Recipe(
        key="viewed_not_bought",
        name=_("Viewed and not bought"),
        text=_("The morning after somebody looked at the same product for the third time, it is shown once more."),
        for_whom=_("Whoever viewed a product three times without buying it; once in two weeks at most"),
        goal=Goal.VISITS,
        icon="eye",
        trigger="viewed_not_bought",
        settings={"of": "product", "times": 3, "days": 14},
        exits=(BOUGHT, OPTED_OUT),
        reentry=Reentry.AFTER_DAYS,
        reentry_days=14,
        exclusion_group=REMINDERS,
        priority=70,
        steps=(Wait({"days": 1, "at": "10:00"}), Say(STILL_INTERESTED)),
    )
)
