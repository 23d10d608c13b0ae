"""What campaigns did: right before and after folding, and small after it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection

from analytics.models import CampaignDay, CampaignState
from analytics.rollups import campaigns, check
from analytics.rollups.campaigns import Standing
from campaigns.models import Campaign, Message
from tests.factories import make_customer, make_message, make_running_campaign

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 2, 3, tzinfo=UTC)


@pytest.fixture
def campaign() -> Campaign:
    made = make_running_campaign()
    make_message(made, make_customer(), sent_at=NOON, cost=Decimal("12.50"))
    make_message(made, make_customer(), sent_at=NOON, opened_at=NOON + timedelta(hours=13), is_sandbox=True)
    make_message(made, make_customer(), status="planned", sent_at=None)
    make_message(made, make_customer(), status="skipped", sent_at=None, skip_reason="HOLDOUT")
    make_message(made, make_customer(), status="skipped", sent_at=None, skip_reason="NO_CONSENT")
    return made


def test_where_messages_stand_is_right_before_and_after_folding(campaign: Campaign) -> None:
    expected = Standing(targeted=4, sent=2, waiting=1, handed_over=2, held_out=1, sandboxed=1)

    assert campaigns.standing_of([campaign.pk]) == {campaign.pk: expected}
    campaigns.fold()
    assert campaigns.standing_of([campaign.pk]) == {campaign.pk: expected}


def test_folding_leaves_one_row_a_key_and_none_for_nothing(campaign: Campaign) -> None:
    Message.objects.filter(status="planned").update(status="claimed")
    Message.objects.filter(status="claimed").update(status="failed")

    campaigns.fold()

    assert sorted(CampaignState.objects.values_list("status", "skip_reason", "messages")) == [
        ("failed", "", 1),
        ("sent", "", 1),
        ("sent", "", 1),
        ("skipped", "HOLDOUT", 1),
        ("skipped", "NO_CONSENT", 1),
    ]
    assert not CampaignState.objects.filter(is_folded=False).exists()
    assert check.differences() == []


def test_things_count_in_the_hour_of_korea_in_which_they_happened(campaign: Campaign) -> None:
    campaigns.fold()

    rows = CampaignDay.objects.order_by("day").values_list("day", "hour", "sent", "opened", "cost")
    assert [(str(day), *rest) for day, *rest in rows] == [
        ("2026-11-02", 12, 2, 0, Decimal("12.50")),
        ("2026-11-03", 1, 0, 1, 0),
    ]


def test_claiming_a_message_appends_nothing(campaign: Campaign) -> None:
    campaigns.fold()

    Message.objects.filter(status="planned").update(status="claimed", attempt=1)

    assert not CampaignState.objects.filter(is_folded=False).exists()
    assert not CampaignDay.objects.filter(is_folded=False).exists()


def test_a_damaged_sum_is_found_and_mended(campaign: Campaign) -> None:
    campaigns.fold()
    CampaignDay.objects.filter(sent=2).update(sent=3)

    found = check.differences()

    assert [(each.side, each.row["sent"]) for each in found] == [("kept", 3), ("facts", 2)]
    campaigns.mend()
    assert check.differences() == []
    campaigns.fold()
    assert sorted(CampaignDay.objects.values_list("sent", flat=True)) == [0, 2]


def test_mending_waits_for_nobody_who_writes_facts(campaign: Campaign) -> None:
    CampaignState.objects.all().delete()
    writer = connection.copy()

    with writer.cursor() as elsewhere, connection.cursor() as cursor:
        elsewhere.execute("BEGIN; LOCK TABLE campaigns_message, campaigns_hit IN ROW EXCLUSIVE MODE")
        cursor.execute("SET LOCAL lock_timeout = '2s'")
        campaigns.mend()

    writer.close()
    assert check.differences() == []
