"""Who of the staff looked at whose data, and for how long somebody may see it unmasked (P-14, P-17)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from crm_project.client_address import client_address
from customers.errors import ReasonMissing
from customers.models import AccessLogEntry, Customer

MAY_UNMASK = "customers.view_personal_data"
UNMASKED_FOR = timedelta(minutes=10)
SHORTEST_REASON = 2
SESSION_KEY = "unmasked_customers"


def record(
    request: HttpRequest,
    action: str,
    *,
    customer: Customer | None = None,
    reason: str = "",
    row_count: int | None = None,
    until: datetime | None = None,
) -> None:
    """Write one look into the log. `row_count`: of how many rows an export was; `until`: when an unmasking ends."""
    AccessLogEntry.objects.create(
        user_id=request.user.pk,
        action=action,
        customer=customer,
        reason=reason[:300],
        row_count=row_count,
        until=until,
        ip_address=client_address(request) or None,
    )


def record_many(request: HttpRequest, action: str, *, customer_ids: Iterable[int], reason: str = "") -> None:
    """Write one look at each of these customers into the log, in one statement."""
    common = {"user_id": request.user.pk, "action": action, "reason": reason[:300]}
    common["ip_address"] = client_address(request) or None
    AccessLogEntry.objects.bulk_create(AccessLogEntry(customer_id=each, **common) for each in customer_ids)


def unmask(request: HttpRequest, customer: Customer, *, reason: str) -> None:
    """Let the reader see this customer unmasked for ten minutes, in this session only.

    Raises:
        PermissionDenied: the reader may not.
        ReasonMissing: no reason was given.
    """
    if not request.user.has_perm(MAY_UNMASK):
        raise PermissionDenied
    if len(reason.strip()) < SHORTEST_REASON:
        raise ReasonMissing(_("Say why you need to see it, for example “asked by phone about order 1234”."))
    until = timezone.now() + UNMASKED_FOR
    record(request, AccessLogEntry.Action.UNMASK, customer=customer, reason=reason.strip(), until=until)
    request.session[SESSION_KEY] = _running(request) | {str(customer.pk): until.isoformat()}


def is_unmasked(request: HttpRequest, customer: Customer) -> bool:
    """Tell whether the reader sees this customer unmasked now; the permission is asked every time."""
    return request.user.has_perm(MAY_UNMASK) and str(customer.pk) in _running(request)


def _running(request: HttpRequest) -> dict[str, str]:
    """Return the unmaskings of this session that have not run out."""
    now = timezone.now()
    granted = request.session.get(SESSION_KEY, {})
    return {pk: until for pk, until in granted.items() if datetime.fromisoformat(until) > now}
