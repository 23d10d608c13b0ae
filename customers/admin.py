"""The admin of customers, a module an idea: customers, consent, facts of the shop, records, segments, webhooks."""

from customers import customer_admin, record_admin, rfm_admin, shop_admin
from customers.consent import duty_admin, ledger_admin, opt_out_admin, wording_admin
from customers.cycles import cycle_admin
from customers.feedback import case_admin, survey_admin
from customers.identity import identity_admin
from customers.imports import import_admin
from customers.platforms import webhook_admin
from customers.privacy import compliance_admin, export_admin, incident_admin, request_admin, request_panel, usage_admin
from customers.recommendations import recommendation_admin
from customers.segments.pages import segment_admin, uploaded_list_admin
from customers.web_events import site_admin

__all__ = [
    "case_admin",
    "compliance_admin",
    "customer_admin",
    "cycle_admin",
    "duty_admin",
    "export_admin",
    "identity_admin",
    "import_admin",
    "incident_admin",
    "ledger_admin",
    "opt_out_admin",
    "recommendation_admin",
    "record_admin",
    "request_admin",
    "request_panel",
    "rfm_admin",
    "segment_admin",
    "shop_admin",
    "site_admin",
    "survey_admin",
    "uploaded_list_admin",
    "usage_admin",
    "webhook_admin",
    "wording_admin",
]
