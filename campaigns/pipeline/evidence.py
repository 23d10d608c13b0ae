"""On what a message without consent rests: the purchase, kept before the message leaves (L-04)."""

from collections.abc import Sequence

from django.db.models import Subquery
from django.utils import timezone

from campaigns.models import ExistingCustomerEvidence
from campaigns.pipeline.claims import Claim
from campaigns.pipeline.gate import Gate
from campaigns.pipeline.gate.permission import agreed, joined, purchases, rests_on_purchase
from customers.models import Customer, OrderLine


def keep(gate: Gate, claims: Sequence[Claim]) -> None:
    """Write the purchase of each customer who did not agree. Call it in the transaction that commits the intent."""
    if not claims or not rests_on_purchase(gate):
        return
    messages = {claim.customer_id: claim.message_id for claim in claims}
    asked = joined(Customer.objects.filter(pk__in=messages), gate)
    with_consent = set(asked.filter(agreed()).values_list("pk", flat=True))
    latest = purchases(gate).order_by("-order__placed_at", "pk").values("pk")[:1]
    without = Customer.objects.filter(pk__in=messages.keys() - with_consent).annotate(line=Subquery(latest))
    lines = OrderLine.objects.select_related("order").in_bulk(without.values_list("line", flat=True))
    ExistingCustomerEvidence.objects.bulk_create(
        [_row(messages[customer.pk], lines[customer.line], gate, customer) for customer in without if customer.line],
        ignore_conflicts=True,
    )


def _row(message_id: int, line: OrderLine, gate: Gate, customer: Customer) -> ExistingCustomerEvidence:
    return ExistingCustomerEvidence(
        message_id=message_id,
        order=line.order,
        ended_on=timezone.localdate(line.order.placed_at),
        category=gate.campaign.existing_customer_category,
        contact_source=customer.source,
    )
