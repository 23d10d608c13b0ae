"""Every recipe in force in the shop that is there, as two people of its staff would have put it."""

from datetime import date, datetime, timedelta

from django.contrib.auth.models import User

from bench.harness import execute
from campaigns.automation import lifecycle
from campaigns.models import Automation, AutomationVersion, ChannelAccount
from campaigns.recipes import drafting
from campaigns.recipes.base import KOREAN
from campaigns.recipes.every import RECIPES
from crm_project.models import Kick
from customers.models import Survey
from loyalty.coupons import definitions
from loyalty.models import Coupon

NEVER = date(2099, 12, 31)
# What the law asks of who sends, none of it real; everything goes to the sandbox.
SENDER = {
    "gateway": "sandbox",
    "sender_name": "단골마트",
    "contact_phone": "02-000-0000",
    "postal_address": "서울특별시 중구 세종대로 1",
}
OF_CHANNELS = {
    "email": {"sender_address": "shop@example.com"},
    "push": {"sender_address": "shop@example.com"},
    "sms": {
        "sender_address": "02-1234-5678",
        "opt_out_number": "080-123-4567",
        "caller_registered_until": NEVER,
        "certificate_number": "제2026-1호",
        "certificate_until": NEVER,
    },
}
EVENT_IN = timedelta(days=7)


def put_in_force(begins: datetime) -> list[Automation]:
    """Approve every recipe; each looks for what happens after `begins`. Return the automations by their recipes."""
    for channel, told in OF_CHANNELS.items():
        ChannelAccount.objects.create(name=f"bench {channel}", channel=channel, **SENDER, **told)
    author, second = (User.objects.create_superuser(f"bench {name}") for name in ("author", "second"))
    for recipe in RECIPES:
        if not recipe.leads_to:
            _approve(recipe.key, begins, author, second)
    Kick.objects.all().delete()
    Automation.objects.update(begins_at=begins, read_until=begins)
    return list(Automation.objects.order_by("-priority", "pk"))


def forget() -> None:
    """Delete what an earlier size left."""
    execute(
        "TRUNCATE campaigns_automation, campaigns_channelaccount, loyalty_coupon, customers_survey, customers_segment"
        " CASCADE"
    )
    User.objects.filter(username__startswith="bench ").delete()


def _approve(key: str, begins: datetime, author: User, second: User) -> None:
    automation = drafting.make_draft(RECIPES[key], by=author, language=KOREAN)
    for coupon in Coupon.objects.filter(status=Coupon.Status.DRAFT):
        definitions.start(coupon)
    Survey.objects.update(status=Survey.Status.OPEN)
    version = automation.versions.get()
    if key == "store_event":
        event = f"{(begins + EVENT_IN).date()}"
        settings = version.trigger_settings | {"event": [event, event]}
        AutomationVersion.objects.filter(pk=version.pk).update(trigger_settings=settings)
        version.refresh_from_db()
    lifecycle.submit(version, by=author)
    lifecycle.approve(version, by=second)
