"""What stands beside the picture where a message is chosen: over what it leaves, what it gives, how it reads."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.safestring import SafeString
from liquid.exceptions import LiquidError

from campaigns.editor.message_frames import frame_of
from campaigns.errors import ContentRefused
from campaigns.models import Campaign, ChannelAccount, Variant
from campaigns.offers.offer_checks import Offer, offer_of
from campaigns.pipeline import content
from campaigns.progress.recipient_log import accounts_of
from campaigns.review.samples import masked_name
from customers.models import Customer


@dataclass(frozen=True)
class ShownMessage:
    """A message in short: the accounts in the order in which they are tried, the offer, and how one customer reads it.

    A mail is not drawn here, its `subject` is; its body has room on pages of its own.
    """

    ways: Sequence[ChannelAccount]
    offer: Offer | None
    frame: SafeString | str = ""
    subject: str = ""
    refusal: str = ""
    editor_url: str = ""


def shown_message(campaign: Campaign, *, unmasked: bool) -> ShownMessage:
    """Return the message of a step as a typical customer would get it."""
    ways, offer = accounts_of(campaign), offer_of(campaign)
    url = reverse("admin:campaigns_campaign_change", args=[campaign.pk])
    stored = Variant.objects.filter(step__campaign=campaign, fallback=None)
    variant = stored.select_related("step__campaign", "step__account").order_by("name", "locale").first()
    customer = _somebody(unmasked=unmasked)
    if variant is None or customer is None:
        return ShownMessage(ways, offer, editor_url=url)
    try:
        rendered = content.render(variant, customer)
    except (ContentRefused, LiquidError) as refusal:
        return ShownMessage(ways, offer, refusal=str(refusal), editor_url=url)
    if variant.account.channel == "email":
        return ShownMessage(ways, offer, subject=getattr(rendered, "subject", ""), editor_url=url)
    return ShownMessage(ways, offer, frame=frame_of(variant.account, rendered).draw(), editor_url=url)


def _somebody(*, unmasked: bool) -> Customer | None:
    """Return a customer with a name who has bought, else any, masked unless the reader may see names."""
    people = Customer.objects.living().select_related("stats", "home_store").order_by("pk")
    found = people.filter(stats__order_count__gt=0).exclude(name="").first() or people.first()
    if found and not unmasked:
        found.name = masked_name(found.name)
    return found
