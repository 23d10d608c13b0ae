"""The small numbers beside the campaigns' entries of the menu."""

from django.http import HttpRequest

from campaigns.approval import MAY_APPROVE
from campaigns.automation.lifecycle import MAY_APPROVE as MAY_APPROVE_AUTOMATION
from campaigns.models import AutomationVersion, Campaign, KakaoTemplate
from crm_project.menu import MENU_COUNTS


def waiting_for(request: HttpRequest) -> int:
    """Return how many campaigns wait for this person's decision; never their own."""
    if not request.user.has_perm(MAY_APPROVE):
        return 0
    return Campaign.objects.waiting_for_review().exclude(author=request.user.pk).count()


def automations_waiting_for(request: HttpRequest) -> int:
    """Return how many automations wait for this person's decision; never their own."""
    if not request.user.has_perm(MAY_APPROVE_AUTOMATION):
        return 0
    in_review = AutomationVersion.objects.filter(status=AutomationVersion.Status.IN_REVIEW)
    return in_review.exclude(author=request.user.pk).count()


def rejected_templates(request: HttpRequest) -> int:
    """Return how many templates Kakao sent back to be mended, for those who write them."""
    if not request.user.has_perm("campaigns.change_kakaotemplate"):
        return 0
    return KakaoTemplate.objects.filter(state=KakaoTemplate.State.REJECTED).count()


MENU_COUNTS.register("approvals", waiting_for)
MENU_COUNTS.register("automations", automations_waiting_for)
MENU_COUNTS.register("kakao_templates", rejected_templates)
