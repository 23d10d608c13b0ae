"""The tables of the app, a module an idea: sender ← campaign ← approval, message ← tracking."""

from campaigns.models.approval import Approval
from campaigns.models.campaign import Campaign, Step, Variant
from campaigns.models.message import Enrollment, Message, SkipReason
from campaigns.models.sender import ChannelAccount, Suppression
from campaigns.models.tracking import Hit, Link

__all__ = [
    "Approval",
    "Campaign",
    "ChannelAccount",
    "Enrollment",
    "Hit",
    "Link",
    "Message",
    "SkipReason",
    "Step",
    "Suppression",
    "Variant",
]
