"""The small numbers beside the campaigns' entries of the menu."""

from django.http import HttpRequest

from campaigns.approval import MAY_APPROVE
from campaigns.models import Campaign
from crm_project.menu import MENU_COUNTS


def waiting_for(request: HttpRequest) -> int:
    """Return how many campaigns wait for this person's decision; never their own."""
    if not request.user.has_perm(MAY_APPROVE):
        return 0
    return Campaign.objects.waiting_for_review().exclude(author=request.user.pk).count()


MENU_COUNTS.register("approvals", waiting_for)
