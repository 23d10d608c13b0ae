"""Grant, withdraw and confirm a consent of one customer."""

from collections.abc import Mapping
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from customers.consent.expressions import Action, ConsentExpression
from customers.consent.ledger import record_many
from customers.errors import ConsentRefused
from customers.models import ConsentEntry, ConsentState
from customers.models.consent import UNDATED
from customers.segments.refresh import touch


def grant(
    customer_id: int,
    *,
    purpose: str,
    occurred_at: datetime | None,
    method: str,
    channel: str = "",
    wording_version: str = "",
    evidence: Mapping[str, object] | None = None,
    actor: User | None = None,
) -> ConsentEntry | None:
    """Record that a customer agreed. Return the entry, or None where the ledger has it already.

    Raises:
        ConsentRefused: night without the consent to advertising itself (L-09), no date and no evidence (I-08), or a
            purpose and a channel that do not go together.
    """
    expression = ConsentExpression(
        customer_id, purpose, Action.GRANTED, occurred_at, channel, wording_version, evidence or {}
    )
    return _record_one(expression, method=method, actor=actor)


def withdraw(
    customer_id: int,
    *,
    purpose: str,
    occurred_at: datetime,
    method: str,
    channel: str = "",
    wording_version: str = "",
    evidence: Mapping[str, object] | None = None,
    actor: User | None = None,
) -> ConsentEntry | None:
    """Record that a customer no longer agrees. Return the entry, or None where the ledger has it already (L-05).

    Raises:
        ConsentRefused: a purpose and a channel that do not go together.
    """
    expression = ConsentExpression(
        customer_id, purpose, Action.WITHDRAWN, occurred_at, channel, wording_version, evidence or {}
    )
    return _record_one(expression, method=method, actor=actor)


def confirm(
    customer_id: int,
    *,
    purpose: str,
    occurred_at: datetime,
    method: str,
    channel: str = "",
    wording_version: str = "",
    evidence: Mapping[str, object] | None = None,
    actor: User | None = None,
) -> ConsentEntry | None:
    """Record that a consent was confirmed, which begins its two years anew (L-13). Return the entry, or None.

    Raises:
        ConsentRefused: there is no consent to confirm.
    """
    if not is_granted(customer_id, purpose=purpose, channel=channel):
        raise ConsentRefused(_("There is no consent that could be confirmed."))
    expression = ConsentExpression(
        customer_id, purpose, Action.CONFIRMED, occurred_at, channel, wording_version, evidence or {}
    )
    return _record_one(expression, method=method, actor=actor)


def is_granted(customer_id: int, *, purpose: str, channel: str = "") -> bool:
    """Return whether the consent holds now."""
    state = ConsentState.objects.filter(customer_id=customer_id, purpose=purpose, channel=channel, is_granted=True)
    return state.exists()


@transaction.atomic
def _record_one(expression: ConsentExpression, *, method: str, actor: User | None) -> ConsentEntry | None:
    """Record what one customer said, and have their segments looked at again; None where it was known."""
    recorded = record_many([expression], method=method, actor=actor)
    if not recorded.new:
        return None
    touch([expression.customer_id])
    return ConsentEntry.objects.get(
        customer_id=expression.customer_id,
        purpose=expression.purpose,
        channel=expression.channel,
        action=expression.action,
        occurred_at=expression.occurred_at or UNDATED,
    )
