"""Opens are shown where a channel says who opened, and nowhere as zero (K-11)."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns.list_figures import figures_of
from campaigns.models import Campaign, ChannelAccount
from tests.factories import make_account, make_customer, make_message, make_running_campaign, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]
CHANNELS = [
    ("email", True), ("push", True), ("web_push", True), ("in_app", True),
    ("sms", False), ("alimtalk", False), ("brand_message", False),
]  # fmt: skip
PAGES = ("admin:campaigns_campaign_progress", "campaign_report")


def clicked_over(channel: str) -> Campaign:
    """A campaign over a channel, with one message that was clicked, which counts as an open where one is known."""
    campaign = make_running_campaign()
    ChannelAccount.objects.filter(steps__campaign=campaign).update(channel=channel)
    make_message(campaign, make_customer(), opened_at=timezone.now(), clicked_at=timezone.now())
    return campaign


@pytest.mark.parametrize(("channel", "is_told"), CHANNELS)
def test_pages_show_opens_where_somebody_tells_of_them(client: Client, channel: str, is_told: bool) -> None:
    client.force_login(make_user("reader", "campaigns.view_campaign", "analytics.view_attributedorder"))
    campaign = clicked_over(channel)

    for page in PAGES:
        stages = client.get(reverse(page, args=[campaign.pk])).context["stages"]

        assert ("Opened" in [stage["label"] for stage in stages]) == is_told


def test_the_rate_of_the_list_is_that_of_messages_that_could_be_seen_opened() -> None:
    campaign = clicked_over("email")
    make_message(campaign, make_customer())
    texts = make_account(channel="sms")
    make_message(campaign, make_customer(), account=texts, leg=1, opened_at=timezone.now(), clicked_at=timezone.now())

    figures = figures_of([campaign])[campaign.pk]

    assert (figures.sent, figures.openable, figures.opened, figures.clicked) == (3, 2, 1, 2)
