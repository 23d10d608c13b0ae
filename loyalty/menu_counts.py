"""The small numbers beside the entries of loyalty in the menu."""

from django.http import HttpRequest

from crm_project.menu import MENU_COUNTS
from loyalty.adjustments import asking


def adjustments_waiting(request: HttpRequest) -> int:
    """Return how many adjustments wait for this person's decision; never their own."""
    return asking.waiting_for(request.user).count()


MENU_COUNTS.register("adjustments", adjustments_waiting)
