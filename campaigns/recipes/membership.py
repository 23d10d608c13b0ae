"""Recipes of points and tiers. What the terms oblige the shop to say is information; an encouragement advertises."""

from django.utils.translation import gettext_lazy as _

from campaigns.models import InformationBasis
from campaigns.recipes.base import AD, BOUGHT, INFO, OPTED_OUT, Contents, Goal, Message, Recipe, Reentry, Say, Wait, add
from campaigns.recipes.wording import YOU_ENGLISH, YOU_KOREAN, alimtalk, everywhere, mail, push, text

EXPIRING: dict[str, Contents] = dict(
    everywhere(
        alimtalk=(
            alimtalk(
                "적립금 소멸 예정 안내",
                "[#{상호}] 적립금 소멸 예정 안내",
                "",
                "#{고객명}, 구매로 적립하신 적립금이 이용약관에 따라 소멸될 예정입니다.",
                "■ 소멸 예정 적립금: #{적립금}P",
                "■ 유효 기한: #{소멸일}",
                values={
                    "상호": "{{ shop_name }}",
                    "고객명": YOU_KOREAN,
                    "적립금": "{{ points.expiring }}",
                    "소멸일": "{{ points.expiring_on }}",
                },
            ),
        ),
        email=(
            mail(
                "[{{ shop_name }}] 적립금 소멸 예정 안내",
                f"{YOU_KOREAN}, 적립금 소멸 예정일을 알려 드립니다.",
                "구매로 적립하신 적립금이 이용약관에 따라 소멸될 예정입니다.",
                "소멸 예정 적립금 <strong>{{ points.expiring }}P</strong> · 유효 기한 {{ points.expiring_on }}",
                "적립 내역은 마이페이지에서 확인하실 수 있습니다.",
                button="적립 내역 확인하기",
            ),
            mail(
                "[{{ shop_name }}] Your points expire soon",
                f"Hello {YOU_ENGLISH}, some of your points are about to expire.",
                "By the terms, points that you earned by buying expire after a time.",
                "<strong>{{ points.expiring }} points</strong>, valid until {{ points.expiring_on }}",
                "You see all of them on your account page.",
                button="See your points",
            ),
        ),
        sms=(
            text(
                "[{{ shop_name }}] 적립금 {{ points.expiring }}P가 {{ points.expiring_on }} 이후 소멸될 예정입니다.",
            ),
            text("[{{ shop_name }}] {{ points.expiring }} points expire after {{ points.expiring_on }}."),
        ),
    )
)


def _expiry(name: str) -> Message:
    return Message(name=name, purpose=INFO, basis=InformationBasis.EXPIRY, contents=EXPIRING)


add(
    Recipe(
        key="points_expiring",
        name=_("Points expiring in 60, 30 and 3 days"),
        text=_("How many points expire and on which day, three times, as the terms promise; nothing is advertised."),
        for_whom=_("Members whose earned points expire; who has used them hears nothing more"),
        goal=Goal.MEMBERSHIP,
        icon="coins",
        trigger="points_expiring",
        settings={"days": 60},
        reentry=Reentry.EVERY,
        steps=(
            Wait({"until_hour": "10:00"}),
            Say(_expiry(_("60 days before the points expire"))),
            Wait({"after_anchor_days": 30, "at": "10:00"}),
            Say(_expiry(_("30 days before the points expire"))),
            Wait({"after_anchor_days": 57, "at": "10:00"}),
            Say(_expiry(_("3 days before the points expire"))),
        ),
    )
)

