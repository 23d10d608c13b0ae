"""Recipes that ask: for a review, for satisfaction; and the one that asks about consent, which the shop has already."""

from django.utils.translation import gettext_lazy as _

from campaigns.models import InformationBasis
from campaigns.recipes.base import INFO, Goal, Message, Recipe, Reentry, Say, Wait, add
from campaigns.recipes.wording import YOU_ENGLISH, YOU_KOREAN, alimtalk, everywhere, mail, push, text
from customers.feedback.ready_surveys import DELIVERY

# Of the order that arrived: a later one may be on its way already.
ORDERED_ON = "{{ trigger.order.placed_on | default: last_order_on }}"
REVIEW = Message(
    name=_("Confirm the purchase and review it"),
    purpose=INFO,
    basis=InformationBasis.CONFIRMATION,
    contents=everywhere(
        alimtalk=(
            alimtalk(
                "구매 확정 및 후기 작성 안내",
                "[#{상호}] 구매 확정 안내",
                "",
                "#{고객명}, #{주문일}에 주문하신 상품은 잘 받으셨나요?",
                "받으신 상품에 문제가 없다면 구매를 확정하고 후기를 남겨 주세요.",
                "문제가 있다면 고객센터로 알려 주시기 바랍니다.",
                values={"상호": "{{ shop_name }}", "고객명": YOU_KOREAN, "주문일": ORDERED_ON},
            ),
        ),
        push=(
            push("상품은 잘 받으셨나요?", "구매를 확정하고 후기를 남겨 주세요."),
            push("Did everything arrive well?", "Confirm your purchase and tell us how it is."),
        ),
        email=(
            mail(
                "[{{ shop_name }}] 받으신 상품은 괜찮으셨나요?",
                f"{YOU_KOREAN}, 상품은 잘 받으셨나요?",
                f"{ORDERED_ON}에 주문하신 상품에 문제가 없다면 구매를 확정하고 후기를 남겨 주세요.",
                "문제가 있다면 이 메일에 적힌 고객센터로 알려 주시기 바랍니다.",
                button="구매 확정하고 후기 쓰기",
            ),
            mail(
                "[{{ shop_name }}] How is your purchase?",
                f"Hello {YOU_ENGLISH}, did everything arrive well?",
                f"If what you ordered on {ORDERED_ON} is as it should be, please confirm it and write a review.",
                "If anything is wrong, tell our customer care, whose number stands below.",
                button="Confirm and review",
            ),
        ),
    ),
)
add(
    Recipe(
        key="review_request",
        name=_("Review request"),
        text=_(
            "A week after the delivery: asks to confirm the purchase and to review it. No points, so no advertising."
        ),
        for_whom=_("Everybody whose order was delivered and not returned; once in 30 days"),
        goal=Goal.FEEDBACK,
        icon="star",
        trigger="order_delivered",
        exits=({"is": "order_returned"},),
        reentry=Reentry.AFTER_DAYS,
        reentry_days=30,
        latest_start_hours=72,
        steps=(Wait({"days": 7, "at": "10:00"}), Say(REVIEW)),
    )
)

SATISFACTION = Message(
    name=_("How content are you?"),
    purpose=INFO,
    basis=InformationBasis.SURVEY,
    survey=DELIVERY,
    contents=everywhere(
        email=(
            mail(
                "[{{ shop_name }}] 받으신 상품, 만족하셨나요?",
                f"{YOU_KOREAN}, 이번 구매는 어떠셨나요?",
                "1분이면 되는 짧은 설문입니다. 좋았던 점도 아쉬웠던 점도 들려주세요.",
                '<a class="button" href="{{ survey.link }}">의견 남기기</a>',
            ),
            mail(
                "[{{ shop_name }}] Are you content with your purchase?",
                f"Hello {YOU_ENGLISH}, how was it?",
                "A short survey of one minute. Tell us what was good and what was not.",
                '<a class="button" href="{{ survey.link }}">Tell us</a>',
            ),
        ),
        sms=(
            text(
                f"[{{{{ shop_name }}}}] {YOU_KOREAN}, 이번 구매는 어떠셨나요? 1분 설문으로 의견을 들려주세요.",
                "{{ survey.link }}",
                subject="만족도 조사",
            ),
            text(
                "[{{ shop_name }}] How was your purchase? A survey of one minute:",
                "{{ survey.link }}",
                subject="How was it?",
            ),
        ),
    ),
)
add(
    Recipe(
        key="satisfaction_survey",
        name=_("Satisfaction survey after delivery"),
        text=_("Three days after delivery, a survey of a minute. A low score opens a case and holds advertising back."),
        for_whom=_("Everybody whose order was delivered; once in 60 days"),
        goal=Goal.FEEDBACK,
        icon="message-square",
        trigger="order_delivered",
        exits=({"is": "order_returned"},),
        reentry=Reentry.AFTER_DAYS,
        reentry_days=60,
        latest_start_hours=72,
        steps=(Wait({"days": 3, "at": "11:00"}), Say(SATISFACTION)),
    )
)

add(
    Recipe(
        key="consent_reconfirmation",
        name=_("Consent re-confirmation"),
        text=_("The question that the law wants every two years. A standing notice asks it; look after it there."),
        for_whom=_("Everybody whose consent turns two years old"),
        goal=Goal.FEEDBACK,
        icon="shield-check",
        leads_to="admin:campaigns_compliance",
    )
)
