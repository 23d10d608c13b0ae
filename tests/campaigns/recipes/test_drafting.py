"""From a recipe to a draft: what is used of the shop, what is made, and what is refused."""

import pytest
from django.contrib.auth.models import User
from django.utils import translation

from campaigns.errors import NotAllowed, NotReady
from campaigns.models import Automation, AutomationStep
from campaigns.recipes.base import REMINDERS
from campaigns.recipes.drafting import make_draft
from campaigns.recipes.every import RECIPES
from campaigns.recipes.gaps import left_to_do
from customers.models import Segment, Survey
from loyalty.models import Coupon
from tests.campaigns.recipes.shop import MAY_DRAFT, drafted, open_accounts, open_shop, variants_of
from tests.campaigns.triggers.test_every_trigger import make_cycle
from tests.factories import make_account, make_segment, make_user

pytestmark = pytest.mark.django_db


def test_a_draft_has_the_steps_of_its_recipe_and_nobody_enters_it() -> None:
    version = drafted("dormant_or_lost", by=open_shop())

    lanes = version.steps.order_by("pk").values_list("lane", "position", "kind")
    assert list(lanes) == [
        ("", 1, "wait"), ("", 2, "only_if"), ("yes", 1, "message"), ("yes", 2, "exit"), ("no", 1, "message"),
    ]  # fmt: skip
    assert (version.status, version.automation.status, version.automation.recipe) == (
        "draft", "draft", "dormant_or_lost",
    )  # fmt: skip
    assert version.exits == [{"is": "bought"}, {"is": "opted_out"}]


def test_segments_coupons_and_surveys_are_made_once() -> None:
    author = open_shop()
    for key in ("win_back", "win_back", "satisfaction_survey", "satisfaction_survey"):
        drafted(key, by=author)

    assert [segment.rule for segment in Segment.objects.all()] == [
        {"all": [{"is": "last_order", "op": "more_than_days_ago", "value": 60}]}
    ]
    assert list(Coupon.objects.values_list("name", "percent")) == [("다시 만나요 15% 할인 쿠폰", 15)]
    assert Survey.objects.count() == 1
    assert Automation.objects.count() == 4


def test_the_shops_own_segment_with_the_same_rule_is_used() -> None:
    own = make_segment({"all": [{"is": "last_order", "op": "more_than_days_ago", "value": 60}]}, name="뜸한 고객")

    version = drafted("win_back", by=open_shop())

    assert version.trigger_settings == {"segments": [own.pk]}


def test_a_coupon_that_was_made_for_a_draft_is_no_promise_yet() -> None:
    make_draft(RECIPES["birthday"], by=open_shop(), language="ko")

    assert Coupon.objects.get().status == "draft"
    assert "생일 축하 5,000원 할인 쿠폰" in " ".join(left_to_do(RECIPES["birthday"], language="ko"))


def test_the_first_preferred_channel_with_an_account_is_the_way_and_a_live_account_comes_first() -> None:
    open_accounts("email")
    live = make_account(is_live=True)
    version = drafted("cart_left", by=make_user("author", *MAY_DRAFT))

    assert {variant.account for variant in variants_of(version)} == {live}
    assert not any(variant.fallback for variant in variants_of(version))


def test_without_an_account_it_says_which_channels_would_do_and_makes_nothing() -> None:
    open_accounts("alimtalk")

    with pytest.raises(NotReady) as refusal:
        make_draft(RECIPES["welcome"], by=make_user("author", *MAY_DRAFT), language="en")

    assert len(refusal.value.problems) == 3
    assert not Automation.objects.exists()
    assert not Coupon.objects.exists()


@pytest.mark.parametrize("lacking", ["campaigns.add_automation", "loyalty.add_coupon", "customers.add_segment"])
def test_who_may_not_make_what_it_needs_makes_nothing(lacking: str) -> None:
    open_accounts("email")
    by: User = make_user("author", *(set(MAY_DRAFT) - {lacking}))

    with pytest.raises(NotAllowed):
        make_draft(RECIPES["win_back"], by=by, language="ko")

    assert not Automation.objects.exists()


def test_the_categories_of_a_repurchase_are_those_whose_cycle_is_sure() -> None:
    author = open_shop()
    make_cycle("커피", days=45, confidence=0.95)
    make_cycle("가전", days=45, confidence=0.5)
    make_cycle("우유", days=5, confidence=0.99)
    make_cycle("차", days=45, gaps=3, confidence=0.99)

    settings = drafted("repurchase_due", by=author).trigger_settings

    assert settings["categories"] == ["커피"]
    assert settings["days"] == 5


def test_the_consent_question_is_not_made_again() -> None:
    with pytest.raises(NotReady):
        make_draft(RECIPES["consent_reconfirmation"], by=open_shop(), language="ko")

    assert not AutomationStep.objects.exists()


def test_reminders_are_one_group_named_in_the_language_of_the_first_draft_of_it() -> None:
    author = open_shop()
    with translation.override("ko"):
        in_korean = str(REMINDERS)

    groups = [
        drafted(key, by=author, language=language).automation.exclusion_group
        for key, language in (("cart_left", "ko"), ("win_back", "en"), ("birthday", "en"))
    ]

    assert groups == [in_korean, in_korean, ""]
