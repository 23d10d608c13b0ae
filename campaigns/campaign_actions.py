"""What people do to a campaign with one button: decide, take back, pause, resume, stop, settle. POST only."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns import approval, lifecycle
from campaigns.compliance import information
from campaigns.errors import CountDiffers, NotAllowed
from campaigns.models import Approval, Campaign, Message
from campaigns.pipeline.settling import settle_unknown
from campaigns.review import link_check
from campaigns.standing import list_url, page_of
from crm_project.errors import BusinessError
from crm_project.templatetags.formats import number_text
from crm_project.typed_words import typed_words

Act = Callable[[Campaign, HttpRequest], str]
ACTS: dict[str, Act] = {}
# After these, whoever pressed the button may have nothing to do with the campaign any more.
BACK_TO_LIST = ("return", "revoke", "cancel")

# What is done to a message of an automation with all the rest of it (`campaigns/automation/lifecycle.py`).
DECIDED_TOGETHER = ("approve", "return", "revoke", "edit", "cancel", "pause", "resume", "stop")


def act(name: str) -> Callable[[Act], Act]:
    """Make the decorated function the act of that name; it returns the sentence that says what happened.

    Its module checks who may: `lifecycle`, `approval` and `settling` raise NotAllowed.
    """

    def register(function: Act) -> Act:
        ACTS[name] = function
        return function

    return register


class CampaignActions:
    """The acting part of the campaigns' ModelAdmin."""

    def get_urls(self) -> list[URLPattern]:
        return [*(self._url(name) for name in ACTS), *super().get_urls()]

    def _url(self, name: str) -> URLPattern:
        def view(request: HttpRequest, campaign_id: int) -> HttpResponse:
            return self._act(request, campaign_id, name)

        return path(f"<int:campaign_id>/{name}/", self.admin_site.admin_view(view), name=f"campaigns_campaign_{name}")

    def _act(self, request: HttpRequest, campaign_id: int, name: str) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        campaign = get_object_or_404(Campaign.objects.own(), pk=campaign_id)
        if not self.has_view_permission(request, campaign):
            raise PermissionDenied
        try:
            if campaign.automation_id and name in DECIDED_TOGETHER:
                raise NotAllowed(_("It is one message of an automation. Decide about the automation as a whole."))
            done = ACTS[name](campaign, request)
        except BusinessError as error:
            messages.error(request, str(error))
            campaign.refresh_from_db()
            return HttpResponseRedirect(page_of(campaign))
        self.log_change(request, campaign, done)
        messages.success(request, done)
        return HttpResponseRedirect(list_url() if name in BACK_TO_LIST else page_of(campaign))


@act("approve")
def _approve(campaign: Campaign, request: HttpRequest) -> str:
    decision = approval.approve(
        campaign,
        by=request.user,
        note=typed_words(request, "note"),
        expected_recipients=_typed_count(request),
        seen=request.POST.get("seen", ""),
    )
    if decision.decision == Approval.Decision.FIRST:
        return _("You agreed. It is released when a second approver agrees too.")
    if campaign.scheduled_at:
        return _("Approved. It leaves at its time.")
    return _("Approved. It begins within a minute.")


@act("return")
def _return(campaign: Campaign, request: HttpRequest) -> str:
    approval.return_to_author(campaign, by=request.user, note=typed_words(request, "note"))
    return _("Returned to its author with your note.")


@act("revoke")
def _revoke(campaign: Campaign, request: HttpRequest) -> str:
    approval.revoke(campaign, by=request.user, note=typed_words(request, "note"))
    return _("The approval is taken back. The campaign is a draft again.")


@act("recheck")
def _recheck(campaign: Campaign, request: HttpRequest) -> str:
    link_check.ask_again(campaign, by=request.user)
    return _("Links and pictures are being asked. Reload the page in a moment.")


@act("acknowledge")
def _acknowledge(campaign: Campaign, request: HttpRequest) -> str:
    lifecycle.permit(request.user, lifecycle.MAY_EDIT)
    information.acknowledge(campaign, reason=typed_words(request, "reason"), by=request.user)
    return _("Recorded. Whoever reviews it sees your reason.")


@act("edit")
def _edit(campaign: Campaign, request: HttpRequest) -> str:
    lifecycle.back_to_draft(campaign, by=request.user)
    return _("It is a draft again. Ask for approval when it is ready.")


@act("cancel")
def _cancel(campaign: Campaign, request: HttpRequest) -> str:
    lifecycle.cancel(campaign, by=request.user, reason=typed_words(request, "note"))
    return _("The campaign is cancelled. Nothing of it was sent.")


@act("pause")
def _pause(campaign: Campaign, request: HttpRequest) -> str:
    lifecycle.pause(campaign, by=request.user, reason=typed_words(request, "note"))
    return _("Paused. What was being handed over is finished, nothing more begins.")


@act("resume")
def _resume(campaign: Campaign, request: HttpRequest) -> str:
    lifecycle.resume(campaign, by=request.user)
    return _("It goes on where it stood.")


@act("stop")
def _stop(campaign: Campaign, request: HttpRequest) -> str:
    stopped = lifecycle.stop(campaign, by=request.user, reason=typed_words(request, "note"))
    words = ngettext(
        "Stopped for good. %s message stays unsent.", "Stopped for good. %s messages stay unsent.", stopped
    )
    return words % number_text(stopped)


@act("settle")
def _settle(campaign: Campaign, request: HttpRequest) -> str:
    unknown = Message.objects.filter(campaign=campaign).unknown()
    chosen = [value for value in request.POST.getlist("message") if value.isdecimal()]
    if chosen:
        unknown = unknown.filter(pk__in=chosen)
    outcome = request.POST.get("outcome", "")
    if outcome not in (Message.Status.SENT, Message.Status.FAILED):
        raise SuspiciousOperation(f"An unknown message cannot be settled as {outcome!r}.")
    settled = settle_unknown(unknown.values_list("pk", flat=True), outcome=outcome, by=request.user)
    campaign.refresh_from_db()
    return ngettext("%s message settled.", "%s messages settled.", settled) % number_text(settled)


def _typed_count(request: HttpRequest) -> int | None:
    """Return the number of recipients as it was typed, with separators or without; None where none was asked for.

    Raises:
        CountDiffers: it is no number.
    """
    typed = request.POST.get("recipients", "").replace(",", "").replace(" ", "")
    if not typed:
        return None
    if not (typed.isascii() and typed.isdecimal()):
        raise CountDiffers(_("“%s” is not a number of people.") % typed[:20])
    return int(typed[:12])
