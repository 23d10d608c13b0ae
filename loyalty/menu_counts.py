"""The small numbers beside the entries of loyalty in the menu."""

from django.http import HttpRequest

from crm_project.menu import MENU_COUNTS
from loyalty.adjustments import asking
from loyalty.staff_alerts import looking


def adjustments_waiting(request: HttpRequest) -> int:
    """Return how many adjustments wait for this person's decision; never their own."""
    return asking.waiting_for(request.user).count()


def alerts_to_look_at(request: HttpRequest) -> int:
    """Return how many alerts about bookings of staff nobody has looked at."""
    return looking.open_alerts().count()


MENU_COUNTS.register("adjustments", adjustments_waiting)
MENU_COUNTS.register("staff_alerts", alerts_to_look_at)
