"""The only writer of an automation's and a version's status. The campaigns of its messages go along.

A version: draft → in review → in force → replaced. The automation: never ran → running ⇄ paused; stopped for good.
One decision of a second person is about everything: who enters, each step, each message. What changes afterwards
pauses the automation; what happens while it is paused is caught up like an outage, as far as it is still in time.
"""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns import approval
from campaigns import lifecycle as of_campaigns
from campaigns.automation import expecting
from campaigns.automation.checks import what_is_missing
from campaigns.automation.fingerprint import snapshot, valid_decision
from campaigns.automation.statuses import move, move_version
from campaigns.errors import NotAllowed, NotReady, WrongVersionStatus
from campaigns.fingerprint import fingerprint_of
from campaigns.models import Automation, AutomationDecision, AutomationVersion, Campaign, Journey
from campaigns.pipeline import plan
from crm_project.queue import kick

__all__ = [
    "approve", "back_to_draft", "close_replaced", "hold_what_changed", "objection", "pause", "resume",
    "return_to_author", "stop", "submit", "what_is_missing",
]  # fmt: skip

MAY_WRITE = "campaigns.change_automation"
MAY_APPROVE = "campaigns.approve_automation"
MAY_STOP = "campaigns.stop_automation"
Status = Automation.Status
VersionStatus = AutomationVersion.Status
Decision = AutomationDecision.Decision
RUN = "campaigns.tasks.run_automations"
STOPPED = "stopped"


@transaction.atomic
def submit(version: AutomationVersion, *, by: User) -> AutomationDecision:
    """Ask for a second person's decision about the version as it stands, with all its messages.

    Raises:
        NotAllowed: `by` may not write automations, or it was stopped for good.
        NotReady: something is missing or wrong; says in which step.
        WrongVersionStatus: it is no draft.
    """
    of_campaigns.permit(by, MAY_WRITE)
    if _locked(version).status == Status.STOPPED:
        raise NotAllowed(_("It was stopped for good. Make another automation."))
    problems = what_is_missing(version)
    if problems:
        raise NotReady(problems)
    version.author = version.author or by
    move_version(version, from_=[VersionStatus.DRAFT], to=VersionStatus.IN_REVIEW, author=version.author)
    for campaign in _messages(version):
        of_campaigns.submit_for_review(campaign, by=by)
    kick(expecting.JOB, version.pk)
    return _decide(version, Decision.REQUESTED, by=by)


@transaction.atomic
def approve(version: AutomationVersion, *, by: User, note: str = "", seen: str | None = None) -> AutomationDecision:
    """Put the version in force with all its messages, from now on; the one before it is replaced.

    Args:
        seen: the fingerprint of what the approver looked at.

    Raises:
        NotAllowed: no permission, or `by` wrote it or asked for the review.
        NotReady: something is missing, wrong or changed since it was looked at.
        WrongVersionStatus: it is not in review.
    """
    automation = _locked(version)
    _permit_decision(version, by)
    if version.status != VersionStatus.IN_REVIEW:
        raise WrongVersionStatus(version.get_status_display(), wanted=VersionStatus.IN_REVIEW.label)
    # Read once: what changes from here on is not what was looked at, so it voids this approval.
    content = snapshot(version)
    if seen is not None and seen != fingerprint_of(content):
        raise NotReady([_("It changed while you were looking. Reload the page and look again.")])
    problems = what_is_missing(version)
    if problems:
        raise NotReady(problems)
    now = timezone.now()
    for campaign in _messages(version):
        approval.release(campaign, by=by, note=note)
        of_campaigns.begin(campaign, now)
        plan.plan_campaign(campaign.pk)  # stores its links; people come by their journeys
    _put_in_force(automation, version, now)
    _resume_messages(automation, by)
    kick(RUN)
    return _decide(version, Decision.APPROVED, by=by, note=note, content=content)


