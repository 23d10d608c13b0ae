"""Many customers at once, and campaigns to them that are approved and planned."""

from django.contrib.auth.models import User
from django.utils import timezone

from campaigns import approval, lifecycle
from campaigns.models import Campaign, ChannelAccount
from campaigns.pipeline import plan
from customers.models import ConsentEntry, ConsentState, Customer, Segment
from customers.segments.refresh import refresh_segment
from tests.factories import make_draft, make_segment, make_user, two_years_less_a_day

CONSENTS = (("marketing_use", ""), ("ad_receive", "email"))


def everybody(count: int) -> Segment:
    """A refreshed segment of so many customers who agreed to advertising by e-mail."""
    now = timezone.now()
    customers = Customer.objects.bulk_create(
        Customer(external_id=f"P{number}", name="김단골", email=f"p{number}@example.com", joined_at=now)
        for number in range(count)
    )
    for purpose, channel in CONSENTS:
        terms = {"purpose": purpose, "channel": channel}
        said = {"action": ConsentEntry.Action.GRANTED, "occurred_at": now, "method": "web"}
        entries = ConsentEntry.objects.bulk_create(ConsentEntry(customer=each, **terms, **said) for each in customers)
        state = {"is_granted": True, "since": now, "confirmed_at": now}
        state["reconfirm_by"] = two_years_less_a_day(now) if channel else None
        ConsentState.objects.bulk_create(
            ConsentState(customer=entry.customer, **terms, **state, entry=entry) for entry in entries
        )
    segment = make_segment()
    refresh_segment(segment.pk)
    return segment


def planned_campaign(account: ChannelAccount, segment: Segment) -> Campaign:
    """A campaign to the segment over the account, approved by a second person, begun and planned."""
    author = User.objects.filter(username="author").first() or make_user("author", "campaigns.change_campaign")
    decider = User.objects.filter(username="decider").first() or make_user("decider", "campaigns.approve_campaign")
    campaign = make_draft(account=account, segment=segment)
    lifecycle.submit_for_review(campaign, by=author)
    approval.approve(campaign, by=decider, expected_recipients=segment.members.count())
    lifecycle.start_due(timezone.now())
    plan.plan_campaign(campaign.pk)
    campaign.refresh_from_db()
    return campaign
