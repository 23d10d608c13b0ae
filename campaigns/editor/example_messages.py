"""Messages for nobody in particular: how a template looks, to a customer made up of the fields' own examples."""

from datetime import timedelta

from django.utils import timezone
from liquid.exceptions import LiquidError

from campaigns.editor.message_frames import Frame, frame_of
from campaigns.errors import ContentRefused
from campaigns.library.starter_templates import StarterTemplate, content_of
from campaigns.models import Campaign, ChannelAccount, MessageTemplate, Step, Variant
from campaigns.pipeline import content
from campaigns.template_fields import FIELDS
from customers.models import Customer, CustomerStats, Store

DAYS_SINCE_ORDER = 40


def example_of(template: MessageTemplate | StarterTemplate, account: ChannelAccount | None) -> Frame | None:
    """Return the template as the example customer would get it, None where it cannot be made.

    Args:
        account: whose sender is shown; without one a made-up shop.
    """
    variant = variant_of(template, account or example_account(template.channel))
    try:
        return frame_of(variant.account, content.compile_variant(variant).render(example_recipient(variant.account)))
    except (ContentRefused, LiquidError):
        return None


def variant_of(template: MessageTemplate | StarterTemplate, account: ChannelAccount) -> Variant:
    """Return the template's content in an advertising campaign that is not stored."""
    variant = content_of(template)
    variant.step = Step(campaign=Campaign(name="", purpose=Campaign.MessagePurpose.ADVERTISING), account=account)
    return variant


def example_account(channel: str) -> ChannelAccount:
    """Return a sender that does not exist."""
    return ChannelAccount(
        channel=channel,
        gateway="sandbox",
        sender_name=FIELDS["shop_name"].example,
        sender_address="shop@example.com" if channel == "email" else "1588-0000",
        contact_phone="1588-0000",
        postal_address="서울특별시 중구 세종대로 1",
        opt_out_number="080-000-0000",
    )


def example_recipient(account: ChannelAccount) -> content.Recipient:
    """Return the customer that the examples of the fields describe."""
    now = timezone.now()
    customer = Customer(
        name=FIELDS["name"].example,
        external_id=FIELDS["customer_number"].example,
        joined_at=now - timedelta(days=365),
        home_store=Store(name=FIELDS["home_store"].example),
        attributes=FIELDS["attributes"].example,
    )
    customer.stats = CustomerStats(
        order_count=int(FIELDS["order_count"].example),
        paid_total=int(FIELDS["paid_total"].example),
        last_order_at=now - timedelta(days=DAYS_SINCE_ORDER),
    )
    looked_up = {each.name: each.example for each in FIELDS if each.is_looked_up}
    return content.recipient_of(customer, account, looked_up=looked_up)