@transaction.atomic
def return_to_author(version: AutomationVersion, *, by: User, note: str) -> AutomationDecision:
    """Give the version back with what should change.

    Raises:
        NotAllowed, NotReady (no note), WrongVersionStatus
    """
    _locked(version)
    _permit_decision(version, by)
    if not note.strip():
        raise NotReady([_("Say what should change, so that the author knows.")])
    move_version(version, from_=[VersionStatus.IN_REVIEW], to=VersionStatus.DRAFT)
    for campaign in _messages(version):
        approval.give_back(campaign, by=by, note=note)
    return _decide(version, Decision.RETURNED, by=by, note=note)


@transaction.atomic
def back_to_draft(version: AutomationVersion, *, by: User) -> None:
    """Take a version back out of review to edit it.

    Raises:
        NotAllowed, WrongVersionStatus
    """
    of_campaigns.permit(by, MAY_WRITE)
    _locked(version)
    move_version(version, from_=[VersionStatus.IN_REVIEW], to=VersionStatus.DRAFT)
    for campaign in _messages(version):
        of_campaigns.back_to_draft(campaign, by=by)


@transaction.atomic
def pause(automation: Automation, *, by: User | None, reason: str = "") -> None:
    """Let nobody enter, go on or be written to until it is resumed. No `by`: the system does it.

    Raises:
        NotAllowed, WrongVersionStatus
    """
    of_campaigns.permit(by, MAY_STOP)
    move(automation, from_=[Status.ACTIVE], to=Status.PAUSED, reason=reason)
    for campaign in _campaigns(automation, Campaign.Status.ACTIVE):
        of_campaigns.pause(campaign, by=None, reason=reason)


@transaction.atomic
def resume(automation: Automation, *, by: User) -> None:
    """Go on where it stood; what happened meanwhile is caught up as far as it is still in time.

    Raises:
        NotAllowed: no permission, or what was approved has changed.
        WrongVersionStatus
    """
    of_campaigns.permit(by, MAY_STOP)
    if automation.live_version is None or valid_decision(automation.live_version) is None:
        raise NotAllowed(_("It changed since it was approved. Make a new version of it and have that approved."))
    move(automation, from_=[Status.PAUSED], to=Status.ACTIVE)
    _resume_messages(automation, by)
    kick(RUN)


@transaction.atomic
def stop(automation: Automation, *, by: User, reason: str = "") -> int:
    """End an automation for good, with everybody inside; return how many messages will not leave.

    Raises:
        NotAllowed, WrongVersionStatus
    """
    of_campaigns.permit(by, MAY_STOP)
    move(automation, from_=[Status.ACTIVE, Status.PAUSED], to=Status.STOPPED, reason=reason)
    inside = Journey.objects.filter(automation=automation, status=Journey.Status.INSIDE)
    inside.update(status=Journey.Status.EXITED, end_reason=STOPPED, ended_at=timezone.now(), due_at=None)
    running = _campaigns(automation, Campaign.Status.ACTIVE, Campaign.Status.PAUSED)
    return sum(of_campaigns.stop(campaign, by=by, reason=reason) for campaign in running)


def objection(version: AutomationVersion, by: User) -> str:
    """Return why this person may not decide about the version; empty: they may."""
    if not by.has_perm(MAY_APPROVE):
        return _("You may not decide about automations. Ask an approver.")
    request = version.decisions.filter(decision=Decision.REQUESTED).first()
    wrote = {version.author_id, request.decided_by_id if request else None}
    wrote |= set(_messages(version).values_list("author", flat=True))
    if by.pk in wrote:
        return _("You wrote this automation or asked for its review. Somebody else must decide about it.")
    return ""


def hold_what_changed() -> list[int]:
    """Pause the running automations of which something changed or a message was paused; return their ids.

    Asked before anybody enters: what nobody approved takes nobody in.
    """
    running = Automation.objects.filter(status=Status.ACTIVE).select_related("live_version__automation")
    return [automation.pk for automation in running if (reason := _why_held(automation)) and _held(automation, reason)]


