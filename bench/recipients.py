"""Customers whom a campaign may write to by e-mail, and a campaign to all of them that two people have approved."""

from datetime import timedelta

from django.contrib.auth.models import User
from django.utils import timezone

from bench.harness import execute
from campaigns.fingerprint import fingerprint
from campaigns.models import Approval, Campaign, ChannelAccount, Step, Variant
from campaigns.pipeline import content, plan
from customers import consent, stats
from customers.consent import ConsentExpression
from customers.models import ConsentEntry, Customer, Segment

AT_ONCE = 10_000
MESSAGE_TABLES = "campaigns_message, campaigns_enrollment, campaigns_campaign, campaigns_channelaccount"


def make(count: int) -> None:
    """Have exactly so many customers, each with an address and the consents for advertising by e-mail."""
    execute("TRUNCATE customers_customer, " + MESSAGE_TABLES + " CASCADE")
    a_year_ago = timezone.now() - timedelta(days=365)
    for first in range(0, count, AT_ONCE):
        numbers = range(first, min(first + AT_ONCE, count))
        people = Customer.objects.bulk_create([_customer(number, joined_at=a_year_ago) for number in numbers])
        agreed = [(person.pk, terms) for person in people for terms in (("marketing_use", ""), ("ad_receive", "email"))]
        consent.record_many(
            [ConsentExpression(pk, purpose, "granted", a_year_ago, channel) for pk, (purpose, channel) in agreed],
            method=ConsentEntry.Method.WEB,
            is_new=False,
        )
    stats.rebuild()
    execute("VACUUM ANALYZE customers_customer, customers_customerstats, customers_consentstate")


def approved_campaign(account: ChannelAccount, *, subject: str, html: str) -> Campaign:
    """Return an advertising campaign to everybody, approved, begun and planned."""
    rule = {"is": "order_count", "op": "at_least", "value": 0}
    segment, _is_new = Segment.objects.get_or_create(name="everybody", defaults={"rule": rule})
    campaign = Campaign.objects.create(
        name="bench", purpose="ad", segment=segment, status=Campaign.Status.ACTIVE, started_at=timezone.now(), source=""
    )
    step = Step.objects.create(campaign=campaign, account=account)
    content.store_links(Variant.objects.create(step=step, subject=subject, html=html))
    approver, _is_new = User.objects.get_or_create(username="approver")
    Approval.objects.create(
        campaign=campaign,
        decision=Approval.Decision.APPROVED,
        fingerprint=fingerprint(campaign),
        decided_by=approver,
    )
    plan.plan_campaign(campaign.pk)
    return campaign


def _customer(number: int, **given: object) -> Customer:
    address = f"reader{number}@mail{number % 50}.example"
    return Customer(source="bench", external_id=str(number), name=f"김단골{number}", email=address, **given)