TIER_REACHED = Message(
    name=_("New tier"),
    purpose=INFO,
    basis=InformationBasis.TIER,
    contents=everywhere(
        alimtalk=(
            alimtalk(
                "회원 등급 변경 안내",
                "[#{상호}] 회원 등급 변경 안내",
                "",
                "#{고객명}의 회원 등급이 변경되었습니다.",
                "■ 새 등급: #{등급}",
                "■ 안내일: #{안내일}",
                values={
                    "상호": "{{ shop_name }}",
                    "고객명": YOU_KOREAN,
                    "등급": "{{ tier.name }}",
                    "안내일": "{{ today }}",
                },
            ),
        ),
        email=(
            mail(
                "[{{ shop_name }}] 회원 등급이 변경되었습니다",
                f"{YOU_KOREAN}의 회원 등급이 변경되었습니다.",
                "새 등급은 <strong>{{ tier.name }}</strong>입니다.",
                "등급 기준과 유지 기간은 마이페이지에서 확인하실 수 있습니다.",
                button="내 등급 확인하기",
            ),
            mail(
                "[{{ shop_name }}] Your tier has changed",
                f"Hello {YOU_ENGLISH}, you have a new tier.",
                "Your tier is now <strong>{{ tier.name }}</strong>.",
                "You see how tiers are reached and kept on your account page.",
                button="See your tier",
            ),
        ),
        sms=(
            text(f"[{{{{ shop_name }}}}] {YOU_KOREAN}의 회원 등급이 {{{{ tier.name }}}}(으)로 변경되었습니다."),
            text("[{{ shop_name }}] Your tier is now {{ tier.name }}."),
        ),
    ),
)
add(
    Recipe(
        key="tier_reached",
        name=_("Tier reached"),
        text=_("Says which tier the customer has now, and nothing else: information, not advertising."),
        for_whom=_("Whoever reaches a higher tier"),
        goal=Goal.MEMBERSHIP,
        icon="trending-up",
        trigger="tier_reached",
        reentry=Reentry.EVERY,
        latest_start_hours=72,
        steps=(Wait({"until_hour": "10:00"}), Say(TIER_REACHED)),
    )
)

TIER_AT_RISK = Message(
    name=_("Keep your tier"),
    purpose=AD,
    contents=everywhere(
        push=(
            push("등급을 지켜 주세요", "등급 유지 기간이 곧 끝나요. 확인해 보세요."),
            push("Keep your tier", "Your tier is about to end. See what is left."),
        ),
        email=(
            mail(
                f"{YOU_KOREAN}, {{{{ tier.name }}}} 등급 유지 기간이 곧 끝납니다",
                "{{ tier.name }} 등급, 계속 함께해 주세요",
                "구매가 유지 기준에 조금 모자랍니다. 기간 안에 구매하시면 지금의 혜택을 그대로 누리실 수 있습니다.",
                "남은 금액과 기한은 마이페이지에서 확인하실 수 있습니다.",
                products="recommended",
                button="등급 확인하기",
                preheader="기간 안에 구매하시면 등급이 유지됩니다",
            ),
            mail(
                "Your {{ tier.name }} tier is about to end",
                f"Hello {YOU_ENGLISH}, stay {{{{ tier.name }}}}",
                "You are not far from keeping your tier. Buy before the period is over, and its benefits stay yours.",
                "You see what is missing and until when on your account page.",
                products="recommended",
                button="See your tier",
                preheader="Buy in time and keep your tier",
            ),
        ),
        sms=(
            text(
                f"{YOU_KOREAN}, {{{{ tier.name }}}} 등급 유지 기간이 곧 끝납니다.",
                "기간 안에 구매하시면 등급이 유지됩니다.",
                subject="등급 유지 안내",
                link=True,
            ),
            text(
                "Your {{ tier.name }} tier is about to end. Buy in time and keep it.",
                subject="Keep your tier",
                link=True,
            ),
        ),
    ),
)
add(
    Recipe(
        key="tier_at_risk",
        name=_("Tier at risk"),
        text=_("Thirty days before a tier would be lost: a reminder that a purchase in time keeps it."),
        for_whom=_("Members whose tier ends if they buy no more"),
        goal=Goal.MEMBERSHIP,
        icon="trending-down",
        trigger="tier_at_risk",
        settings={"days": 30},
        exits=(BOUGHT, OPTED_OUT),
        reentry=Reentry.EVERY,
        latest_start_hours=72,
        steps=(Wait({"until_hour": "10:00"}), Say(TIER_AT_RISK)),
    )
)
