"""A welcome automation made by hand in a real browser: from its trigger to the approval of a second person."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from campaigns.models import Automation
from tests.browsing import complaints_of, open_page, sideways
from tests.campaigns.automation.making import MAY_DECIDE, MAY_WRITE, staff
from tests.campaigns.automation_pages.conftest import SEES
from tests.factories import make_account, make_reachable_customer

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

WAITS = 20_000


@pytest.fixture
def shop() -> None:
    make_account(name="메일")
    make_reachable_customer(name="김하나")


@pytest.fixture
def complaints() -> Iterator[list[list[str]]]:
    found: list[list[str]] = []
    yield found
    assert [each for each in found if each] == []


def sit_down(browser: Browser, site: str, name: str, permissions: tuple[str, ...], complaints: list) -> Page:
    page = open_page(browser, site, staff(name, *permissions, *SEES), language="en")
    page.set_default_timeout(WAITS)
    complaints.append(complaints_of(page))
    return page


def test_a_welcome_is_made_by_hand_and_approved_by_somebody_else(
    live_server: LiveServer, browser: Browser, shop: None, complaints: list
) -> None:
    page = sit_down(browser, live_server.url, "writer", MAY_WRITE, complaints)
    page.goto("/admin/campaigns/automation/add/")
    page.fill("[name=name]", "첫 구매 환영")
    page.fill("[data-filter-words]", "first order")
    expect(page.locator("button[value=cart_left]")).to_be_hidden()
    page.click("button[value=first_order]")

    page.locator(".plus a").first.click()
    page.click("button[value=message]")
    page.click("#panel a.btn-primary")
    page.fill("[name=name]", "감사 인사")
    page.check("[name=purpose][value=ad]")
    page.fill("[name=c0_A_all-subject]", "첫 구매 감사합니다")
    page.fill("[name=c0_A_all-html]", "<p>{{ name }}님, 감사합니다</p>")
    page.click("button[name=_back_to_path]")
    expect(page.locator("#panel")).to_contain_text("첫 구매 감사합니다")

    page.locator(".plus a").first.click()
    page.click("button[value=wait]")
    page.fill("#panel [name=days]", "3")
    page.click("#panel button[name=_save]")
    expect(page.locator(".node strong").nth(1)).to_have_text("Wait 3 days")
    assert sideways(page) == {}

    page.set_viewport_size({"width": 1440, "height": 900})
    page.get_by_role("button", name="Request approval").click()
    page.wait_for_url("**/review/")
    version = Automation.objects.get().versions.get()
    assert version.status == "in_review"

    second = sit_down(browser, live_server.url, "second", MAY_DECIDE, complaints)
    second.goto(page.url)
    second.get_by_role("button", name="Approve and begin").click()
    second.wait_for_url("**/change/")

    automation = Automation.objects.select_related("live_version").get()
    steps = automation.live_version.steps.order_by("position")
    assert (automation.name, automation.status, automation.live_version.status) == ("첫 구매 환영", "active", "live")
    assert list(steps.values_list("kind", "settings")) == [("wait", {"days": 3}), ("message", {})]
