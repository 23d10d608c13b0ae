"""Rows for tests, by plain functions: what a test does not name does not matter to it."""

from datetime import datetime, timedelta
from itertools import count

from django.utils import timezone

from campaigns.models import Campaign, ChannelAccount, Enrollment, Link, Message, Step, Variant
from customers.models import Customer, Order

_numbers = count(1)


def make_customer(**given: object) -> Customer:
    """A customer with an address."""
    number = next(_numbers)
    defaults = {
        "external_id": f"C{number}",
        "name": "김단골",
        "email": f"customer{number}@example.com",
        "joined_at": timezone.now(),
    }
    return Customer.objects.create(**defaults | given)


def make_order(customer: Customer | None, *, placed_at: datetime, paid: int = 10_000, **given: object) -> Order:
    """A paid order."""
    defaults = {"external_id": f"O{next(_numbers)}", "customer": customer, "placed_at": placed_at, "paid": paid}
    return Order.objects.create(**defaults | given)


def make_account(**given: object) -> ChannelAccount:
    """An e-mail account that sends to the sandbox."""
    defaults = {
        "name": f"account {next(_numbers)}",
        "gateway": "sandbox",
        "sender_name": "단골마트",
        "sender_address": "shop@example.com",
        "contact_phone": "02-000-0000",
        "postal_address": "서울특별시 중구 세종대로 1",
    }
    return ChannelAccount.objects.create(**defaults | given)


def make_running_campaign(*, links: tuple[str, ...] = (), **given: object) -> Campaign:
    """A campaign under way: one step, one variant, its links numbered from one."""
    defaults = {"name": "다시 만나요", "purpose": "ad", "status": Campaign.Status.ACTIVE, "started_at": timezone.now()}
    campaign = Campaign.objects.create(**defaults | given)
    step = Step.objects.create(campaign=campaign, account=make_account())
    variant = Variant.objects.create(step=step, subject="다시 만나요", html="<p>안녕하세요</p>")
    for number, url in enumerate(links, start=1):
        Link.objects.create(variant=variant, number=number, url=url)
    return campaign


def make_message(campaign: Campaign, customer: Customer, **given: object) -> Message:
    """A message of the campaign, sent a minute ago."""
    step = campaign.steps.get()
    defaults = {
        "campaign": campaign,
        "enrollment": Enrollment.objects.create(campaign=campaign, customer=customer),
        "step": step,
        "variant": step.variants.get(),
        "customer": customer,
        "status": Message.Status.SENT,
        "sent_at": timezone.now() - timedelta(minutes=1),
    }
    return Message.objects.create(**defaults | given)
