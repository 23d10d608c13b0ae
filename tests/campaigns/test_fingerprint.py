"""What of a sending account an approval covers: all that decides who gets what from whom, and not its pace."""

from collections.abc import Callable

import pytest

from campaigns.fingerprint import is_approved
from campaigns.models import Campaign, ChannelAccount
from tests.factories import make_draft, make_reachable_customer

pytestmark = pytest.mark.django_db
PACE_AND_ANSWERS = {
    "connections": 8, "domain_rates": {"naver.com": 3.0}, "timeout": 5, "webhook_key_variable": "HOOK_PASSWORD",
    "bounce_host": "imap.shop.example", "bounce_port": 993, "bounce_security": "none", "bounce_user": "bounces",
    "bounce_password_variable": "BOUNCE_PASSWORD",
}  # fmt: skip
COVERED = ("host", "user", "service", "base_url", "sender_domain", "bounce_address", "opt_out_link", "ttl_hours")


@pytest.fixture
def campaign(approved: Callable[[Campaign], Campaign]) -> Campaign:
    """An approved campaign of one recipient."""
    make_reachable_customer()
    return approved(make_draft())


@pytest.mark.parametrize("name", PACE_AND_ANSWERS)
def test_how_fast_it_goes_and_where_answers_are_read_may_change(campaign: Campaign, name: str) -> None:
    ChannelAccount.objects.update(settings={name: PACE_AND_ANSWERS[name]})

    assert is_approved(Campaign.objects.get())


@pytest.mark.parametrize("name", COVERED)
def test_every_other_setting_of_an_account_voids_the_approval(campaign: Campaign, name: str) -> None:
    ChannelAccount.objects.update(settings={name: "something else"})

    assert not is_approved(Campaign.objects.get())
