"""What speaks against a referral: it is the same person, the two invited each other, or one device brought many.

Asked when a code is told, and once more before the reward: accounts are merged and friends invite on meanwhile.
"""

from datetime import timedelta

from django.db import connection
from django.db.models import Exists, OuterRef, Q

from customers.models import Customer, Event, Order, ReferralClaim, Visitor
from loyalty.models import Referral, ReferralTerms

Reason = Referral.Reason
# From whoever invited, up the line of those who invited them; a circle ends where it closes (UNION).
CAME_BY = """
    WITH RECURSIVE line AS (
        SELECT %(referrer)s::bigint AS id
        UNION
        SELECT above.referrer_id FROM line JOIN loyalty_referral AS above ON above.friend_id = line.id
        WHERE above.status <> 'refused' AND above.referrer_id IS NOT NULL
    )
    SELECT EXISTS (SELECT FROM line WHERE id = %(friend)s)
"""


def reason_against(referral: Referral, terms: ReferralTerms) -> str:
    """Return the code of the first reason to refuse a referral, "" where nothing speaks against it."""
    friend, referrer = referral.friend, referral.referrer
    if referrer is None:
        return Reason.UNKNOWN_CODE
    if any(each.erased_at or each.merged_into_id for each in (friend, referrer)) and friend != referrer:
        return Reason.GONE
    return _same_person(friend, referrer) or _behaviour(referral, friend, referrer, terms)


def _same_person(friend: Customer, referrer: Customer) -> str:
    if friend == referrer or referrer.pk == friend.merged_into_id:
        return Reason.SAME_CUSTOMER
    if friend.phone and friend.phone == referrer.phone:
        return Reason.SAME_PHONE
    if friend.email and friend.email.casefold() == referrer.email.casefold():
        return Reason.SAME_EMAIL
    return ""


def _behaviour(referral: Referral, friend: Customer, referrer: Customer, terms: ReferralTerms) -> str:
    told = {row.customer_id: row for row in ReferralClaim.objects.filter(customer__in=[friend, referrer])}
    theirs, of_referrer = told.get(friend.pk), told.get(referrer.pk)
    if not _is_new(referral, friend, terms):
        return Reason.NOT_NEW
    if _share(theirs, of_referrer, "device_hash") or _used_same_browser(friend, referrer):
        return Reason.SAME_DEVICE
    if _share(theirs, of_referrer, "address_hash"):
        return Reason.SAME_ADDRESS
    if _closes_circle(friend, referrer):
        return Reason.RING
    return Reason.CROWDED_DEVICE if theirs and _is_crowded(referral, theirs, terms) else ""


def _is_new(referral: Referral, friend: Customer, terms: ReferralTerms) -> bool:
    """Tell whether the friend neither joined nor bought long before the code was told."""
    since = referral.said_at - timedelta(days=terms.new_within_days)
    bought_before = Order.objects.filter(customer=friend, is_purchase=True, placed_at__lt=since)
    return friend.joined_at >= since and not bought_before.exists()


def _share(one: ReferralClaim | None, other: ReferralClaim | None, what: str) -> bool:
    if one is None or other is None:
        return False
    return bool(getattr(one, what)) and getattr(one, what) == getattr(other, what)


def _used_same_browser(friend: Customer, referrer: Customer) -> bool:
    """Tell whether both were logged in in one browser or app."""
    others = Event.objects.filter(visitor=OuterRef("pk"), customer=referrer)
    browsers = Visitor.objects.filter(Q(customer=friend) | Q(pk__in=_browsers_of(friend)))
    return browsers.filter(Q(customer=referrer) | Q(Exists(others))).exists()


def _browsers_of(customer: Customer) -> list[int]:
    seen = Event.objects.filter(customer=customer, visitor__isnull=False).order_by()
    return list(seen.values_list("visitor", flat=True).distinct())


def _closes_circle(friend: Customer, referrer: Customer) -> bool:
    """Tell whether the friend stands in the line of those by whom the referrer came: A → B → A, or longer."""
    with connection.cursor() as cursor:
        cursor.execute(CAME_BY, {"referrer": referrer.pk, "friend": friend.pk})
        return cursor.fetchone()[0]


def _is_crowded(referral: Referral, claim: ReferralClaim, terms: ReferralTerms) -> bool:
    """Tell whether as many friends as may came from this device before."""
    if not claim.device_hash:
        return False
    others = Referral.objects.exclude(status=Referral.Status.REFUSED).exclude(pk=referral.pk)
    same = others.filter(friend__referral_claim__device_hash=claim.device_hash)
    return same.count() >= terms.most_a_device
