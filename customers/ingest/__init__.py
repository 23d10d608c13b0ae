"""How facts come in. Files, the API, the demo and the loaders all pass here.

Stages of every import, in one transaction, so that a cut leaves nothing half-written:
records → read value by value (`values`, `schema`) → copied into a temporary table (`stage`) → checked as a whole
→ upserted (`upsert`) → statistics of the touched customers recomputed and their segments kicked (`touched`).
What cannot be stored is refused record by record, with its line, field, value and a sentence; all else is stored.

Imports the models of customers, `consent` and `stats`; nothing of other apps.
"""

from customers.ingest.consents import ingest_consents
from customers.ingest.customers import ingest_customers
from customers.ingest.devices import ingest_devices
from customers.ingest.events import ingest_events
from customers.ingest.orders import ingest_orders
from customers.ingest.products import ingest_products, ingest_stores
from customers.ingest.result import IngestResult, Refusal

__all__ = [
    "IngestResult",
    "Refusal",
    "ingest_consents",
    "ingest_customers",
    "ingest_devices",
    "ingest_events",
    "ingest_orders",
    "ingest_products",
    "ingest_stores",
]
