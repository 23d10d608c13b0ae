"""The tables of the app, a module an idea: sender ← campaign ← approval, message ← tracking."""

from campaigns.models.approval import Approval
from campaigns.models.campaign import Campaign, Fallback, Step, Variant
from campaigns.models.library import ContentBlock, MessageTemplate
from campaigns.models.message import ClosedLeg, Enrollment, Message, SkipReason
from campaigns.models.sender import ChannelAccount, Suppression
from campaigns.models.staff import StaffAddress, StaffMessage
from campaigns.models.tracking import Hit, Link

__all__ = [
    "Approval",
    "Campaign",
    "ChannelAccount",
    "ClosedLeg",
    "ContentBlock",
    "Enrollment",
    "Fallback",
    "Hit",
    "Link",
    "Message",
    "MessageTemplate",
    "SkipReason",
    "StaffAddress",
    "StaffMessage",
    "Step",
    "Suppression",
    "Variant",
]
