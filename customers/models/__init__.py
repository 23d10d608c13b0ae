"""The tables of the app, a module an idea: people ← consent, devices, shop ← behaviour ← stats, segments."""

from customers.models.access import AccessLogEntry, AccessReview
from customers.models.affinity import (
    AffinityRebuild,
    ProductAffinity,
    ProductDemand,
    ProductPopularity,
    RecommendationReport,
)
from customers.models.behaviour import Event, Visitor
from customers.models.consent import ConsentEntry, ConsentState, ConsentWording, PhoneOptOut
from customers.models.cycles import CategoryCycle, CycleRebuild, ProductCycle, Rhythm
from customers.models.devices import Device
from customers.models.feedback import (
    Case,
    CaseNote,
    ScoreKind,
    Survey,
    SurveyAnswer,
    SurveyQuestion,
    SurveyResponse,
)
from customers.models.identity import CustomerMerge, DuplicatePair
from customers.models.imports import ImportMapping, ImportRun
from customers.models.notes import CustomerNote
from customers.models.notices import Incident, NoticeDuty, UsageNotice
from customers.models.people import Customer
from customers.models.privacy import (
    Destruction,
    ErasedContact,
    ExportedCustomer,
    ExportRequest,
    GuardianConsent,
    LegalPerson,
    LegalRecord,
    Processor,
    SubjectRequest,
)
from customers.models.pseudonyms import PseudonymUse
from customers.models.referrals import ReferralClaim
from customers.models.segments import (
    Segment,
    SegmentMembership,
    SegmentMove,
    SegmentSize,
    TouchedCustomer,
    UploadedList,
    UploadedListEntry,
)
from customers.models.shop import Order, OrderLine, Product, Refund, Region, Store
from customers.models.stats import CustomerStats, RfmMonth, RfmScoring
from customers.models.web import TrackedSite, WebArrival
from customers.models.webhooks import PlatformVersion, WebhookDelivery, WebhookEndpoint

__all__ = [
    "AccessLogEntry",
    "AccessReview",
    "AffinityRebuild",
    "Case",
    "CaseNote",
    "CategoryCycle",
    "ConsentEntry",
    "ConsentState",
    "ConsentWording",
    "Customer",
    "CustomerMerge",
    "CustomerNote",
    "CustomerStats",
    "CycleRebuild",
    "Destruction",
    "Device",
    "DuplicatePair",
    "ErasedContact",
    "Event",
    "ExportRequest",
    "ExportedCustomer",
    "GuardianConsent",
    "ImportMapping",
    "ImportRun",
    "Incident",
    "LegalPerson",
    "LegalRecord",
    "NoticeDuty",
    "Order",
    "OrderLine",
    "PhoneOptOut",
    "PlatformVersion",
    "Processor",
    "Product",
    "ProductAffinity",
    "ProductCycle",
    "ProductDemand",
    "ProductPopularity",
    "PseudonymUse",
    "RecommendationReport",
    "ReferralClaim",
    "Refund",
    "Region",
    "RfmMonth",
    "RfmScoring",
    "Rhythm",
    "ScoreKind",
    "Segment",
    "SegmentMembership",
    "SegmentMove",
    "SegmentSize",
    "Store",
    "SubjectRequest",
    "Survey",
    "SurveyAnswer",
    "SurveyQuestion",
    "SurveyResponse",
    "TouchedCustomer",
    "TrackedSite",
    "UploadedList",
    "UploadedListEntry",
    "UsageNotice",
    "Visitor",
    "WebArrival",
    "WebhookDelivery",
    "WebhookEndpoint",
]
