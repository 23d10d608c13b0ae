"""Recipes of points and tiers. What the terms oblige the shop to say is information; an encouragement advertises."""

from django.utils.translation import gettext_lazy as _

from campaigns.models import InformationBasis
from campaigns.recipes.base import AD, BOUGHT, INFO, OPTED_OUT, Goal, Message, Recipe, Reentry, Say, Wait, add
from campaigns.recipes.wording import YOU_ENGLISH, YOU_KOREAN, alimtalk, everywhere, mail, push, text

POINTS = "{{ trigger.points | default: points.expiring }}"
LAST_DAY = "{{ trigger.last_day | default: points.expiring_on }}"
EXPIRING = Message(
    name=_("Points expire soon"),
    purpose=INFO,
    basis=InformationBasis.EXPIRY,
    contents=everywhere(
        alimtalk=(
            alimtalk(
                "적립금 소멸 예정 안내",
                "[#{상호}] 적립금 소멸 예정 안내",
                "",
                "#{고객명}, 보유하신 적립금이 이용약관에 따라 소멸될 예정입니다.",
                "■ 소멸 예정 적립금: #{적립금}P",
                "■ 유효 기한: #{소멸일}",
                values={
                    "상호": "{{ shop_name }}",
                    "고객명": YOU_KOREAN,
                    "적립금": POINTS,
                    "소멸일": LAST_DAY,
                },
            ),
        ),
        email=(
            mail(
                "[{{ shop_name }}] 적립금 소멸 예정 안내",
                f"{YOU_KOREAN}, 적립금 소멸 예정일을 알려 드립니다.",
                "보유하신 적립금이 이용약관에 따라 소멸될 예정입니다.",
                f"소멸 예정 적립금 <strong>{POINTS}P</strong> · 유효 기한 {LAST_DAY}",
                "적립 내역은 마이페이지에서 확인하실 수 있습니다.",
                button="적립 내역 확인하기",
            ),
            mail(
                "[{{ shop_name }}] Your points expire soon",
                f"Hello {YOU_ENGLISH}, some of your points are about to expire.",
                "By the terms, points expire after a time.",
                f"<strong>{POINTS} points</strong>, valid until {LAST_DAY}",
                "You see all of them on your account page.",
                button="See your points",
            ),
        ),
        sms=(
            text(
                f"[{{{{ shop_name }}}}] 적립금 {POINTS}P가 {LAST_DAY} 이후 소멸될 예정입니다.",
            ),
            text(f"[{{{{ shop_name }}}}] {POINTS} points expire after {LAST_DAY}."),
        ),
    ),
)
add(
    Recipe(
        key="points_expiring",
        name=_("Points expiring in 60, 30 and 3 days"),
        text=_("How many points expire and on which day, three times, as the terms promise; nothing is advertised."),
        for_whom=_("Members whose earned points expire; who has used them hears nothing more"),
        goal=Goal.MEMBERSHIP,
        icon="coins",
        trigger="points_expiring",
        settings={"days": 0},
        reentry=Reentry.EVERY,
        steps=(Wait({"until_hour": "10:00"}), Say(EXPIRING)),
    )
)

TIER = "{{ trigger.tier | default: tier.name }}"
TIER_TO = "{{ trigger.tier | default: tier.name | josa: '으로/로' }}"
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
                    "등급": TIER,
                    "안내일": "{{ today }}",
                },
            ),
        ),
        email=(
            mail(
                "[{{ shop_name }}] 회원 등급이 변경되었습니다",
                f"{YOU_KOREAN}의 회원 등급이 변경되었습니다.",
                f"새 등급은 <strong>{TIER}</strong>입니다.",
                "등급 기준과 유지 기간은 마이페이지에서 확인하실 수 있습니다.",
                button="내 등급 확인하기",
            ),
            mail(
                "[{{ shop_name }}] Your tier has changed",
                f"Hello {YOU_ENGLISH}, you have a new tier.",
                f"Your tier is now <strong>{TIER}</strong>.",
                "You see how tiers are reached and kept on your account page.",
                button="See your tier",
            ),
        ),
        sms=(
            text(f"[{{{{ shop_name }}}}] {YOU_KOREAN}의 회원 등급이 {TIER_TO} 변경되었습니다."),
            text(f"[{{{{ shop_name }}}}] Your tier is now {TIER}."),
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
                f"{YOU_KOREAN}, {TIER} 등급 유지 기간이 곧 끝납니다",
                f"{TIER} 등급, 계속 함께해 주세요",
                "아직 등급 유지 기준을 채우지 못하셨습니다. 기간 안에 기준을 채우시면 지금의 등급이 유지됩니다.",
                "{% if trigger.judged_on %}{{ trigger.judged_on }}에 등급을 다시 산정합니다. {% endif %}"
                "남은 기준은 마이페이지에서 확인하실 수 있습니다.",
                products="recommended",
                button="등급 확인하기",
                preheader="기간 안에 기준을 채우시면 등급이 유지됩니다",
            ),
            mail(
                f"Your {TIER} tier is about to end",
                f"Hello {YOU_ENGLISH}, stay {TIER}",
                "You have not reached yet what keeps your tier. Reach it in time, and the tier stays yours.",
                "{% if trigger.judged_on %}Tiers are judged again on {{ trigger.judged_on }}. {% endif %}"
                "Your account page says what is missing.",
                products="recommended",
                button="See your tier",
                preheader="Reach it in time and keep your tier",
            ),
        ),
        sms=(
            text(
                f"{YOU_KOREAN}, {TIER} 등급 유지 기간이 곧 끝납니다.",
                "기간 안에 기준을 채우시면 등급이 유지됩니다.",
                subject="등급 유지 안내",
                link=True,
            ),
            text(
                f"Your {TIER} tier is about to end. Reach what it takes in time and keep it.",
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
