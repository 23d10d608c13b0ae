"""Hand over what is planned: claim → ask the gate again → render → commit the intent → send → record.

Here is the claiming, `run` does the rest. A worker takes turns between the campaigns that are sending. Of a claim it
handles a slice of 50 at a time, so a pause or a withdrawal takes effect within one slice, and a killed worker leaves no
more than one slice unknown.
"""

import math
import time
from contextlib import suppress

from django.utils.translation import gettext as _

from campaigns import lifecycle
from campaigns.errors import WrongStatus
from campaigns.fingerprint import is_approved
from campaigns.models import Campaign, ChannelAccount, Message
from campaigns.pipeline import claims
from campaigns.pipeline.run import CampaignRun
from crm_project import queue
from loyalty.errors import CouponRefused

# A campaign and an account it goes over, by their ids.
Way = tuple[int, int]
SLICE = 50
LONGEST_NAP_SECONDS = 1.0
# So soon a worker looks again whether the approval still holds and the account still is as it was.
TRUSTED_SECONDS = 5.0
# So long it goes on with the campaigns that it found sending: claims and intents see for themselves what was paused.
SAME_WAYS_SECONDS = 0.5


def dispatch_due(deadline: float = math.inf) -> bool:
    """Hand over messages until none is due or `deadline` (of `time.monotonic`) has come; tell whether some are left."""
    runs: dict[Way, CampaignRun] = {}
    ways: list[Way] = []
    looked_at = -math.inf
    try:
        while (now := time.monotonic()) < deadline:
            is_anew = now - looked_at >= SAME_WAYS_SECONDS
            if is_anew:
                ways, looked_at = _open_ways(), now
            turns = [turn for way in ways if (turn := _turn(runs, way, deadline)) is not None]
            if not turns:
                if is_anew:
                    return False
                looked_at = -math.inf  # nothing of these is due, so look which others there are by now
            elif min(turns) > 0:
                time.sleep(min(*turns, LONGEST_NAP_SECONDS))
        return True
    finally:
        for run in runs.values():
            run.gateway.close()


def _open_ways() -> list[Way]:
    """Return (campaign, account) of all that may send: the steps' own accounts, and those of their fallbacks."""
    sending = Campaign.objects.sending().values_list("pk", "steps__account", "steps__fallbacks__account")
    ways = [(campaign_id, account) for campaign_id, *accounts in sending for account in accounts if account]
    return list(dict.fromkeys(ways))


def _turn(runs: dict[Way, CampaignRun], way: Way, deadline: float) -> float | None:
    """Handle one claim of a campaign over an account.

    Returns:
        seconds until the account may send again, 0 for at once, None where nothing of it is due.
    """
    claimed, wait = claims.claim(*way)
    if not claimed:
        if way in runs and not wait:
            lifecycle.finish_if_done(way[0])
        return wait or None
    run = _run_of(runs, way, deadline)
    if run is None:
        claims.give_back(claimed, status=Message.Status.CLAIMED)
        return None
    for start in range(0, len(claimed), SLICE):
        if time.monotonic() >= deadline:
            claims.give_back(claimed[start:], status=Message.Status.CLAIMED)
            break
        try:
            run.hand_over(claimed[start : start + SLICE])
        except CouponRefused as refusal:
            # What is promised cannot be given: nothing of the slice was written, and nothing of it left.
            claims.give_back(claimed[start:], status=Message.Status.CLAIMED)
            _pause(run.campaign, str(refusal))
            return None
        queue.progress()
    if len(claimed) < claims.CLAIM_SIZE:  # else there is more, most likely
        lifecycle.finish_if_done(way[0])
    return 0.0


def _run_of(runs: dict[Way, CampaignRun], way: Way, deadline: float) -> CampaignRun | None:
    """Return the run of a campaign over an account, made anew where it was made too long ago to be trusted."""
    run = runs.get(way)
    if run and time.monotonic() - run.made_at < TRUSTED_SECONDS:
        return run
    if run:
        runs.pop(way).gateway.close()
    begun = _begin(way, deadline)
    if begun:
        runs[way] = begun
        begun.brake = run.brake if run else begun.brake
    return begun


def _begin(way: Way, deadline: float) -> CampaignRun | None:
    """Make ready to send a campaign; one whose approval no longer holds is paused instead."""
    campaign_id, account_id = way
    campaign = Campaign.objects.select_related("segment").get(pk=campaign_id)
    if is_approved(campaign):
        return CampaignRun(campaign, deadline, ChannelAccount.objects.get(pk=account_id), approved=True)
    _pause(campaign, _("It changed after it was approved."))
    return None


def _pause(campaign: Campaign, reason: str) -> None:
    # Where somebody else stopped or finished it meanwhile, that is as good.
    with suppress(WrongStatus):
        lifecycle.pause(campaign, by=None, reason=reason)
