"""The friend's first order came back after the reward: within the terms' days the reward goes back too."""

from datetime import datetime

from django.db import transaction
from django.db.models import F, Q

from crm_project import queue
from loyalty.models import Referral
from loyalty.referrals import rewards

Status = Referral.Status


def take_back_returned(now: datetime) -> int:
    """Take back the rewards whose order was returned before they were final; return how many referrals."""
    came_back = Q(order__is_purchase=False) | Q(order__revenue__lte=0) | Q(order__revenue__lt=F("minimum_won"))
    rewarded = Referral.objects.filter(came_back, status=Status.REWARDED, order__changed_at__lt=F("safe_after"))
    taken = 0
    for referral_id in list(rewarded.order_by("pk").values_list("pk", flat=True)):
        if queue.out_of_time():
            break
        taken += _take_back(referral_id, now)
        queue.progress()
    return taken


@transaction.atomic
def _take_back(referral_id: int, now: datetime) -> int:
    referral = Referral.objects.select_for_update(no_key=True).get(pk=referral_id)
    if referral.status != Status.REWARDED:
        return 0
    rewards.take_back(referral, at=now)
    referral.status, referral.reason, referral.decided_at = Status.TAKEN_BACK, Referral.Reason.RETURNED, now
    referral.save(update_fields=["status", "reason", "decided_at"])
    return 1
