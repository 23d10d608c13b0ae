"""Hand over what is planned: claim → ask the gate again → render → commit the intent → send → record.

A worker takes turns between the campaigns that are sending. Of a claim it handles a slice of 50 at a time, so a pause
or a withdrawal takes effect within one slice, and a killed worker leaves no more than one slice unknown.
"""

import logging
import math
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns import accounts, gateways, lifecycle
from campaigns.channels.base import Envelope, channel_of
from campaigns.errors import ContentRefused, WrongStatus
from campaigns.fingerprint import is_approved
from campaigns.gateways.base import Fate, GatewayError, Outcome, PreparedMessage
from campaigns.models import Campaign, Message, SkipReason, Variant
from campaigns.pipeline import claims, content
from campaigns.pipeline.claims import Claim, SetAside
from campaigns.pipeline.gate import gate_of
from crm_project import queue
from customers.models import Customer

logger = logging.getLogger(__name__)
SLICE = 50
LONGEST_NAP_SECONDS = 1.0
# So soon a worker looks again whether the approval still holds and the account still is as it was.
TRUSTED_SECONDS = 5.0


def dispatch_due(deadline: float = math.inf) -> bool:
    """Hand over messages until none is due or `deadline` (of `time.monotonic`) has come; tell whether some are left."""
    runs: dict[int, CampaignRun] = {}
    try:
        while time.monotonic() < deadline:
            sending = Campaign.objects.sending().values_list("pk", flat=True)
            turns = [turn for campaign_id in sending if (turn := _turn(runs, campaign_id, deadline)) is not None]
            if not turns:
                return False
            if min(turns) > 0:
                time.sleep(min(*turns, LONGEST_NAP_SECONDS))
        return True
    finally:
        for run in runs.values():
            run.gateway.close()


def _turn(runs: dict[int, "CampaignRun"], campaign_id: int, deadline: float) -> float | None:
    """Handle one claim of a campaign.

    Returns:
        seconds until its account may send again, 0 for at once, None where nothing of it is due.
    """
    run = _run_of(runs, campaign_id, deadline)
    if run is None:
        return None
    claimed, wait = claims.claim(campaign_id, run.account.pk)
    if not claimed:
        return wait or None
    for start in range(0, len(claimed), SLICE):
        if time.monotonic() >= deadline:
            claims.give_back(claimed[start:], status=Message.Status.CLAIMED)
            break
        run.hand_over(claimed[start : start + SLICE])
        queue.progress()
    lifecycle.finish_if_done(campaign_id)
    return 0.0


def _run_of(runs: dict[int, "CampaignRun"], campaign_id: int, deadline: float) -> "CampaignRun | None":
    """Return the run of a campaign, made anew where it was made too long ago to be trusted."""
    run = runs.get(campaign_id)
    if run and time.monotonic() - run.made_at < TRUSTED_SECONDS:
        return run
    if run:
        runs.pop(campaign_id).gateway.close()
    begun = _begin(campaign_id, deadline)
    if begun:
        runs[campaign_id] = begun
    return begun


def _begin(campaign_id: int, deadline: float) -> "CampaignRun | None":
    """Make ready to send a campaign; one whose approval no longer holds is paused instead."""
    campaign = Campaign.objects.select_related("segment").get(pk=campaign_id)
    if is_approved(campaign):
        return CampaignRun(campaign, deadline)
    # Where somebody else stopped or finished it meanwhile, that is as good.
    with suppress(WrongStatus):
        lifecycle.pause(campaign, by=None, reason=_("It changed after it was approved."))
    return None


