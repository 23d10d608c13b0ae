"""What holds for every recipe: its draft is complete, lawful for its class, and reads well, in both languages."""

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import Settings

from campaigns.automation.checks import what_is_missing
from campaigns.channels.base import channel_of
from campaigns.compliance import information
from campaigns.models import AutomationVersion, InformationBasis, KakaoTemplate, Variant
from campaigns.pipeline import content
from campaigns.recipes.base import AD, BOUGHT, INFO, LANGUAGES, ORDER_RETURNED, REMINDERS, Reentry
from campaigns.recipes.every import RECIPES
from campaigns.template_fields import FIELDS, Recipient
from campaigns.triggers.every import TRIGGERS
from campaigns.triggers.orders import TELLS
from customers.models import Customer, CustomerStats
from tests.campaigns.recipes.shop import (
    KEYS,
    MADE_HERE,
    approve_alimtalks,
    drafted,
    messages_of,
    open_shop,
    variants_of,
)

OF_THE_ISSUE = [
    "welcome", "after_first_order", "thirtieth_day", "cart_left", "viewed_not_bought", "repurchase_due",
    "second_order", "vip_notice", "vip_benefits", "monthly_coupon", "birthday", "store_event", "referral", "win_back",
    "dormant_or_lost", "points_expiring", "tier_reached", "tier_at_risk", "review_request", "satisfaction_survey",
    "consent_reconfirmation",
]  # fmt: skip
PLACEHOLDER = "www.example.com"
INFORMATION_ONLY = ["vip_notice", "points_expiring", "tier_reached", "review_request", "satisfaction_survey"]


@pytest.fixture
def author(db: None, settings: Settings) -> User:
    """Somebody who may make drafts, in a shop with accounts of four channels."""
    settings.SHORT_LINK_URL = "https://dg.kr"
    return open_shop()


def test_each_recipe_that_was_asked_for_is_there() -> None:
    assert RECIPES.names() == OF_THE_ISSUE


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_draft_lacks_nothing_but_its_approval(author: User, language: str) -> None:
    for recipe in MADE_HERE:
        approve_alimtalks(recipe)
        version = drafted(recipe.key, by=author, language=language)

        assert (recipe.key, what_is_missing(version)) == (recipe.key, [])
        assert (recipe.key, _warnings(version)) == (recipe.key, [])
        assert (recipe.key, _unlawful(version)) == (recipe.key, [])
        assert (recipe.key, _badly_made(version)) == (recipe.key, [])
        assert TRIGGERS[version.trigger].sentence(version.trigger_settings)
        assert version.automation.status == "draft"
        assert version.automation.holdout_percent == (10 if recipe.is_advertising else 0)


def test_the_class_of_every_message_is_fixed() -> None:
    for recipe in MADE_HERE:
        for message in recipe.messages:
            is_based = message.basis in InformationBasis
            assert (recipe.key, message.purpose == INFO) == (recipe.key, is_based)
            assert message.purpose in (AD, INFO)

    only_informing = [recipe.key for recipe in MADE_HERE if not recipe.is_advertising]
    assert only_informing == INFORMATION_ONLY


def test_information_carries_no_coupon_and_advertising_no_alimtalk() -> None:
    for recipe in MADE_HERE:
        for message in recipe.messages:
            assert not (message.purpose == INFO and message.coupon), recipe.key
            assert not (message.purpose == AD and "alimtalk" in message.contents), recipe.key


def test_who_is_reminded_is_reminded_by_one_at_a_time_and_the_cart_comes_first() -> None:
    group = {recipe.key: recipe.priority for recipe in MADE_HERE if recipe.exclusion_group == REMINDERS}

    assert group == {
        "cart_left": 80, "viewed_not_bought": 70, "repurchase_due": 60, "win_back": 30, "dormant_or_lost": 20,
    }  # fmt: skip


def test_whatever_begins_with_an_order_ends_when_it_is_returned_and_notes_that_before_another_purchase() -> None:
    of_an_order = {recipe.key: recipe.exits for recipe in MADE_HERE if TRIGGERS[recipe.trigger].tells == TELLS}

    assert [key for key, exits in of_an_order.items() if ORDER_RETURNED not in exits] == []
    assert [key for key, exits in of_an_order.items() if exits.index(ORDER_RETURNED)] == []
    assert [key for key, exits in of_an_order.items() if BOUGHT in exits] == [
        "after_first_order", "thirtieth_day", "second_order",
    ]  # fmt: skip


