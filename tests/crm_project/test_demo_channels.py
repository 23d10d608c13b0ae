"""The demo's sending accounts: one for every channel, all to the sandbox, made once."""

import pytest

from campaigns.channels.base import CHANNELS
from campaigns.models import ChannelAccount
from crm_project.demo import channels, kakao

pytestmark = pytest.mark.django_db


def test_every_channel_but_mail_has_one_account_that_leads_to_the_sandbox() -> None:
    for _start in range(2):
        kakao.set_up()
        channels.set_up()

    accounts = ChannelAccount.objects.values_list("channel", "gateway")
    assert sorted(accounts) == [(channel, "sandbox") for channel in sorted({each.key for each in CHANNELS} - {"email"})]
