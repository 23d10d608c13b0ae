"""From a friend who came to a reward: their first order, the days in which it can be returned, caps."""

from datetime import datetime, timedelta

from dateutil.relativedelta import relativedelta
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from crm_project import queue
from crm_project.errors import BusinessError
from loyalty.ledger.terms import start_of
from loyalty.models import Referral, ReferralCode, ReferralTerms
from loyalty.referrals import claims, rewards, suspicion

Status, Reason = Referral.Status, Referral.Reason
# Whoever cannot be rewarded, because a coupon was stopped or an account is closed, is so until somebody mends it.
TRIED_AGAIN_AFTER = timedelta(hours=1)
# The first purchase of a friend, whatever came before it and was never paid.
FIND_ORDERS = """
    UPDATE loyalty_referral AS referral
       SET order_id = bought.id, waits_until = bought.placed_at + make_interval(days => %(return_days)s)
      FROM (
        SELECT waiting.id AS referral_id, first.id, first.placed_at FROM loyalty_referral AS waiting
        CROSS JOIN LATERAL (
            SELECT id, placed_at FROM customers_order
            WHERE customer_id = waiting.friend_id AND is_purchase ORDER BY placed_at, id LIMIT 1) AS first
        WHERE waiting.status = 'waiting' AND waiting.order_id IS NULL
      ) AS bought
     WHERE referral.id = bought.referral_id AND referral.order_id IS NULL AND referral.status = 'waiting'
"""


def settle(terms: ReferralTerms, now: datetime) -> int:
    """Decide about the referrals of which something has come out; return how many were rewarded.

    May be cut and called again: each is decided by itself, once.
    """
    _let_go_of_strange_orders()
    with connection.cursor() as cursor:
        cursor.execute(FIND_ORDERS, {"return_days": terms.return_days})
    _refuse_lapsed(terms, now)
    rewarded = 0
    due = Referral.objects.filter(status=Status.WAITING, waits_until__lte=now).order_by("waits_until", "pk")
    due = due.exclude(tried_at__gt=now - TRIED_AGAIN_AFTER)
    for referral_id in list(due.values_list("pk", flat=True)):
        if queue.out_of_time():
            break
        rewarded += _decide(referral_id, terms, now)
        queue.progress()
    return rewarded


def _let_go_of_strange_orders() -> None:
    """Forget first orders that turned out to be another customer's; the friend's own is looked for again."""
    waiting = Referral.objects.filter(status=Status.WAITING, order__isnull=False, friend__merged_into=None)
    waiting.exclude(order__customer=F("friend")).update(order=None, waits_until=None)


def _refuse_lapsed(terms: ReferralTerms, now: datetime) -> None:
    """Refuse those whose friend never bought, and those whose first order was cancelled or sent back whole."""
    waiting = Referral.objects.filter(status=Status.WAITING)
    waiting.filter(order=None, said_at__lt=now - timedelta(days=terms.days_to_buy)).update(
        status=Status.REFUSED, reason=Reason.NO_ORDER, decided_at=now
    )
    waiting.filter(order__is_purchase=False).update(status=Status.REFUSED, reason=Reason.RETURNED, decided_at=now)


def _decide(referral_id: int, terms: ReferralTerms, now: datetime) -> bool:
    """Reward a referral whose return window is over, or refuse it; what cannot be given now is tried again."""
    try:
        with transaction.atomic():
            return _reward(referral_id, terms, now)
    except BusinessError as refusal:
        Referral.objects.filter(pk=referral_id).update(problem=str(refusal)[:300], tried_at=now)
        return False


def _reward(referral_id: int, terms: ReferralTerms, now: datetime) -> bool:
    rows = Referral.objects.select_related("friend", "referrer", "order").select_for_update(of=("self",), no_key=True)
    referral = rows.filter(pk=referral_id, status=Status.WAITING).first()
    if referral is None or referral.order is None:
        return False
    reason = suspicion.reason_against(referral, terms) or _order_is_no_good(referral, terms)
    if reason:
        claims.refuse(referral, reason)
        return False
    is_over_cap = _has_had_enough(referral, terms, now)
    rewards.give(referral, terms, to_referrer=not is_over_cap, at=now)
    referral.status, referral.reason = Status.REWARDED, Reason.OVER_CAP if is_over_cap else ""
    referral.decided_at, referral.problem = now, ""
    referral.minimum_won = terms.minimum_won
    referral.safe_after = referral.order.placed_at + timedelta(days=terms.take_back_days)
    referral.save()
    return True


def _order_is_no_good(referral: Referral, terms: ReferralTerms) -> str:
    order = referral.order
    if order.revenue <= 0:
        return Reason.RETURNED
    return Reason.TOO_SMALL if order.revenue < terms.minimum_won else ""


def _has_had_enough(referral: Referral, terms: ReferralTerms, now: datetime) -> bool:
    """Tell whether who invited was rewarded as often as they may this month (KST), under their code's lock."""
    ReferralCode.objects.select_for_update(no_key=True).filter(customer=referral.referrer).first()
    first = timezone.localdate(now).replace(day=1)
    month = (start_of(first), start_of(first + relativedelta(months=1)))
    rewarded = Referral.objects.filter(referrer=referral.referrer, decided_at__gte=month[0], decided_at__lt=month[1])
    had = rewarded.filter(status=Status.REWARDED).exclude(reason=Reason.OVER_CAP)
    return had.count() >= terms.most_a_month
