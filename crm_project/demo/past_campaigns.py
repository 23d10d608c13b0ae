"""Keeps the data's campaigns as history: whom they were sent to, their coupons, and who used them.

They were never sent from here, so they have no messages; `Campaign.source` says where they are from.
"""

from django.db import transaction

from campaigns.models import Campaign, Enrollment
from crm_project.demo.calendar import Calendar
from crm_project.demo.complete_journey import SOURCE, CompleteJourney, PastCampaign
from customers.models import Customer
from loyalty.coupons import counters
from loyalty.models import Coupon, CouponRedemption

KINDS = {"A": "맞춤 쿠폰북", "B": "카테고리 쿠폰", "C": "테마 쿠폰"}
ROWS_AT_ONCE = 5_000


@transaction.atomic
def keep_past_campaigns(journey: CompleteJourney, calendar: Calendar) -> None:
    """Write the data's campaigns, targeted customers, coupons and redemptions. A second time changes nothing."""
    customers = dict(Customer.objects.filter(source=SOURCE).values_list("external_id", "pk"))
    campaigns = _campaigns(journey, calendar)
    _enrollments(journey, calendar, campaigns, customers)
    coupons = _coupons(journey, calendar, campaigns)
    _redemptions(journey, calendar, coupons, customers)


def _campaigns(journey: CompleteJourney, calendar: Calendar) -> dict[int, int]:
    """Write the campaigns; return their keys by the number in the data."""
    Campaign.objects.bulk_create(
        [_campaign(past, calendar) for past in journey.past_campaigns()], ignore_conflicts=True
    )
    return {int(number): pk for number, pk in Campaign.objects.filter(source=SOURCE).values_list("external_id", "pk")}


def _campaign(past: PastCampaign, calendar: Calendar) -> Campaign:
    starts_at = calendar.moment(past.start, hour=9)
    return Campaign(
        source=SOURCE,
        external_id=str(past.number),
        name=f"{KINDS[past.kind]} {past.number}호",
        purpose=Campaign.MessagePurpose.ADVERTISING,
        status=Campaign.Status.FINISHED,
        scheduled_at=starts_at,
        planned_at=starts_at,
        started_at=starts_at,
        finished_at=calendar.moment(past.end, hour=23),
    )


def _enrollments(
    journey: CompleteJourney, calendar: Calendar, campaigns: dict[int, int], customers: dict[str, int]
) -> None:
    starts = {past.number: calendar.moment(past.start, hour=9) for past in journey.past_campaigns()}
    Enrollment.objects.bulk_create(
        (
            Enrollment(campaign_id=campaigns[number], customer_id=customers[str(household)], entered_at=starts[number])
            for number, household in journey.targeted()
        ),
        ignore_conflicts=True,
        batch_size=ROWS_AT_ONCE,
    )


def _coupons(journey: CompleteJourney, calendar: Calendar, campaigns: dict[int, int]) -> dict[str, int]:
    """Write the coupons and which campaigns gave them out; return their keys by the number in the data."""
    known = list(journey.coupons())
    Coupon.objects.bulk_create(
        (
            Coupon(
                source=SOURCE,
                external_id=str(number),
                name=f"{category.capitalize()} 쿠폰".strip(),
                valid_from=calendar.validity(first),
                valid_until=calendar.validity(last),
            )
            for number, category, first, last, _numbers in known
        ),
        ignore_conflicts=True,
        batch_size=ROWS_AT_ONCE,
    )
    coupons = dict(Coupon.objects.filter(source=SOURCE).values_list("external_id", "pk"))
    Given = Campaign.coupons.through
    Given.objects.bulk_create(
        (
            Given(coupon_id=coupons[str(coupon)], campaign_id=campaigns[number])
            for coupon, *_rest, numbers in known
            for number in numbers
        ),
        ignore_conflicts=True,
        batch_size=ROWS_AT_ONCE,
    )
    return coupons


def _redemptions(
    journey: CompleteJourney, calendar: Calendar, coupons: dict[str, int], customers: dict[str, int]
) -> None:
    CouponRedemption.objects.bulk_create(
        (
            CouponRedemption(
                source=SOURCE,
                # The data counts a use by who, what, which campaign and when; its own day keeps the number the same.
                external_id=f"{used.household}-{used.coupon}-{used.campaign}-{used.day:%y%m%d}",
                coupon_id=coupons[str(used.coupon)],
                customer_id=customers[str(used.household)],
                redeemed_at=calendar.moment(used.day, hour=12),
                sales_channel=Coupon.SalesChannel.STORE,
                basket_amount=used.basket,
                eligible_amount=used.goods,
                discount=used.off,
                paid_amount=used.basket,
            )
            for used in journey.redemptions()
        ),
        ignore_conflicts=True,
        batch_size=ROWS_AT_ONCE,
    )
    counters.recount(coupons.values())