class CampaignRun:
    """What one worker needs to send messages of one approved campaign: made once, used for many slices."""

    def __init__(self, campaign: Campaign, deadline: float) -> None:
        self.made_at = time.monotonic()
        self.campaign = campaign
        self.deadline = deadline
        step = campaign.steps.select_related("account").get()
        self.account = step.account
        self.channel = channel_of(self.account)
        self.is_live = gateways.is_live(self.account)
        self.gateway = gateways.gateway_for(self.account, approved=True)
        variants = Variant.objects.filter(step=step).select_related("step__campaign", "step__account")
        self.contents = {variant.pk: content.compile_variant(variant) for variant in variants}

    def hand_over(self, part: Sequence[Claim]) -> None:
        """Take a slice of claims to the wire and write what became of each."""
        with transaction.atomic():
            claims.lock_caps(part)
            prepared = self._prepared(self._admitted(part))
            ready = [claim for claim in part if claim.message_id in prepared]
            marked_at = time.monotonic()
            going = claims.mark_sending(ready, is_sandbox=not self.is_live)
            # What was not marked was paused, stopped or lost by its lease; of these only the first go back.
            claims.give_back([claim for claim in ready if claim.message_id not in going], status=Message.Status.CLAIMED)
        lease_ends = marked_at + settings.SENDING_LEASE_SECONDS
        self._send([claim for claim in ready if claim.message_id in going], prepared, lease_ends=lease_ends)

    def _admitted(self, part: Sequence[Claim]) -> list[Claim]:
        """Ask the gate once more, and set aside those it refuses now."""
        gate = gate_of(self.campaign, at=timezone.now())
        verdicts = gate.verdicts(claim.customer_id for claim in part)
        refused = [(claim, verdicts[claim.customer_id]) for claim in part if verdicts[claim.customer_id]]
        claims.set_aside([SetAside(claim, Message.Status.SKIPPED, reason=reason) for claim, reason in refused])
        return [claim for claim in part if not verdicts[claim.customer_id]]

    def _prepared(self, admitted: Sequence[Claim]) -> dict[int, PreparedMessage]:
        """Return the messages ready for the wire by id, and set aside those that cannot be made."""
        people = (
            Customer.objects.annotate(address=self.channel.address())
            .select_related("stats", "home_store")
            .in_bulk([each.customer_id for each in admitted])
        )
        prepared, aside = {}, []
        for claim in admitted:
            try:
                prepared[claim.message_id] = self._prepare(claim, people[claim.customer_id])
            except ContentRefused as refusal:
                aside.append(_set_aside(claim, refusal))
        claims.set_aside(aside)
        return prepared

    def _prepare(self, claim: Claim, customer: Customer) -> PreparedMessage:
        recipient = content.recipient_of(customer, self.account)
        rendered = self.contents[claim.variant_id].render(recipient, message_id=claim.message_id)
        violation = self.channel.violation(self.campaign, self.account, rendered)
        if violation:
            raise ContentRefused(violation, violation.label)
        envelope = Envelope(
            message_id=claim.message_id,
            campaign_id=self.campaign.pk,
            account=self.account,
            address=customer.address,
            at=timezone.now(),
        )
        return self.channel.compose(rendered, envelope)

    def _send(self, going: Sequence[Claim], prepared: dict[int, PreparedMessage], *, lease_ends: float) -> None:
        """Give messages to the gateway and record each outcome, also where it stops half-way.

        None is begun after its lease: by then a worker that slept finds them called unknown and maybe settled.
        """
        if not going:
            return
        outcomes: list[Outcome] = []
        drawn: set[int] = set()
        try:
            for outcome in self.gateway.send_batch(self._drawn(going, prepared, drawn, lease_ends)):
                outcomes.append(outcome)
        except GatewayError as error:
            drawn.clear()
            answered = {outcome.message_id for outcome in outcomes}
            outcomes += self._not_sent([claim for claim in going if claim.message_id not in answered], error)
        finally:
            # What was not drawn was not sent. What was drawn and has no outcome may have been: it becomes unknown.
            claims.record(outcomes, going)
            begun = drawn | {outcome.message_id for outcome in outcomes}
            claims.give_back([claim for claim in going if claim.message_id not in begun], status=Message.Status.SENDING)

    def _drawn(
        self, going: Sequence[Claim], prepared: dict[int, PreparedMessage], drawn: set[int], lease_ends: float
    ) -> Iterator[PreparedMessage]:
        """Yield the messages while there is time, writing down which were begun."""
        until = lease_ends  # the first one goes however little time is left, so that the work gets on
        for claim in going:
            if time.monotonic() >= until:
                return
            drawn.add(claim.message_id)
            until = min(lease_ends, self.deadline)
            yield prepared[claim.message_id]

    def _not_sent(self, left: Sequence[Claim], error: GatewayError) -> list[Outcome]:
        """Return the outcomes of messages that a gateway did not get to; a fault of the account pauses it."""
        logger.warning("Sending account %s stopped: %s", self.account.pk, error)
        if error.account_level or error.permanent:
            accounts.pause(self.account, reason=str(error))
            return []
        if error.wait:
            accounts.hold_back(self.account, seconds=error.wait)
            return []
        return [Outcome(claim.message_id, Fate.RETRY, "gateway", str(error)) for claim in left]


def _set_aside(claim: Claim, refusal: ContentRefused) -> SetAside:
    """Return a refusal of content as the row stores it: skipped for a reason of the gate's list, else failed."""
    if refusal.reason in SkipReason.values:
        return SetAside(claim, Message.Status.SKIPPED, reason=refusal.reason, detail=str(refusal))
    return SetAside(claim, Message.Status.FAILED, failure=refusal.reason, detail=str(refusal))
