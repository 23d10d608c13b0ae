"""What each channel contributed, from the sums that are kept as facts change."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from analytics.attribution.credits import attribute_fresh
from analytics.boards import channels
from analytics.boards.channels import Contribution
from analytics.periods import last_days
from campaigns.models import ChannelAccount, Hit, Message
from campaigns.pipeline import outcome
from tests.factories import make_customer, make_message, make_order, make_running_campaign, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]

CHROME = "Mozilla/5.0 (Windows NT 10.0) Chrome/130.0"


@pytest.fixture
def sent() -> None:
    """Three mails, one of them clicked and bought for 50,000 won; two texts for 9.9 won each, one opted out."""
    mail, text = (make_running_campaign(links=("https://shop.example/",)) for _ in range(2))
    ChannelAccount.objects.filter(pk=text.steps.get().account_id).update(channel="sms")
    mails = [make_message(mail, make_customer()) for _ in range(3)]
    make_message(text, make_customer(), cost=Decimal("9.9"), unsubscribed_at=timezone.now())
    make_message(text, make_customer(), cost=Decimal("9.9"))
    link = mails[0].variant.links.get()
    Hit.objects.create(message=mails[0], kind="click", link=link, occurred_at=timezone.now(), user_agent=CHROME)
    outcome.roll_up([mails[0].pk])
    make_order(mails[0].customer, placed_at=timezone.now() + timedelta(seconds=5), paid=50_000)
    attribute_fresh()
    cache.clear()


def test_each_channel_has_what_it_sent_earned_and_cost(sent: None) -> None:
    found = {key: channels.in_all(months) for key, months in channels.contributions(last_days(2)).items()}

    assert (found["email"].sent, found["email"].clicked, found["email"].orders) == (3, 1, 1)
    assert (found["email"].net, found["email"].roi, found["email"].per_thousand()) == (50_000, None, 50_000_000 / 3)
    assert (found["sms"].sent, found["sms"].unsubscribed, found["sms"].cost) == (2, 1, Decimal("19.8"))
    assert (found["sms"].net, found["sms"].roi) == (0, -1.0)


def test_a_channel_that_cannot_tell_who_opened_counts_no_opens(sent: None) -> None:
    Message.objects.filter(campaign__steps__account__channel="sms").update(
        opened_at=timezone.now(), clicked_at=timezone.now()
    )
    Message.objects.filter(campaign__steps__account__channel="email").update(opened_at=timezone.now())

    found = {key: channels.in_all(months) for key, months in channels.contributions(last_days(2)).items()}

    assert (found["email"].opened, found["sms"].opened, found["sms"].clicked) == (3, 0, 2)


def test_months_add_up() -> None:
    months = {date(2026, month, 1): Contribution(sent=month, cost=Decimal("0.5"), revenue=10) for month in (1, 2)}

    assert channels.in_all(months) == Contribution(sent=3, cost=Decimal("1.0"), revenue=20)


def test_the_page_puts_who_earned_most_first(sent: None) -> None:
    client = Client()
    client.force_login(make_user("minji", "analytics.view_attributedorder"))

    answer = client.get("/admin/results/channels/", {"show": "sent", "period": "30"})

    assert [row["did"].sent for row in answer.context["rows"]] == [3, 2]
    assert [row["share"] for row in answer.context["rows"]] == [1.0, 0.0]
    assert [chart.series[0].values[-1] for chart in answer.context["charts"]] == [3, 2]


def test_the_page_is_closed_without_the_permission_and_empty_without_messages() -> None:
    cache.clear()
    client = Client()
    client.force_login(make_user("minji"))
    assert client.get("/admin/results/channels/").status_code == 403

    client.force_login(make_user("yuna", "analytics.view_attributedorder"))
    assert "No messages in the last year" in client.get("/admin/results/channels/").content.decode()