def test_nobody_is_told_often() -> None:
    repeating = {recipe.key: recipe.reentry_days for recipe in MADE_HERE if recipe.reentry == Reentry.AFTER_DAYS}
    every_time = {recipe.key for recipe in MADE_HERE if recipe.reentry == Reentry.EVERY}

    assert repeating == {
        "cart_left": 7, "viewed_not_bought": 14, "repurchase_due": 30, "win_back": 180, "dormant_or_lost": 365,
        "review_request": 30, "satisfaction_survey": 60,
    }  # fmt: skip
    assert every_time == {
        "monthly_coupon",
        "birthday",
        "store_event",
        "points_expiring",
        "tier_reached",
        "tier_at_risk",
    }


@pytest.mark.parametrize("key", KEYS)
def test_who_is_given_a_coupon_reads_its_number_over_every_channel(key: str) -> None:
    given = [message for message in RECIPES[key].messages if message.coupon]
    said = [each for message in given for contents in message.contents.values() for each in contents.values()]

    assert [each.subject for each in said if "{{ coupon.code }}" not in each.html + each.text] == []


# What nobody checks: a place among all products, a use of answers, a purchase of any size that keeps a tier.
UNPROVEN = [
    "가장 많",
    "에만 씁니다",
    "only to do better",
    "구매하시면 등급이",
    "Buy in time",
    "조금 모자",
    "먼저 드립니다",
]


@pytest.mark.parametrize("claim", UNPROVEN)
def test_no_text_claims_what_the_shop_may_not_be_able_to_keep(claim: str) -> None:
    said = {
        recipe.key: contents.preheader + contents.html + contents.text
        for recipe in MADE_HERE
        for message in recipe.messages
        for languages in message.contents.values()
        for contents in languages.values()
        if claim in contents.subject + contents.preheader + contents.html + contents.text
    }

    assert said == {}


def test_a_review_is_asked_of_the_order_that_arrived_and_not_of_the_last_one() -> None:
    contents = RECIPES["review_request"].messages[0].contents
    said = contents["email"]["ko"].html + contents["email"]["en"].html + contents["alimtalk"]["ko"].values["주문일"]

    assert said.count("{{ trigger.order.placed_on | default: last_order_on }}") == 3


@pytest.mark.parametrize("key", KEYS)
def test_both_languages_say_as_much(key: str) -> None:
    for message in RECIPES[key].messages:
        for channel, contents in message.contents.items():
            assert set(contents) == ({"ko"} if channel == "alimtalk" else set(LANGUAGES)), (key, channel)
            assert not _hangul(contents["en"].text + contents["en"].subject) if "en" in contents else True


def test_an_alimtalk_is_the_first_way_once_kakao_has_approved_its_text(author: User) -> None:
    before = drafted("tier_reached", by=author)
    written = KakaoTemplate.objects.get()
    KakaoTemplate.objects.update(state="APR", code="TP1")
    after = drafted("tier_reached", by=author)

    assert [variant.account.channel for variant in variants_of(before)] == ["email", "sms"]
    assert [variant.account.channel for variant in variants_of(after)] == ["alimtalk", "email", "sms"]
    assert written.body.startswith("[#{상호}] 회원 등급 변경 안내")
    assert KakaoTemplate.objects.count() == 1
    assert not messages_of(after)[0].steps.get().has_offer


def _warnings(version: AutomationVersion) -> list[str]:
    return [str(problem) for variant in variants_of(version) for problem in content.check(variant)]


def _unlawful(version: AutomationVersion) -> list[str]:
    return [word for campaign in messages_of(version) for word in information.promotion_in(campaign)]


def _badly_made(version: AutomationVersion) -> list[str]:
    """What a phone or the law would not take of the messages made for an example, and links that lead nowhere."""
    found = []
    for variant in variants_of(version):
        channel, campaign = channel_of(variant.account), variant.step.campaign
        rendered = content.compile_variant(variant).render(_example(variant))
        said = rendered.as_text()
        reason = channel.violation(campaign, variant.account, rendered)
        has_label = said.startswith("(광고)")
        if reason or has_label != (campaign.purpose == AD) or PLACEHOLDER in said or rendered.kind not in channel.kinds:
            found.append(f"{channel.key}: {reason} {said}")
    return found


def _example(variant: Variant) -> Recipient:
    looked_up = {each.name: each.example for each in FIELDS if each.is_looked_up}
    customer = Customer(external_id="A-1024", name="김단골", joined_at=timezone.now(), attributes={})
    stats = CustomerStats(customer=customer, order_count=3, last_order_at=timezone.now())
    return Recipient(customer=customer, stats=stats, account=variant.account, looked_up=looked_up)


def _hangul(text: str) -> bool:
    return any("가" <= sign <= "힣" for sign in text)
