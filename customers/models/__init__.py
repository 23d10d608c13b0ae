"""The tables of the app, a module an idea: people ← consent, shop ← behaviour ← stats, segments."""

from customers.models.access import AccessLogEntry
from customers.models.affinity import (
    AffinityRebuild,
    ProductAffinity,
    ProductDemand,
    ProductPopularity,
    RecommendationReport,
)
from customers.models.behaviour import Event, Visitor
from customers.models.consent import ConsentDuty, ConsentEntry, ConsentState, ConsentWording, PhoneOptOut
from customers.models.identity import CustomerMerge, DuplicatePair
from customers.models.imports import ImportMapping, ImportRun
from customers.models.notes import CustomerNote
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
from customers.models.segments import Segment, SegmentMembership, SegmentMove, SegmentSize, TouchedCustomer
from customers.models.shop import Order, OrderLine, Product, Store
from customers.models.stats import CustomerStats, RfmScoring
from customers.models.webhooks import PlatformVersion, WebhookDelivery, WebhookEndpoint

__all__ = [
    "AccessLogEntry",
    "AffinityRebuild",
    "ConsentDuty",
    "ConsentEntry",
    "ConsentState",
    "ConsentWording",
    "Customer",
    "CustomerMerge",
    "CustomerNote",
    "CustomerStats",
    "Destruction",
    "DuplicatePair",
    "ErasedContact",
    "Event",
    "ExportRequest",
    "ExportedCustomer",
    "GuardianConsent",
    "ImportMapping",
    "ImportRun",
    "LegalPerson",
    "LegalRecord",
    "Order",
    "OrderLine",
    "PhoneOptOut",
    "PlatformVersion",
    "Processor",
    "Product",
    "ProductAffinity",
    "ProductDemand",
    "ProductPopularity",
    "RecommendationReport",
    "RfmScoring",
    "Segment",
    "SegmentMembership",
    "SegmentMove",
    "SegmentSize",
    "Store",
    "SubjectRequest",
    "TouchedCustomer",
    "Visitor",
    "WebhookDelivery",
    "WebhookEndpoint",
]
