"""What people do to an automation with one button: ask for review, decide, pause, resume, stop, begin a new version."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.automation import expecting, lifecycle, versions
from campaigns.automation_pages.automation_standing import address, reviewed_version
from campaigns.errors import WrongVersionStatus
from campaigns.models import Automation, AutomationVersion
from crm_project.errors import BusinessError
from crm_project.queue import kick
from crm_project.templatetags.formats import number_text
from crm_project.typed_words import typed_words

Status = AutomationVersion.Status
Act = Callable[[Automation, HttpRequest], str]
ACTS: dict[str, tuple[str, Act]] = {}
# Where one goes afterwards, where that is not the editor.
LEADS_TO = {"submit": "review", "return": "review", "count": "review"}


def act(name: str, permission: str) -> Callable[[Act], Act]:
    """Make the decorated function the act of that name; it returns the sentence that says what happened.

    `lifecycle` and `versions` ask for more than the permission, such as that nobody decides about their own.
    """

    def register(function: Act) -> Act:
        ACTS[name] = (permission, function)
        return function

    return register


class AutomationActions:
    """The acting part of the automations' ModelAdmin."""

    def get_urls(self) -> list[URLPattern]:
        return [*(self._url(name) for name in ACTS), *super().get_urls()]

    def _url(self, name: str) -> URLPattern:
        def view(request: HttpRequest, automation_id: int) -> HttpResponse:
            return self._act(request, automation_id, name)

        place = f"<int:automation_id>/{name}/"
        return path(place, self.admin_site.admin_view(view), name=f"campaigns_automation_{name}")

    def _act(self, request: HttpRequest, automation_id: int, name: str) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        automation = get_object_or_404(Automation.objects.select_related("live_version"), pk=automation_id)
        permission, function = ACTS[name]
        if not (self.has_view_permission(request, automation) and request.user.has_perm(permission)):
            raise PermissionDenied
        try:
            done = function(automation, request)
        except BusinessError as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(address("review" if name == "approve" else "change", automation))
        self.log_change(request, automation, done)
        messages.success(request, done)
        return HttpResponseRedirect(address(LEADS_TO.get(name, "change"), automation))


@act("submit", lifecycle.MAY_WRITE)
def _submit(automation: Automation, request: HttpRequest) -> str:
    lifecycle.submit(_version(automation, Status.DRAFT), by=request.user)
    return _("Review requested. An approver other than you decides now.")


@act("approve", lifecycle.MAY_APPROVE)
def _approve(automation: Automation, request: HttpRequest) -> str:
    version, before = _version(automation, Status.IN_REVIEW), automation.live_version
    with transaction.atomic():
        seen = request.POST.get("seen", "")
        lifecycle.approve(version, by=request.user, note=typed_words(request, "note"), seen=seen)
        moved = versions.move_people(before, version) if before and request.POST.get("people") == "move" else 0
    said = _("Approved. It is in force from now on.")
    if not moved:
        return said
    words = ngettext("%s person inside goes on in it.", "%s people inside go on in it.", moved)
    return f"{said} {words % number_text(moved)}"


@act("return", lifecycle.MAY_APPROVE)
def _return(automation: Automation, request: HttpRequest) -> str:
    note = typed_words(request, "note")
    lifecycle.return_to_author(_version(automation, Status.IN_REVIEW), by=request.user, note=note)
    return _("Returned to its author with your note.")


@act("edit", lifecycle.MAY_WRITE)
def _edit(automation: Automation, request: HttpRequest) -> str:
    lifecycle.back_to_draft(_version(automation, Status.IN_REVIEW), by=request.user)
    return _("It is a draft again. Ask for approval when it is ready.")


@act("draft", lifecycle.MAY_WRITE)
def _draft(automation: Automation, request: HttpRequest) -> str:
    draft = versions.draft_of(automation, by=request.user)
    return _("Version %s is a draft. What is in force goes on until the draft is approved.") % draft.number


@act("count", "campaigns.view_automation")
def _count(automation: Automation, request: HttpRequest) -> str:
    kick(expecting.JOB, reviewed_version(automation).pk)
    return _("It is being counted how many would enter. Reload the page in a moment.")


@act("pause", lifecycle.MAY_STOP)
def _pause(automation: Automation, request: HttpRequest) -> str:
    lifecycle.pause(automation, by=request.user, reason=typed_words(request, "note"))
    return _("Paused. Nobody enters, goes on or is written to.")


@act("resume", lifecycle.MAY_STOP)
def _resume(automation: Automation, request: HttpRequest) -> str:
    lifecycle.resume(automation, by=request.user)
    return _("It goes on where it stood.")


@act("stop", lifecycle.MAY_STOP)
def _stop(automation: Automation, request: HttpRequest) -> str:
    stopped = lifecycle.stop(automation, by=request.user, reason=typed_words(request, "note"))
    words = ngettext(
        "Stopped for good. %s message stays unsent.", "Stopped for good. %s messages stay unsent.", stopped
    )
    return words % number_text(stopped)


def _version(automation: Automation, status: str) -> AutomationVersion:
    """Return the version of the automation in that status.

    Raises:
        WrongVersionStatus: there is none any more.
    """
    version = automation.versions.filter(status=status).select_related("automation").first()
    if version is None:
        raise WrongVersionStatus(automation.get_status_display(), wanted=Status(status).label)
    return version
