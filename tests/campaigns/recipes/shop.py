"""A shop that has all that the recipes ask for."""

from django.contrib.auth.models import User

from campaigns.models import AutomationVersion, Campaign, ChannelAccount, KakaoTemplate, Variant
from campaigns.recipes import drafting
from campaigns.recipes.base import KOREAN, Recipe
from campaigns.recipes.every import RECIPES
from customers.models import Store, Survey, TrackedSite
from loyalty.coupons import definitions
from loyalty.models import Coupon
from tests.factories import make_account, make_kakao_profile, make_text_account, make_user

MADE_HERE = [recipe for recipe in RECIPES if not recipe.leads_to]
KEYS = [recipe.key for recipe in MADE_HERE]
MAY_DRAFT = (
    "campaigns.add_automation",
    "campaigns.change_automation",
    "campaigns.change_campaign",
    "customers.add_segment",
    "customers.add_survey",
    "loyalty.add_coupon",
)
SHOP = "https://www.dangol-mart.kr/"


def open_accounts(*channels: str) -> None:
    """A sending account of each channel, to the sandbox, with all that the law asks of it."""
    for channel in channels:
        if channel == "sms":
            make_text_account()
        elif channel == "alimtalk":
            make_account(channel=channel, kakao_profile=make_kakao_profile())
        else:
            make_account(channel=channel)


def open_shop() -> User:
    """The accounts, the page of the shop, a store; return somebody who may make drafts."""
    open_accounts("email", "sms", "push", "alimtalk")
    TrackedSite.objects.create(name="온라인몰", allowed_origins=[SHOP.rstrip("/")])
    Store.objects.create(external_id="S1", name="강남점")
    return make_user("author", *MAY_DRAFT)


def approve_alimtalks(recipe: Recipe) -> None:
    """Kakao has approved the recipe's AlimTalk texts."""
    profile = ChannelAccount.objects.get(channel="alimtalk").kakao_profile
    for message in recipe.messages:
        content = message.contents.get("alimtalk", {}).get(KOREAN)
        if content:
            said = {"name": content.subject, "code": f"TP{KakaoTemplate.objects.count()}", "state": "APR"}
            KakaoTemplate.objects.get_or_create(profile=profile, body=content.text, defaults=said)


def drafted(key: str, *, by: User, language: str = KOREAN) -> AutomationVersion:
    """The draft of a recipe; the coupons and surveys that it made are started."""
    automation = drafting.make_draft(RECIPES[key], by=by, language=language)
    for coupon in Coupon.objects.filter(status=Coupon.Status.DRAFT):
        definitions.start(coupon)
    Survey.objects.update(status=Survey.Status.OPEN)
    return automation.versions.get()


def messages_of(version: AutomationVersion) -> list[Campaign]:
    """The messages of a version, in the order in which they were made."""
    return list(Campaign.objects.filter(automation_step__version=version).order_by("pk"))


def variants_of(version: AutomationVersion) -> list[Variant]:
    """Every content of a version."""
    found = Variant.objects.filter(step__campaign__automation_step__version=version)
    return list(found.select_related("step__account", "step__campaign", "fallback__account").order_by("pk"))
