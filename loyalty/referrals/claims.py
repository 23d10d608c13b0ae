"""The codes that the shop was told are pulled: each friend becomes one referral, waiting or refused at once."""

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from crm_project import queue
from customers.models import Customer, ReferralClaim
from loyalty.ledger.terms import start_of
from loyalty.models import Referral, ReferralTerms
from loyalty.referrals import codes, suspicion

AT_ONCE = 200
Status = Referral.Status


def take_new(terms: ReferralTerms) -> int:
    """Make a referral of each claim that has none; return how many. May be cut and called again."""
    taken = 0
    while chunk := list(_new_claims(terms)[:AT_ONCE]):
        owners = codes.owners_of([claim.code for claim in chunk])
        for claim in chunk:
            taken += _take(claim, owners.get(claim.code), terms)
        queue.progress()
        if queue.out_of_time():
            break
    return taken


def _new_claims(terms: ReferralTerms) -> object:
    known = Referral.objects.filter(friend=OuterRef("customer"))
    since = start_of(terms.begins_on)
    told = ReferralClaim.objects.exclude(code="").filter(said_at__gte=since)
    return told.exclude(Exists(known)).select_related("customer").order_by("pk")


@transaction.atomic
def _take(claim: ReferralClaim, referrer: Customer | None, terms: ReferralTerms) -> int:
    referral, is_new = Referral.objects.get_or_create(
        friend=claim.customer, defaults={"referrer": referrer, "said_at": claim.said_at}
    )
    if is_new and (reason := suspicion.reason_against(referral, terms)):
        refuse(referral, reason)
    return int(is_new)


def refuse(referral: Referral, reason: str) -> None:
    """Refuse a referral for good, and say why."""
    referral.status, referral.reason, referral.decided_at = Status.REFUSED, reason, timezone.now()
    referral.save(update_fields=["status", "reason", "decided_at"])
