"""The campaign pages in a real browser: strict Content-Security-Policy, no sideways scrolling, parts that refresh."""

from collections.abc import Iterator

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from campaigns import lifecycle
from campaigns.models import Campaign, Message
from customers.segments.refresh import refresh_segment
from tests.browsing import complaints_of, open_page, sideways
from tests.factories import make_draft, make_message, make_reachable_customer, make_running_campaign, make_user

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def running() -> Campaign:
    """A campaign that is being sent, with something of every kind to show."""
    campaign = make_running_campaign(planned_at=timezone.now())
    for status in (Message.Status.SENT, Message.Status.PLANNED, Message.Status.UNKNOWN, Message.Status.FAILED):
        make_message(campaign, make_reachable_customer(), status=status, failure="smtp_550")
    return campaign


@pytest.fixture
def in_review() -> Campaign:
    campaign = make_draft()
    make_reachable_customer()
    refresh_segment(campaign.segment_id)
    writer = make_user("writer", "campaigns.change_campaign")
    lifecycle.submit_for_review(campaign, by=writer)
    return campaign


@pytest.fixture
def page(live_server: LiveServer, browser: Browser) -> Iterator[Page]:
    """A page of the browser, signed in as an approver who may also stop campaigns."""
    permissions = ("campaigns.view_campaign", "campaigns.approve_campaign", "campaigns.stop_campaign")
    page = open_page(browser, live_server.url, make_user("approver", *permissions))
    yield page
    page.context.close()


def addresses(running: Campaign, in_review: Campaign) -> list[str]:
    return [
        reverse("admin:campaigns_campaign_changelist"),
        reverse("admin:campaigns_campaign_review", args=[in_review.pk]),
        reverse("admin:campaigns_campaign_progress", args=[running.pk]),
        reverse("admin:campaigns_campaign_removed", args=[in_review.pk, "RECEIVERS"]),
    ]


def test_the_pages_keep_the_policy_and_the_width(page, running, in_review):
    complaints = complaints_of(page)
    wide = {}

    for address in addresses(running, in_review):
        page.goto(address, wait_until="load")
        wide |= {(address, width): found for width, found in sideways(page).items()}

    assert complaints == []
    assert wide == {}


def test_the_progress_follows_the_sending_and_its_end(page, running):
    page.goto(reverse("admin:campaigns_campaign_progress", args=[running.pk]))
    before = page.inner_text(".sending-figure strong")

    Message.objects.filter(status="planned").update(status="sent", sent_at=timezone.now())
    expect(page.locator(".sending-figure strong")).to_have_text("2", timeout=10_000)
    Campaign.objects.update(status=Campaign.Status.FINISHED)
    page.wait_for_selector(".page-actions a.btn-primary", timeout=10_000)

    assert before == "1"
    assert page.locator("[data-opens=stop]").count() == 0


def test_the_approver_decides_with_the_keyboard(page, in_review, settings):
    settings.APPROVAL_COUNT_FROM = 1
    page.goto(reverse("admin:campaigns_campaign_review", args=[in_review.pk]))

    page.focus("#recipients")
    page.keyboard.type("1")
    page.keyboard.press("Enter")
    page.wait_for_selector(".toast.tone-good")

    assert Campaign.objects.get(pk=in_review.pk).status == Campaign.Status.SCHEDULED
