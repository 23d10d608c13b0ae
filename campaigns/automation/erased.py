"""Journeys of people whose data is erased: they end, and nothing says any more what made them begin."""

from collections.abc import Collection

from django.db.models import Case, F, Q, Value, When
from django.utils import timezone

from campaigns.models import Journey

ERASED = "erased"


def ended_by_erasure(customer_ids: Collection[int]) -> int:
    """End the journeys of erased customers and blank what made them enter; return how many rows."""
    journeys = Journey.objects.filter(customer__in=customer_ids)
    inside = Q(status=Journey.Status.INSIDE)
    return journeys.update(
        context={},
        status=Case(When(inside, then=Value(Journey.Status.EXITED)), default=F("status")),
        end_reason=Case(When(inside, then=Value(ERASED)), default=F("end_reason")),
        ended_at=Case(When(inside, then=Value(timezone.now())), default=F("ended_at")),
        due_at=Case(When(inside, then=Value(None)), default=F("due_at")),
    )
