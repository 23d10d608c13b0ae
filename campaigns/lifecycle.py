"""The only writer of a campaign's status.

draft → in review → approved (`scheduled`) → sending (`active`) ⇄ paused → finished; or cancelled. Each move is one
conditional update: of two people who press at once, one succeeds and the other is told where the campaign stands.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Case, QuerySet, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns import survey_links
from campaigns.compliance import whole_campaign
from campaigns.errors import NotAllowed, NotReady, WrongStatus
from campaigns.fingerprint import fingerprint, snapshot, valid_approval
from campaigns.library import blocks
from campaigns.models import Approval, Campaign, ChannelAccount, Fallback, Message, Resumption
from campaigns.notices import checks as notice_checks
from campaigns.offers import offer_checks
from campaigns.pipeline import content
from campaigns.pipeline.returned import returned
from campaigns.review import change_words
from crm_project.queue import kick

Status = Campaign.Status
MAY_STOP = "campaigns.stop_campaign"
MAY_EDIT = "campaigns.change_campaign"


@transaction.atomic
def submit_for_review(campaign: Campaign, *, by: User) -> Approval:
    """Ask for a second person's decision about the campaign as it stands.

    Raises:
        NotAllowed: `by` may not change campaigns.
        NotReady: something is missing or wrong; says what.
        WrongStatus: it is not a draft.
    """
    permit(by, MAY_EDIT)
    blocks.take_for(campaign)
    problems = what_is_missing(campaign)
    if problems:
        raise NotReady(problems)
    _move(campaign, from_=[Status.DRAFT], to=Status.IN_REVIEW, status_reason="", author=campaign.author or by)
    kick("campaigns.tasks.check_links", campaign.pk)
    return Approval.objects.create(
        campaign=campaign,
        decision=Approval.Decision.REQUESTED,
        fingerprint=fingerprint(campaign),
        content=snapshot(campaign),
        decided_by=by,
    )


def what_is_missing(campaign: Campaign) -> list[str]:
    """Return what keeps the campaign from being reviewed, as sentences; warnings are not among them."""
    problems = [*whole_campaign.problems(campaign), *notice_checks.problems(campaign), *offer_checks.problems(campaign)]
    problems += survey_links.problems(campaign)
    if not campaign.has_audience:
        problems.append(_("Choose the segment it goes to."))
    steps = list(campaign.steps.select_related("account"))
    if len(steps) != 1 or not steps[0].variants.exists():
        return [*problems, _("Choose a sending account and write the content.")]
    for variant in steps[0].variants.select_related("step__account", "fallback__account"):
        problems += [str(problem) for problem in content.check(variant) if not problem.is_warning]
    return problems


def back_to_draft(campaign: Campaign, *, by: User) -> None:
    """Take a campaign back to edit it. An approval it had is void: whatever changes must be approved again.

    Raises:
        NotAllowed, WrongStatus
    """
    permit(by, MAY_EDIT)
    _move(campaign, from_=[Status.IN_REVIEW, Status.SCHEDULED], to=Status.DRAFT, status_reason="")


def hold_draft(campaign: Campaign) -> None:
    """Keep a draft a draft until the transaction ends, so that an edit cannot overtake a review.

    Raises:
        WrongStatus: it is no draft any more.
    """
    now = Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    if not now.is_editable:
        raise WrongStatus(now.get_status_display(), wanted=Status.DRAFT.label)


def hold_in_review(campaign: Campaign) -> None:
    """Keep a campaign in review until the transaction ends, so that of two who decide at once one comes first.

    Raises:
        WrongStatus: it is not in review any more.
    """
    now = Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    if now.status != Status.IN_REVIEW:
        raise WrongStatus(now.get_status_display(), wanted=Status.IN_REVIEW.label)


def mark_approved(campaign: Campaign) -> None:
    """Let an approved campaign wait for its time. Only `approval.approve` calls this.

    Raises:
        WrongStatus
    """
    _move(campaign, from_=[Status.IN_REVIEW], to=Status.SCHEDULED, status_reason="")


def mark_returned(campaign: Campaign, *, from_: str, note: str) -> None:
    """Give a campaign back to its author. Only `approval` calls this.

    Raises:
        WrongStatus
    """
    _move(campaign, from_=[from_], to=Status.DRAFT, status_reason=note[:300])


def start_due(now: datetime) -> list[int]:
    """Begin the approved campaigns whose time has come; return their ids.

    One whose approval no longer holds, or that missed its time by more than its latest start, goes back to review
    with the reason. One over a paused account waits.
    """
    started = []
    for campaign_id in list(Campaign.objects.due(now).values_list("pk", flat=True)):
        with transaction.atomic():
            campaign = Campaign.objects.select_for_update(skip_locked=True, no_key=True).filter(pk=campaign_id).first()
            if campaign and campaign.status == Status.SCHEDULED and _start(campaign, now):
                started.append(campaign.pk)
    return started


def begin(campaign: Campaign, now: datetime) -> None:
    """Begin a message of an automation, approved this moment. Only `automation/lifecycle` calls this.

    Raises:
        WrongStatus
    """
    _move(campaign, from_=[Status.SCHEDULED], to=Status.ACTIVE, started_at=now, status_reason="")


def pause(campaign: Campaign, *, by: User | None, reason: str = "") -> None:
    """Hold a campaign that is sending; takes effect before the next slice (U-06). No `by`: the system does it.

    Raises:
        NotAllowed, WrongStatus
    """
    permit(by, MAY_STOP)
    _move(campaign, from_=[Status.ACTIVE], to=Status.PAUSED, status_reason=reason[:300])


@transaction.atomic
def resume(campaign: Campaign, *, by: User) -> None:
    """Go on with a paused campaign where it stood.

    Raises:
        NotAllowed: no permission, or what was approved has changed.
        WrongStatus
    """
    permit(by, MAY_STOP)
    if valid_approval(campaign) is None:
        raise NotAllowed(change_words.since_approval(campaign))
    paused = paused_accounts(campaign).first()
    if paused:
        raise NotAllowed(_("Its sending account is paused: %s. Resume the account first.") % paused.pause_reason)
    came_back = returned(campaign)
    Resumption.objects.create(
        campaign=campaign,
        by=by,
        reason=campaign.status_reason,
        sent=came_back.sent,
        failed=came_back.failed,
        undelivered=came_back.undelivered,
        complained=came_back.complained,
    )
    _move(campaign, from_=[Status.PAUSED], to=Status.ACTIVE, status_reason="")
    kick("campaigns.tasks.plan_campaign", campaign.pk)
    kick("campaigns.tasks.dispatch_messages")


@transaction.atomic
def stop(campaign: Campaign, *, by: User, reason: str = "") -> int:
    """End a campaign for good, in an emergency; return how many messages will not leave.

    What was handed over stays as it is, what is being handed over gets its outcome, the rest is stopped.

    Raises:
        NotAllowed, WrongStatus
    """
    permit(by, MAY_STOP)
    now = timezone.now()
    _move(
        campaign, from_=[Status.ACTIVE, Status.PAUSED], to=Status.CANCELLED, status_reason=reason[:300], finished_at=now
    )
    waiting = Message.objects.filter(campaign=campaign, status__in=[Message.Status.PLANNED, Message.Status.CLAIMED])
    # What is handed over again because nobody answered may have been accepted the first time.
    was_out = When(sending_at__isnull=False, then=Value(Message.Status.UNKNOWN))
    return waiting.update(status=Case(was_out, default=Value(Message.Status.STOPPED)), lease_until=None)


def cancel(campaign: Campaign, *, by: User | None, reason: str = "") -> None:
    """Give up a campaign that has not begun. No `by`: the system does it.

    Raises:
        NotAllowed, WrongStatus
    """
    permit(by, MAY_EDIT)
    not_begun = [Status.DRAFT, Status.IN_REVIEW, Status.SCHEDULED]
    _move(campaign, from_=not_begun, to=Status.CANCELLED, status_reason=reason[:300], finished_at=timezone.now())


def finish_if_done(campaign_id: int) -> bool:
    """Finish a planned campaign of which no message is open; tell whether it is finished.

    Open are the unknown ones too, those that wait for the morning, and those that may still go on over another way.
    """
    with transaction.atomic():
        planned = Campaign.objects.filter(pk=campaign_id, status=Status.ACTIVE, planned_at__isnull=False)
        if not planned.exists() or _has_open_messages(campaign_id):
            return False
        return bool(planned.update(status=Status.FINISHED, finished_at=timezone.now(), status_reason=""))


def close_standing(campaign: Campaign) -> bool:
    """Finish a campaign that nobody enters any more, once no message of it is open; tell whether it is finished."""
    Campaign.objects.filter(pk=campaign.pk, planned_at=None).update(planned_at=timezone.now())
    return finish_if_done(campaign.pk)


def permit(by: User | None, permission: str) -> None:
    """Let pass who has the permission; no `by` is the system.

    Raises:
        NotAllowed
    """
    if by is not None and not by.has_perm(permission):
        raise NotAllowed(_("You may not do this. Ask somebody with the permission, or an administrator."))


def paused_accounts(campaign: Campaign) -> QuerySet[ChannelAccount]:
    """Return the accounts of the campaign, of its fallbacks too, that are paused."""
    return campaign.accounts().filter(paused_at__isnull=False)


def _has_open_messages(campaign_id: int) -> bool:
    messages = Message.objects.filter(campaign=campaign_id)
    if messages.unfinished().exists():
        return True
    has_fallback = Fallback.objects.filter(step__campaign=campaign_id).exists()
    return has_fallback and messages.awaiting_report().exists()


def _start(campaign: Campaign, now: datetime) -> bool:
    approval = valid_approval(campaign)
    if approval is None:
        return _back_to_review(campaign, _("It changed after it was approved."))
    unlawful = whole_campaign.problems(campaign)
    if unlawful:
        return _back_to_review(campaign, unlawful[0][:300])
    # Approved again after its time: it counts from that decision.
    due_at = max(campaign.scheduled_at or approval.decided_at, approval.decided_at)
    if now > due_at + timedelta(hours=campaign.latest_start_hours):
        return _back_to_review(campaign, _("It missed its time by more than its latest start allows."))
    if paused_accounts(campaign).exists():
        return False
    _move(campaign, from_=[Status.SCHEDULED], to=Status.ACTIVE, started_at=now, status_reason="")
    kick("campaigns.tasks.plan_campaign", campaign.pk)
    return True


def _back_to_review(campaign: Campaign, reason: str) -> bool:
    _move(campaign, from_=[Status.SCHEDULED], to=Status.IN_REVIEW, status_reason=reason)
    return False


def _move(campaign: Campaign, *, from_: Collection[str], to: str, **changes: object) -> None:
    """Set the status where it still is one of `from_`, together with `changes`; the object in hand follows."""
    changes["status"] = to
    if not Campaign.objects.filter(pk=campaign.pk, status__in=from_, source="").update(**changes):
        campaign.refresh_from_db(fields=["status"])
        wanted = " / ".join(str(Status(each).label) for each in from_)
        raise WrongStatus(campaign.get_status_display(), wanted=wanted)
    for name, value in changes.items():
        setattr(campaign, name, value)
