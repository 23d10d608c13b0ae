"""Brakes: a campaign that goes wrong pauses itself, before everybody has got it, and says why.

Three things are watched: what a worker's last messages met at the gateway, what came back of all that was sent, and
what it cost. A person who resumes the campaign has accepted what had happened by then; the brakes count from there.
"""

from collections import Counter, deque
from collections.abc import Iterable
from contextlib import suppress
from math import ceil

from django.conf import settings
from django.db.models import Sum
from django.utils.translation import gettext as _

from campaigns import lifecycle
from campaigns.errors import WrongStatus
from campaigns.gateways.base import Fate, Outcome
from campaigns.gateways.failures import Failure, remedy_of
from campaigns.models import Campaign, Message
from campaigns.pipeline.returned import Returned, accepted, returned

# So many outcomes of one worker are looked at; with slices of 50 the first slice that fails is enough.
WINDOW = 200
# Fewer than so many bounces or complaints are chance.
FEWEST = 3
JUDGED = (Fate.SENT, Fate.FAILED, Fate.UNKNOWN)


class Brake:
    """What one worker's last messages of a campaign met on one way. Costs no query as long as all is well.

    Somebody who cannot be reached on a way that is not the last gets it on the next, and counts as no failure.
    """

    def __init__(self, campaign: Campaign, *, is_last_way: bool = True) -> None:
        self.campaign = campaign
        self.excused = None if is_last_way else Failure.INVALID_RECIPIENT
        self.met: deque[Outcome] = deque(maxlen=WINDOW)

    def look_at(self, outcomes: Iterable[Outcome]) -> bool:
        """Take in what became of a slice, and pause the campaign where too many failed; tell whether it did.

        What will be tried again is no failure yet; what nobody knows counts as one.
        """
        self.met += [outcome for outcome in outcomes if outcome.fate in JUDGED]
        failed = [each for each in self.met if each.fate != Fate.SENT and each.failure != self.excused]
        if len(self.met) < settings.PAUSE_JUDGED_FROM:
            return False
        if not _reaches(len(failed), len(self.met), settings.PAUSE_FAILED_PERCENT):
            return False
        commonest = Counter(outcome.failure for outcome in failed).most_common(1)[0][0]
        reason = _("%(failed)s of the last %(all)s messages failed, most of them so: %(why)s.") % {
            "failed": len(failed),
            "all": len(self.met),
            "why": remedy_of(commonest).label,
        }
        self.met.clear()
        return pull(self.campaign, reason)


def look_at_all() -> list[int]:
    """Pause the campaigns under way that fail, of which too much came back, or that cost their limit; return their ids.

    Called when a gateway reports, and every minute.
    """
    under_way = Campaign.objects.own().filter(status=Campaign.Status.ACTIVE)
    return [campaign.pk for campaign in under_way if (reason := _reason(campaign)) and pull(campaign, reason)]


def pull(campaign: Campaign, reason: str) -> bool:
    """Pause a campaign for a reason; tell whether it was under way."""
    with suppress(WrongStatus):
        lifecycle.pause(campaign, by=None, reason=reason)
        return True
    return False


def _reason(campaign: Campaign) -> str:
    since = returned(campaign) - accepted(campaign)
    return _too_many_failures(since) or _too_many_bounces(since) or _too_many_complaints(since) or _too_dear(campaign)


def _too_many_failures(since: Returned) -> str:
    tried = since.sent + since.failed
    if tried < settings.PAUSE_JUDGED_FROM or not _reaches(since.failed, tried, settings.PAUSE_FAILED_PERCENT):
        return ""
    counts = {"failed": since.failed, "all": tried}
    return _("%(failed)s of %(all)s messages failed. What failed and why stands below.") % counts


def _too_many_bounces(since: Returned) -> str:
    if not _is_much(since.undelivered, since.sent, settings.PAUSE_BOUNCED_PERCENT):
        return ""
    counts = {"bounced": since.undelivered, "sent": since.sent}
    return _("%(bounced)s of %(sent)s messages came back. Clean the addresses before sending more.") % counts


def _too_many_complaints(since: Returned) -> str:
    if not _is_much(since.complained, since.sent, settings.PAUSE_COMPLAINED_PERCENT):
        return ""
    counts = {"complained": since.complained, "sent": since.sent}
    return _("%(complained)s of %(sent)s readers called it spam. Mail providers block senders for that.") % counts


def _too_dear(campaign: Campaign) -> str:
    if campaign.cost_limit is None:
        return ""
    messages = Message.objects.filter(campaign=campaign)
    spent = messages.aggregate(sum=Sum("cost"))["sum"] or 0
    closed = messages.aggregate(sum=Sum("closed_legs__cost"))["sum"] or 0
    if spent + closed < campaign.cost_limit:
        return ""
    words = _("It has cost %(cost)s won; its limit is %(limit)s won.")
    return words % {"cost": f"{ceil(spent + closed):,}", "limit": f"{campaign.cost_limit:,}"}


def _is_much(part: int, whole: int, percent: float) -> bool:
    return part >= FEWEST and whole >= settings.PAUSE_JUDGED_FROM and _reaches(part, whole, percent)


def _reaches(part: int, whole: int, percent: float) -> bool:
    return bool(percent) and part * 100 >= percent * whole
