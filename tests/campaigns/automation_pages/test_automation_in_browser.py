"""Automations in a real browser: one made by hand, one from a recipe to a message sent and counted on its picture."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from campaigns.models import Automation, Message
from crm_project import queue
from customers.models import TrackedSite
from loyalty.models import Coupon
from tests.browsing import complaints_of, open_page, sideways
from tests.campaigns.automation.making import MAY_DECIDE, MAY_WRITE, staff
from tests.campaigns.automation_pages.conftest import SEES
from tests.campaigns.recipes.shop import MAY_DRAFT
from tests.factories import make_account, make_customer, make_reachable_customer

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

WAITS = 20_000
MAY_START = ("loyalty.view_coupon", "loyalty.change_coupon")


@pytest.fixture
def shop() -> None:
    make_account(name="메일")
    make_reachable_customer(name="김하나")


@pytest.fixture
def complaints() -> Iterator[list[list[str]]]:
    found: list[list[str]] = []
    yield found
    assert [each for each in found if each] == []


def sit_down(
    browser: Browser, site: str, name: str, permissions: tuple[str, ...], complaints: list, *, language: str = "en"
) -> Page:
    page = open_page(browser, site, staff(name, *permissions, *SEES), language=language)
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


def test_a_recipe_is_read_tried_approved_by_somebody_else_and_writes_to_the_next_who_signs_up(
    live_server: LiveServer, browser: Browser, shop: None, complaints: list
) -> None:
    """From one click in the gallery, in Korean; the queue's own jobs let the customer in and send."""
    TrackedSite.objects.create(name="온라인몰", allowed_origins=["https://www.dangol-mart.kr"])
    make_customer(name="이두리", external_id="D-2", joined_at=timezone.now() - timedelta(days=3))
    page = sit_down(browser, live_server.url, "writer", MAY_DRAFT + MAY_START, complaints, language="ko")

    page.goto("/admin/campaigns/automation/recipes/")
    page.click("#recipe-welcome .recipe-use button")
    page.wait_for_url("**/change/")
    messages = page.locator(".node:has(.node-detail)")
    expect(messages).to_have_count(3)
    messages.first.click()
    expect(page.locator("#panel")).to_contain_text("회원가입이 완료되었습니다")
    automation = Automation.objects.get()

    page.goto(f"/admin/loyalty/coupon/{Coupon.objects.get().pk}/change/")
    page.click("[name=_start]")
    page.goto(f"/admin/campaigns/automation/{automation.pk}/trial/?days=30")
    expect(page.locator(".trial-stats .stat").first).to_contain_text("2")
    page.fill("[name=customer]", "D-2")
    page.press("[name=customer]", "Enter")
    expect(page.locator(".trial-moments li")).to_have_count(7)

    page.goto(f"/admin/campaigns/automation/{automation.pk}/change/")
    page.click("form[action$='/submit/'] button")
    page.wait_for_url("**/review/")
    second = sit_down(browser, live_server.url, "second", MAY_DECIDE, complaints, language="ko")
    second.goto(page.url)
    expect(second.locator(".reviewed")).to_have_count(3)
    second.click("form[action$='/approve/'] button")
    second.wait_for_url("**/change/")

    make_reachable_customer(name="박세리", email="seri@example.com", joined_at=timezone.now())
    queue.run("campaigns.tasks.run_automations")
    queue.run("campaigns.tasks.dispatch_messages")

    sent = Message.objects.get()
    assert (sent.status, sent.enrollment.customer.name) == ("sent", "박세리")
    second.reload()
    counted = second.locator(".node:has(.node-detail)").first.locator(".node-counts")
    expect(counted.locator("b")).to_have_text("1")
