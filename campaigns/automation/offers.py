"""Coupons and points as a step of their own: each journey gets them once for ever, whoever walks it again.

The receipt names step and journey, so the coupon's issue and the ledger know what they gave already.
"""

from collections.abc import Mapping
from datetime import datetime

from campaigns import gateways
from campaigns.models import AutomationStep, Campaign, ChannelAccount
from campaigns.offers import giving
from loyalty import ledger
from loyalty.coupons import issuing
from loyalty.ledger.batches import earn_many, open_accounts
from loyalty.models import Coupon, CouponIssue, LotKind

SOURCE = "automation"


def give(step: AutomationStep, customers: Mapping[int, int], now: datetime) -> set[int]:
    """Give the step's coupon and points to journeys (journey → customer); return the journeys that got something.

    While no message of the automation would really leave, only made-up customers get them. To be called with the
    customers' accounts of points locked.

    Raises:
        CouponRefused: the coupon was stopped, or its period is over.
        LedgerRefused: the points cannot be booked.
    """
    going = giving.whom_to_give(customers, is_live=_is_live(step))
    if not going:
        return set()
    given: set[int] = set()
    if step.coupon is not None:
        given |= _give_coupon(step.coupon, f"step/{step.pk}", going, now)
    if step.points:
        _give_points(step, going, now)
        given |= set(going)
    return given


def _is_live(step: AutomationStep) -> bool:
    campaigns = Campaign.objects.filter(automation_step__version=step.version_id)
    accounts = list(ChannelAccount.objects.filter(steps__campaign__in=campaigns))
    return not accounts or any(map(gateways.is_live, accounts))


def _give_coupon(coupon: Coupon, reference: str, going: Mapping[int, int], now: datetime) -> set[int]:
    entries = {f"journey/{journey_id}": customer_id for journey_id, customer_id in going.items()}
    drawn = issuing.issue_each(coupon, entries, origin=CouponIssue.Origin.CAMPAIGN, reference=reference, at=now)
    return {int(entry.removeprefix("journey/")) for entry in drawn}


def _give_points(step: AutomationStep, going: Mapping[int, int], now: datetime) -> None:
    program = ledger.current_program()
    open_accounts(giving.CUSTOMERS, [sorted(set(going.values()))], program_id=program.pk)
    terms = ledger.terms_of(program, now, kind=LotKind.PROMOTION)
    lot = (now, terms.activates_at, terms.expires_at, terms.kind)
    told = [step.points, SOURCE, f"step/{step.pk}", *lot, list(going), list(going.values()), program.pk]
    earn_many(giving.AWARDS, told, now=now)
