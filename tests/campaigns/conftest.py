"""Fixtures of campaigns: two people and a way from draft to sent."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import Settings

from campaigns import approval, lifecycle
from campaigns.models import Campaign, ChannelAccount
from campaigns.pipeline import dispatch, plan
from customers.segments.refresh import refresh_segment
from tests.factories import make_account, make_user
from tests.loopback.solapi import Solapi


@pytest.fixture
def author(db: None) -> User:
    """An operator who may write and stop campaigns."""
    return make_user("author", "campaigns.change_campaign", "campaigns.stop_campaign")


@pytest.fixture
def approver(db: None) -> User:
    """The second person."""
    return make_user("approver", "campaigns.approve_campaign")


@pytest.fixture
def outbox(settings: Settings, tmp_path: Path) -> Path:
    """The sandbox's folder of this test."""
    settings.OUTBOX_DIR = tmp_path / "outbox"
    return settings.OUTBOX_DIR


@pytest.fixture
def approved(author: User, approver: User) -> Callable[[Campaign], Campaign]:
    """Take a draft through review."""

    def approve(campaign: Campaign) -> Campaign:
        refresh_segment(campaign.segment_id)
        lifecycle.submit_for_review(campaign, by=author)
        approval.approve(campaign, by=approver)
        return campaign

    return approve


@pytest.fixture
def planned(approved: Callable[[Campaign], Campaign]) -> Callable[[Campaign], Campaign]:
    """Take a draft through review, start and plan."""

    def start_and_plan(campaign: Campaign) -> Campaign:
        approved(campaign)
        assert lifecycle.start_due(timezone.now()) == [campaign.pk]
        plan.plan_campaign(campaign.pk)
        campaign.refresh_from_db()
        return campaign

    return start_and_plan


@pytest.fixture
def sent(planned: Callable[[Campaign], Campaign], outbox: Path) -> Callable[[Campaign], Campaign]:
    """Take a draft all the way."""

    def send(campaign: Campaign) -> Campaign:
        planned(campaign)
        assert dispatch.dispatch_due() is False
        campaign.refresh_from_db()
        return campaign

    return send


@pytest.fixture
def solapi(monkeypatch: pytest.MonkeyPatch) -> Iterator[Solapi]:
    """SOLAPI's other end, with the account of `Solapi.account`."""
    monkeypatch.setenv("SOLAPI_PASSWORD", "SECRET")
    with Solapi() as running:
        yield running


@pytest.fixture
def text_account(db: None, solapi: Solapi, settings: Settings) -> ChannelAccount:
    """A live account for advertising texts, to the loopback SOLAPI."""
    settings.MESSAGING_LIVE = True
    return make_account(
        channel="sms",
        gateway="solapi",
        is_live=True,
        settings={"base_url": solapi.url, "user": "ACCESS", "timeout": 0.4},
        password_variable="SOLAPI_PASSWORD",
        sender_address="02-1234-5678",
        opt_out_number="080-123-4567",
        caller_registered_until="2027-12-31",
        certificate_number="KR-1",
        certificate_until="2027-12-31",
        rate_per_second=1_000,
    )
