"""Sending accounts that fail for reasons of their own: they pause themselves and everything that sends over them."""

from contextlib import suppress
from datetime import timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns import lifecycle
from campaigns.errors import WrongStatus
from campaigns.models import Campaign, ChannelAccount
from crm_project.queue import kick

MAY_EDIT = "campaigns.change_channelaccount"
# Whatever a gateway says: after so long it is asked again.
LONGEST_WAIT_SECONDS = 3_600


@transaction.atomic
def pause(account: ChannelAccount, *, reason: str) -> None:
    """Pause the account and the campaigns that are sending over it, with the reason on each."""
    account.paused_at, account.pause_reason = timezone.now(), reason[:300]
    account.save(update_fields=["paused_at", "pause_reason"])
    sending = Campaign.objects.over_account(account.pk).filter(status=Campaign.Status.ACTIVE)
    for campaign in sending:
        # Where somebody else stopped it meanwhile, that is as good.
        with suppress(WrongStatus):
            lifecycle.pause(campaign, by=None, reason=_("Sending account “%s” is paused.") % account.name)


def hold_back(account: ChannelAccount, *, seconds: float) -> None:
    """Let no worker send over the account for so many seconds, because its gateway asks for that."""
    until = timezone.now() + timedelta(seconds=min(seconds, LONGEST_WAIT_SECONDS))
    ChannelAccount.objects.filter(pk=account.pk).update(next_send_at=Greatest("next_send_at", Value(until)))


@transaction.atomic
def resume(account: ChannelAccount, *, by: User) -> None:
    """Let an account send again. Its campaigns stay paused until a person resumes each.

    Raises:
        NotAllowed: `by` may not change sending accounts.
    """
    lifecycle.permit(by, MAY_EDIT)
    account.paused_at, account.pause_reason = None, ""
    account.save(update_fields=["paused_at", "pause_reason"])
    kick("campaigns.tasks.launch_due_campaigns")