def close_replaced() -> int:
    """Finish the messages of replaced versions that nobody is inside any more; return how many."""
    # By the step they wait for, of which an index holds those inside alone.
    inside = Journey.objects.filter(step__version=OuterRef("automation_step__version"), status=Journey.Status.INSIDE)
    over = Campaign.objects.filter(
        ~Exists(inside), automation_step__version__status=VersionStatus.RETIRED, status=Campaign.Status.ACTIVE
    )
    return sum(of_campaigns.close_standing(campaign) for campaign in over.order_by("pk"))


def _why_held(automation: Automation) -> str:
    version = automation.live_version
    if version is None or valid_decision(version) is None:
        return _("It changed after it was approved.")
    paused = _messages(version).filter(status=Campaign.Status.PAUSED).first()
    return f"{paused.name}: {paused.status_reason}" if paused else ""


def _held(automation: Automation, reason: str) -> bool:
    try:
        pause(automation, by=None, reason=reason)
    except WrongVersionStatus:
        return False  # somebody else paused or stopped it meanwhile, which is as good
    return True


def _put_in_force(automation: Automation, version: AutomationVersion, now: datetime) -> None:
    before = automation.live_version
    if before is not None:
        move_version(before, from_=[VersionStatus.LIVE], to=VersionStatus.RETIRED, retired_at=now)
    move_version(version, from_=[VersionStatus.IN_REVIEW], to=VersionStatus.LIVE, live_from=now)
    changes: dict[str, object] = {"live_version": version}
    if before is None or _enters_otherwise(before, version):
        # What happened earlier was not asked for by this trigger: nobody enters by it.
        changes |= {"begins_at": now, "read_until": now}
    if automation.status != Status.ACTIVE:
        move(automation, from_=[Status.DRAFT, Status.PAUSED], to=Status.ACTIVE)
    Automation.objects.filter(pk=automation.pk).update(**changes)
    for name, value in changes.items():
        setattr(automation, name, value)


def _resume_messages(automation: Automation, by: User) -> None:
    """Go on with the messages that were paused with the whole.

    Those of an older version that changed, or whose account is paused, stay so: they must not keep a new one back.
    """
    for campaign in _campaigns(automation, Campaign.Status.PAUSED).select_related("automation_step"):
        is_older = campaign.automation_step.version_id != automation.live_version_id
        if approval.is_approved(campaign) and not (is_older and of_campaigns.paused_accounts(campaign).exists()):
            of_campaigns.resume(campaign, by=by)


def _enters_otherwise(before: AutomationVersion, version: AutomationVersion) -> bool:
    return (before.trigger, before.trigger_settings) != (version.trigger, version.trigger_settings)


def _messages(version: AutomationVersion) -> QuerySet[Campaign]:
    return Campaign.objects.filter(automation_step__version=version).order_by("pk")


def _campaigns(automation: Automation, *statuses: str) -> QuerySet[Campaign]:
    return automation.campaigns.filter(status__in=statuses).order_by("pk")


def _locked(version: AutomationVersion) -> Automation:
    """Return the automation, held until the transaction ends; the version in hand becomes as it is now."""
    automation = Automation.objects.select_for_update(no_key=True).get(pk=version.automation_id)
    version.refresh_from_db()
    version.automation = automation
    return automation


def _permit_decision(version: AutomationVersion, by: User) -> None:
    reason = objection(version, by)
    if reason:
        raise NotAllowed(reason)


def _decide(
    version: AutomationVersion, decision: str, *, by: User, note: str = "", content: dict | None = None
) -> AutomationDecision:
    content = content or snapshot(version)
    return AutomationDecision.objects.create(
        version=version,
        decision=decision,
        fingerprint=fingerprint_of(content),
        content=content,
        note=note,
        decided_by=by,
    )
