"""What people ask of the shop about their own data, and that each is answered within ten days (P-05)."""

from datetime import date, datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from customers import consent
from customers.errors import RequestRefused
from customers.models import ConsentState, Customer, SubjectRequest

Kind, Status, Origin = SubjectRequest.Kind, SubjectRequest.Status, SubjectRequest.Origin
DAYS_TO_ANSWER = 10
MAY_HANDLE = "customers.handle_subject_requests"


def open_request(
    kind: str,
    *,
    customer: Customer | None,
    origin: str = Origin.STAFF,
    details: str = "",
    received_at: datetime | None = None,
    reference: str = "",
    by: User | None = None,
) -> SubjectRequest:
    """Write down that a person asked for something; one with the same reference is the same request.

    Raises:
        RequestRefused: nobody can ask for that, or it was received in the future.
    """
    received_at = received_at or timezone.now()
    if kind not in Kind:
        raise RequestRefused(_("Choose what the person asks for."))
    if received_at > timezone.now() + timedelta(minutes=5):
        raise RequestRefused(_("A request cannot have been received in the future."))
    values = {
        "customer": customer,
        "details": details.strip()[:2_000],
        "received_at": received_at,
        "due_on": due_day(received_at),
        "opened_by": by,
    }
    if not reference:
        return SubjectRequest.objects.create(kind=kind, origin=origin, **values)
    request, _is_new = SubjectRequest.objects.get_or_create(
        kind=kind, origin=origin, reference=reference[:120], defaults=values
    )
    return request


def due_day(received_at: datetime) -> date:
    """Return the last day (KST) on which the answer is in time."""
    return timezone.localdate(received_at) + timedelta(days=DAYS_TO_ANSWER)


def unanswered() -> QuerySet[SubjectRequest]:
    """Return the requests that are open, or closed without that the person was told, most pressing first."""
    return SubjectRequest.objects.filter(Q(status=Status.OPEN) | Q(notified_at=None)).order_by("due_on", "pk")


def overdue(today: date) -> QuerySet[SubjectRequest]:
    """Return the unanswered requests whose ten days are over."""
    return unanswered().filter(due_on__lt=today)


@transaction.atomic
def stop_processing(request: SubjectRequest, *, by: User) -> int:
    """Withdraw every consent that the person has given, as of when they asked; return how many."""
    if request.customer is None:
        return 0
    # What they agreed to after they had asked is a later word of theirs, and holds.
    states = ConsentState.objects.filter(customer=request.customer, is_granted=True, since__lte=request.received_at)
    withdrawn = [
        consent.withdraw(
            state.customer_id,
            purpose=state.purpose,
            channel=state.channel,
            occurred_at=request.received_at,
            method=consent.Method.STAFF,
            actor=by,
        )
        for state in states
    ]
    return len([entry for entry in withdrawn if entry])


@transaction.atomic
def close(request: SubjectRequest, *, by: User, outcome: str, is_refused: bool = False, told_by: str = "") -> None:
    """Record what came of a request. A refusal names its reason and where to appeal (P-05).

    Raises:
        RequestRefused: it is closed already, nothing was said, or the person it wants erased is still there.
    """
    current = SubjectRequest.objects.select_for_update().get(pk=request.pk)
    if current.status != Status.OPEN:
        raise RequestRefused(_("This request was closed already."))
    if not outcome.strip():
        raise RequestRefused(_("Say what was done, or why it is refused and where the person can appeal."))
    is_there = current.customer is not None and current.customer.erased_at is None
    if current.kind == Kind.ERASE and is_there and not is_refused:
        raise RequestRefused(_("Erase the person first; then close the request."))
    if current.kind == Kind.STOP and not is_refused:
        stop_processing(current, by=by)
    current.status = Status.REFUSED if is_refused else Status.DONE
    current.outcome, current.closed_by, current.closed_at = outcome.strip()[:2_000], by, timezone.now()
    if told_by.strip():
        current.notified_at, current.notified_how = timezone.now(), told_by.strip()[:60]
    current.save()


def note_told(request: SubjectRequest, *, how: str) -> None:
    """Record that the person was told the outcome, and by which way.

    Raises:
        RequestRefused: it is still open, or no way was named.
    """
    if not how.strip():
        raise RequestRefused(_("Say how the person was told: by phone, by e-mail, by letter."))
    told = SubjectRequest.objects.filter(pk=request.pk, notified_at=None).exclude(status=Status.OPEN)
    if not told.update(notified_at=timezone.now(), notified_how=how.strip()[:60]):
        raise RequestRefused(_("Close the request first."))
