"""The small numbers beside the customers' entries of the menu."""

from django.http import HttpRequest
from django.utils import timezone

from crm_project.menu import MENU_COUNTS
from customers.consent import duties
from customers.feedback import cases
from customers.models import ExportRequest, WebhookDelivery
from customers.privacy import access_review, exports, incidents, subject_requests


def pressing_duties(request: HttpRequest) -> int:
    """Return how many notices about consent are overdue or due within a week."""
    return duties.pressing(timezone.localdate()).due


def unanswered_requests(request: HttpRequest) -> int:
    """Return how many people wait for an answer about their data."""
    return subject_requests.unanswered().count()


def pending_incidents(request: HttpRequest) -> int:
    """Return how many incidents are not closed."""
    return incidents.pending().count()


def exports_to_decide(request: HttpRequest) -> int:
    """Return how many exports wait for this person's decision; never their own."""
    if not request.user.has_perm(exports.MAY_APPROVE):
        return 0
    waiting = ExportRequest.objects.filter(status=ExportRequest.Status.WAITING)
    return waiting.exclude(asked_by=request.user.pk).count()


def months_to_review(request: HttpRequest) -> int:
    """Return how many past months of the access log nobody went over."""
    return len(access_review.months_to_review())


def deliveries_to_look_at(request: HttpRequest) -> int:
    """Return how many calls of platforms a person has to do something about."""
    waiting = (WebhookDelivery.State.FAILED, WebhookDelivery.State.TO_FETCH)
    return WebhookDelivery.objects.filter(state__in=waiting).count()


def overdue_cases(request: HttpRequest) -> int:
    """Return how many complaints should have been settled, or are nobody's."""
    late = cases.overdue(timezone.localdate())
    return (late | cases.pending().filter(owner=None)).distinct().count()


MENU_COUNTS.register("cases", overdue_cases)
MENU_COUNTS.register("duties", pressing_duties)
MENU_COUNTS.register("subject_requests", unanswered_requests)
MENU_COUNTS.register("incidents", pending_incidents)
MENU_COUNTS.register("exports", exports_to_decide)
MENU_COUNTS.register("access", months_to_review)
MENU_COUNTS.register("deliveries", deliveries_to_look_at)
