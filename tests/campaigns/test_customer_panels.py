"""Messages in the timeline of a customer: what became of each."""

from datetime import UTC, datetime, timedelta

import pytest

from campaigns.customer_panels import messages, past_campaigns
from campaigns.models import Campaign
from tests.factories import make_customer, make_message, make_running_campaign

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]

SENT = datetime(2026, 11, 21, 0, 0, tzinfo=UTC)


def test_a_message_tells_what_became_of_it() -> None:
    customer = make_customer()
    campaign = make_running_campaign(name="가을")
    make_message(
        campaign,
        customer,
        sent_at=SENT,
        opened_at=SENT + timedelta(hours=1),
        clicked_at=SENT + timedelta(hours=2),
    )

    (item,) = messages(customer.pk, None, 10)

    assert (item.at, item.title, item.tone) == (SENT, "가을 · sent", "good")
    assert item.detail == "opened 2026-11-21 (Sat) 10:00 · clicked 2026-11-21 (Sat) 11:00"
    assert item.url == f"/admin/results/campaigns/{campaign.pk}/"


def test_a_skipped_message_tells_why() -> None:
    customer = make_customer()
    make_message(make_running_campaign(), customer, status="skipped", skip_reason="OPTED_OUT", sent_at=None)

    (item,) = messages(customer.pk, None, 10)

    assert item.detail == "consent withdrawn (OPTED_OUT)"


def test_the_next_stretch_begins_where_the_last_ended(django_assert_num_queries: object) -> None:
    customer = make_customer()
    for hours in range(4):
        make_message(make_running_campaign(), customer, sent_at=SENT + timedelta(hours=hours))
    make_message(make_running_campaign(), make_customer(), sent_at=SENT)

    with django_assert_num_queries(1):
        newest = messages(customer.pk, None, 2)
    older = messages(customer.pk, newest[-1].at, 10)

    assert [item.at - SENT for item in (*newest, *older)] == [timedelta(hours=hours) for hours in (3, 2, 1, 0)]


def test_a_campaign_of_another_system_shows_its_audience() -> None:
    customer = make_customer()
    past = Campaign.objects.create(name="쿠폰북 1호", purpose="ad", source="other", external_id="1")
    past.enrollments.create(customer=customer, entered_at=SENT)
    make_message(make_running_campaign(), customer)

    (item,) = past_campaigns(customer.pk, None, 10)

    assert (item.at, item.title) == (SENT, "쿠폰북 1호")
