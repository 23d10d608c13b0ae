"""The tables of the app, a module an idea: sender ← campaign ← approval, message ← tracking; automation ← journey."""

from campaigns.models.approval import Approval
from campaigns.models.automation import Automation, AutomationDecision, AutomationStep, AutomationVersion
from campaigns.models.campaign import Campaign, Fallback, Step, Variant
from campaigns.models.cap import FrequencyCap
from campaigns.models.checked_address import CheckedAddress
from campaigns.models.existing_customer import ExistingCustomerEvidence
from campaigns.models.in_app import InAppMessage
from campaigns.models.information import Acknowledgement, InformationBasis
from campaigns.models.journey import Journey, StepCount, StepTaken
from campaigns.models.kakao import KakaoProfile, KakaoTemplate
from campaigns.models.library import ContentBlock, MessageTemplate
from campaigns.models.message import ClosedLeg, Enrollment, Message, SkipReason
from campaigns.models.message_product import MessageProduct
from campaigns.models.picture import MessagePicture
from campaigns.models.price import Price
from campaigns.models.recipe import RecipeFigure
from campaigns.models.reports import GatewayReport
from campaigns.models.restricted import RestrictedCategory
from campaigns.models.resumption import Resumption
from campaigns.models.sender import ChannelAccount
from campaigns.models.staff import StaffAddress, StaffMessage
from campaigns.models.suppression import DomainPace, Suppression
from campaigns.models.tracking import Hit, Link

__all__ = [
    "Acknowledgement",
    "Approval",
    "Automation",
    "AutomationDecision",
    "AutomationStep",
    "AutomationVersion",
    "Campaign",
    "ChannelAccount",
    "CheckedAddress",
    "ClosedLeg",
    "ContentBlock",
    "DomainPace",
    "Enrollment",
    "ExistingCustomerEvidence",
    "Fallback",
    "FrequencyCap",
    "GatewayReport",
    "Hit",
    "InAppMessage",
    "InformationBasis",
    "Journey",
    "KakaoProfile",
    "KakaoTemplate",
    "Link",
    "Message",
    "MessagePicture",
    "MessageProduct",
    "MessageTemplate",
    "Price",
    "RecipeFigure",
    "RestrictedCategory",
    "Resumption",
    "SkipReason",
    "StaffAddress",
    "StaffMessage",
    "Step",
    "StepCount",
    "StepTaken",
    "Suppression",
    "Variant",
]
