"""Sending accounts in the admin."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from campaigns.models import ChannelAccount
from tests.factories import make_account, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def keeper(client: Client) -> User:
    """Whoever may change accounts, signed in."""
    user = make_user("keeper", "campaigns.view_channelaccount", "campaigns.change_channelaccount")
    client.force_login(user)
    return user


def typed(account: ChannelAccount, **given: object) -> dict[str, object]:
    names = ("name", "channel", "sender_name", "sender_address", "contact_phone", "postal_address", "country")
    stored = {name: getattr(account, name) for name in names}
    connection = {"gateway": "smtp", "host": "mail.example.com", "port": 587, "security": "starttls", "user": "shop"}
    return stored | connection | {"rate_per_second": 50, "prices-TOTAL_FORMS": "0", "prices-INITIAL_FORMS": "0"} | given


@pytest.mark.parametrize(
    ("variable", "stored"), [("MAIL_PASSWORD", "MAIL_PASSWORD"), ("SECRET_KEY", ""), ("DATABASE_URL", ""), ("", "")]
)
@pytest.mark.usefixtures("keeper")
def test_only_a_password_is_handed_to_a_mail_server(client: Client, variable: str, stored: str) -> None:
    account = make_account()
    page = reverse("admin:campaigns_channelaccount_change", args=[account.pk])

    client.post(page, typed(account, password_variable=variable))

    account.refresh_from_db()
    assert account.password_variable == stored
