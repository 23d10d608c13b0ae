"""Fixtures of campaigns: two people and a way from draft to sent."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import Settings

from campaigns import approval, lifecycle
from campaigns.models import Campaign
from campaigns.pipeline import dispatch, plan
from customers.segments.refresh import refresh_segment
from tests.factories import make_user


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
