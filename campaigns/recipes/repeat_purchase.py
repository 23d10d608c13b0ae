"""Recipes for those who bought and are about to buy again."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from campaigns.recipes.base import (
    AD,
    BOUGHT,
    OPTED_OUT,
    ORDER_RETURNED,
    REMINDERS,
    Goal,
    Message,
    Recipe,
    Reentry,
    Say,
    Wait,
    add,
)
from campaigns.recipes.sure_cycles import categories_with_sure_cycles
from campaigns.recipes.wording import YOU_ENGLISH, YOU_KOREAN, everywhere, mail, push, text
from customers.cycles.reading import SURE

# 40 days into a cycle of 45.
DAYS_BEFORE = 5
TIME_TO_BUY_AGAIN = Message(
    name=_("Time to buy again"),
    purpose=AD,
    contents=everywhere(
        push=(
            push("떨어질 때가 되지 않았나요?", "구매하셨던 상품을 미리 챙겨 보세요."),
            push("Running low?", "Stock up on what you bought."),
        ),
        email=(
            mail(
                f"{YOU_KOREAN}, 다시 채우실 때가 되었습니다",
                "떨어지기 전에 챙겨 두세요",
                "구매하셨던 상품이 떨어질 때가 되었습니다. 보통 이맘때 다시 찾으시는 상품입니다.",
                products="repeat_due",
                button="다시 구매하기",
                preheader="이맘때 다시 찾으시는 상품입니다",
            ),
            mail(
                "Time to stock up again?",
                f"Hello {YOU_ENGLISH}, before you run out",
                "What you bought may be running low. This is about when people buy again.",
                products="repeat_due",
                button="Buy again",
                preheader="About when people buy again",
            ),
        ),
        sms=(
            text(
                f"{YOU_KOREAN}, 구매하셨던 상품이 떨어질 때가 되었습니다.",
                "다시 구매하기",
                subject="다시 채울 시기",
                link=True,
            ),
            text("You may be running low on what you bought. Buy again:", subject="Running low?", link=True),
        ),
    ),
)


def _due_soon() -> dict[str, Any]:
    known = {"cycle_of": "category", "days": DAYS_BEFORE, "at": "10:00", "confidence": round(SURE * 100)}
    categories = categories_with_sure_cycles()
    return known | ({"categories": categories} if categories else {})


add(
    Recipe(
        key="repurchase_due",
        name=_("Day 40 of a 45-day cycle"),
        text=_("Five days before somebody is due to buy from a category again, by their own cycle or everybody’s."),
        for_whom=_("Buyers in the categories whose cycle is sure; it ends when they buy"),
        goal=Goal.REPEAT_PURCHASE,
        icon="repeat",
        trigger="repurchase_due",
        settings=_due_soon,
        exits=({"is": "bought_category"}, OPTED_OUT),
        reentry=Reentry.AFTER_DAYS,
        reentry_days=30,
        exclusion_group=REMINDERS,
        priority=60,
        steps=(Say(TIME_TO_BUY_AGAIN),),
    )
)

RELATED = Message(
    name=_("Related products"),
    purpose=AD,
    contents=everywhere(
        email=(
            mail(
                f"{YOU_KOREAN}의 취향에 맞춰 골랐습니다",
                "두 번 찾아 주신 덕분에 취향을 알 것 같습니다",
                "지금까지 구매하신 상품과 함께 찾는 분이 많은 상품입니다.",
                products="bought_together",
                button="더 보기",
                preheader="{{ bought_together.first.name | default: '취향에 맞춰 고른 상품' }}",
            ),
            mail(
                "Chosen to your taste",
                f"Hello {YOU_ENGLISH}, we think we know what you like",
                "People who bought what you bought often take these as well.",
                products="bought_together",
                button="See more",
                preheader="{{ bought_together.first.name | default: 'Chosen to your taste' }}",
            ),
        ),
        push=(
            push("취향에 맞춰 골랐어요", "구매하신 상품과 잘 어울리는 것들이에요."),
            push("Chosen to your taste", "These go well with what you bought."),
        ),
    ),
)
add(
    Recipe(
        key="second_order",
        name=_("Related products after two purchases"),
        text=_("A week after the second purchase: products that people with the same purchases take as well."),
        for_whom=_("Whoever bought for the second time; it ends with the third purchase"),
        goal=Goal.REPEAT_PURCHASE,
        icon="layers",
        trigger="nth_order",
        settings={"number": 2},
        exits=(ORDER_RETURNED, BOUGHT),
        steps=(Wait({"days": 7, "at": "10:00"}), Say(RELATED)),
    )
)
