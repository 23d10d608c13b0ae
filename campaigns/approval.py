"""The second person's decision. It is about exactly what they saw: any edit afterwards voids it.

Every decision is a row that stays, with what it was about, the counts and the cost of that moment. A large or dear
campaign needs two who agree, neither of them its author.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from campaigns import lifecycle
from campaigns.approval_limits import needs_count, needs_second
from campaigns.errors import CountDiffers, NotAllowed, NotReady
from campaigns.fingerprint import (
    Change,
    changes_since,
    fingerprint,
    fingerprint_of,
    is_approved,
    snapshot,
    valid_approval,
)
from campaigns.models import Approval, Campaign
from campaigns.pipeline import gate
from campaigns.review import expected_cost as costs
from crm_project.queue import kick

__all__ = [
    "Change", "approve", "changes_since", "expected_cost", "fingerprint", "give_back", "is_approved", "needs_count",
    "needs_second", "release", "return_to_author", "revoke", "snapshot", "valid_approval",
]  # fmt: skip

MAY_APPROVE = "campaigns.approve_campaign"
# People enter and leave a segment while the page is read: so much difference is still what was seen.
TOLERATED_SHARE = 0.01


@transaction.atomic
def approve(
    campaign: Campaign,
    *,
    by: User,
    note: str = "",
    expected_recipients: int | None = None,
    seen: str | None = None,
) -> Approval:
    """Release the campaign as it stands; it starts at its time, or at once. The first of two releases nothing yet.

    Args:
        expected_recipients: the number the approver typed; wanted from the thresholds of `approval_limits` on.

    Raises:
        NotAllowed: no permission, or `by` wrote it, asked for the review or is already the first of two.
        NotReady: something is missing, wrong or changed, nobody would receive it, or it costs more than its limit.
        CountDiffers: the number was not typed, or is not the number of recipients.
        WrongStatus: it is not in review.
    """
    _permit(by)
    # Before it is asked who may: of one person who presses twice, the second press finds the first.
    lifecycle.hold_in_review(campaign)
    _permit_decision(campaign, by)
    stages = gate.waterfall(campaign) if campaign.has_audience else []
    # Read once: what changes from here on is not what was looked at, so it voids this approval.
    content = snapshot(campaign)
    if seen is not None and seen != fingerprint_of(content):
        raise NotReady([_("It changed while you were looking. Reload the page and look again.")])
    recipients = gate.recipients(stages) if stages else 0
    problems = lifecycle.what_is_missing(campaign)
    cost = 0 if problems else expected_cost(campaign)
    problems = problems or _number_problems(campaign, recipients, cost)
    if problems:
        raise NotReady(problems)
    _check_count(recipients, cost, expected_recipients)
    counts: dict[str, Any] = {"stages": stages, "cost": cost, "content": content}
    if needs_second(recipients, cost) and first_of_two(campaign, fingerprint_of(content)) is None:
        return _decide(campaign, Approval.Decision.FIRST, by=by, note=note, **counts)
    lifecycle.mark_approved(campaign)
    approval = _decide(campaign, Approval.Decision.APPROVED, by=by, note=note, **counts)
    kick("campaigns.tasks.launch_due_campaigns")
    return approval


def first_of_two(campaign: Campaign, fingerprint_now: str | None = None) -> Approval | None:
    """Return the first approval of two where it is the last decision and nothing changed since."""
    last = campaign.approvals.select_related("decided_by").first()
    if last is None or last.decision != Approval.Decision.FIRST:
        return None
    return last if last.fingerprint == (fingerprint_now or fingerprint(campaign)) else None


@transaction.atomic
def return_to_author(campaign: Campaign, *, by: User, note: str) -> Approval:
    """Give the campaign back with what should change.

    Raises:
        NotAllowed, NotReady (no note), WrongStatus
    """
    _permit_decision(campaign, by)
    if not note.strip():
        raise NotReady([_("Say what should change, so that the author knows.")])
    lifecycle.mark_returned(campaign, from_=Campaign.Status.IN_REVIEW, note=note)
    return _decide(campaign, Approval.Decision.RETURNED, by=by, note=note)


@transaction.atomic
def revoke(campaign: Campaign, *, by: User, note: str = "") -> Approval:
    """Take back an approval before the campaign begins.

    Raises:
        NotAllowed, WrongStatus
    """
    _permit(by)
    lifecycle.mark_returned(campaign, from_=Campaign.Status.SCHEDULED, note=note)
    return _decide(campaign, Approval.Decision.REVOKED, by=by, note=note)


@transaction.atomic
def release(campaign: Campaign, *, by: User, note: str = "") -> Approval:
    """Release one message of an automation: part of the decision about the whole, which says who may take it.

    Nobody can say yet how many will come, so there is no number to type. Only `automation/lifecycle` calls this.

    Raises:
        NotReady: something is missing or wrong.
        WrongStatus: it is not in review.
    """
    problems = lifecycle.what_is_missing(campaign)
    if problems:
        raise NotReady(problems)
    lifecycle.mark_approved(campaign)
    return _decide(campaign, Approval.Decision.APPROVED, by=by, note=note)


@transaction.atomic
def give_back(campaign: Campaign, *, by: User, note: str) -> Approval:
    """Give one message of an automation back with the whole. Only `automation/lifecycle` calls this.

    Raises:
        WrongStatus
    """
    lifecycle.mark_returned(campaign, from_=Campaign.Status.IN_REVIEW, note=note)
    return _decide(campaign, Approval.Decision.RETURNED, by=by, note=note)


def objection(campaign: Campaign, by: User) -> str:
    """Return why this person may not decide about the campaign; empty: they may."""
    if campaign.automation:
        return _("It is a message of “%s”. Decide about the automation as a whole.") % campaign.automation
    if not by.has_perm(MAY_APPROVE):
        return _("You may not decide about campaigns. Ask an approver.")
    request = campaign.approvals.filter(decision=Approval.Decision.REQUESTED).first()
    if by.pk in (campaign.author_id, request.decided_by_id if request else None):
        return _("You wrote this campaign or asked for its review. Somebody else must decide about it.")
    first = first_of_two(campaign)
    if first and first.decided_by_id == by.pk:
        return _("You have agreed already. It is so large or dear that a second approver must agree too.")
    return ""


def expected_cost(campaign: Campaign) -> int:
    """Return what sending will cost, in won, rounded up; `campaigns/review/expected_cost.py` has it by way and kind."""
    return costs.expected_cost(campaign).won


def _permit_decision(campaign: Campaign, by: User) -> None:
    reason = objection(campaign, by)
    if reason:
        raise NotAllowed(reason)


def _permit(by: User) -> None:
    if not by.has_perm(MAY_APPROVE):
        raise NotAllowed(_("You may not decide about campaigns. Ask an approver."))


def _number_problems(campaign: Campaign, recipients: int, cost: int) -> list[str]:
    if recipients == 0 and campaign.entry == Campaign.Entry.ONCE:
        return [_("Nobody would receive it. Look at the waterfall for what removes everybody.")]
    if campaign.cost_limit is not None and cost > campaign.cost_limit:
        text = _("It would cost %(cost)s won; its limit is %(limit)s won.")
        return [text % {"cost": f"{cost:,}", "limit": f"{campaign.cost_limit:,}"}]
    return []


def _check_count(recipients: int, cost: int, typed: int | None) -> None:
    if typed is None and needs_count(recipients, cost):
        raise CountDiffers(_("Type the number of recipients to approve: %s.") % f"{recipients:,}")
    if typed is not None and abs(typed - recipients) > recipients * TOLERATED_SHARE:
        raise CountDiffers(
            _("You typed %(typed)s, but it would now go to %(now)s people. Look at the waterfall again.")
            % {"typed": f"{typed:,}", "now": f"{recipients:,}"}
        )


def _decide(
    campaign: Campaign,
    decision: str,
    *,
    by: User,
    note: str,
    stages: Sequence[gate.Stage] = (),
    cost: int = 0,
    content: dict | None = None,
) -> Approval:
    content = content or snapshot(campaign)
    return Approval.objects.create(
        campaign=campaign,
        decision=decision,
        fingerprint=fingerprint_of(content),
        content=content,
        waterfall=[asdict(stage) | {"label": str(stage.label)} for stage in stages],
        cost=cost,
        note=note,
        decided_by=by,
    )
