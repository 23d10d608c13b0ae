"""What is asked about a customer: may this campaign write to them, over this account, at this moment?"""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Case, Exists, Q
from django.utils import timezone

from campaigns import gateways
from campaigns.channels.base import MessageChannel, channel_of
from campaigns.models import Campaign, ChannelAccount, SkipReason

Condition = Q | Exists | Case
Reason = tuple[SkipReason, Condition]
EVERYBODY = Q(pk__isnull=False)
# Customers by number: above the first, up to the second.
Range = tuple[int, int]


@dataclass(frozen=True)
class Question:
    """The question of one campaign over one account at one moment."""

    campaign: Campaign
    account: ChannelAccount
    at: datetime
    # Where all who are asked about are of one range, it is swept once instead of looking each of them up.
    within: Range | None = None

    @property
    def channel(self) -> MessageChannel:
        """Return what kind of message is asked about."""
        return channel_of(self.account)

    @property
    def is_advertising(self) -> bool:
        """Tell whether consent and caps are asked for. What is not declared information is advertising (L-31)."""
        return self.campaign.purpose != Campaign.MessagePurpose.INFORMATION

    @property
    def is_live(self) -> bool:
        """Tell whether messages would really leave."""
        return gateways.is_live(self.account)

    @property
    def today(self) -> date:
        """Return the day of the question, in Korea."""
        return timezone.localdate(self.at)

    @property
    def is_for_one_address(self) -> bool:
        """Tell whether one address gets one message. Not of a standing campaign: each message is about its customer."""
        return self.campaign.entry == Campaign.Entry.ONCE
