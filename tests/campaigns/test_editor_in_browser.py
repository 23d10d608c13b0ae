"""The campaign editor in a real browser: from the keyboard, at every width, and nothing typed is ever lost."""

from collections.abc import Iterator

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from campaigns.models import Campaign, Variant
from customers.segments.refresh import refresh_segment
from tests.browsing import complaints_of, open_page, sideways
from tests.factories import make_account, make_reachable_customer, make_segment, make_user, set_consent

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

ADD = "/admin/campaigns/campaign/add/"


@pytest.fixture
def shop() -> None:
    """An account for mail, one for texts, a segment with a customer who agreed to both."""
    make_account(name="1 mail")
    make_account(
        name="2 text",
        channel="sms",
        sender_address="02-000-0000",
        contact_phone="02-000-0000",
        opt_out_number="080-123-4567",
    )
    customer = make_reachable_customer(name="김하나", phone="+821012345678")
    set_consent(customer, "ad_receive", channel="sms")
    refresh_segment(make_segment(name="단골").pk)


@pytest.fixture
def page(live_server: LiveServer, browser: Browser, shop: None) -> Iterator[Page]:
    """A page of the browser, signed in as somebody who writes campaigns, which must not complain."""
    permissions = ("view_campaign", "add_campaign", "change_campaign", "add_messagetemplate", "view_messagetemplate")
    writer = make_user("writer", *(f"campaigns.{each}" for each in permissions))
    page = open_page(browser, live_server.url, writer, language="en")
    complaints = complaints_of(page)
    yield page
    page.context.close()
    assert complaints == []


def test_a_text_with_two_arms_and_a_mail_behind_it_is_written_and_stored(page: Page) -> None:
    page.goto(ADD)
    page.fill("[name=name]", "주말")
    page.check("[name=purpose][value=ad]")
    page.select_option("[name=segment]", label="단골")

    page.select_option("#way0", label="2 text · text message")
    text = page.locator("[name=c0_A_all-text]")
    text.fill("{{ name }}님, 오늘만!")
    expect(page.locator("[data-meter-of=c0_A_all]")).to_contain_text("/ 90 byte · SMS", timeout=15_000)
    expect(page.locator(".phone-bubble")).to_contain_text("김*나님, 오늘만!")
    expect(page.locator(".phone-bubble .mandatory").last).to_contain_text("무료거부0801234567")
    page.click("button[value=add_arm]")
    page.locator("[data-cell-tab=c0_B_all]").click(timeout=15_000)
    expect(page.locator("[name=c0_B_all-text]")).to_have_value("{{ name }}님, 오늘만!")
    page.fill("[name=c0_B_all-text]", "다른 글")
    page.click(".way-more summary")
    page.click("button[value=add_way]")
    expect(page.locator("#way1")).to_be_visible(timeout=15_000)
    expect(page.locator("[name=c0_B_all-text]")).to_have_value("다른 글")
    page.click("button[name=_save]:not([tabindex])")
    page.wait_for_url("**/change/")

    stored = {(each.fallback_id is None, each.name): each for each in Variant.objects.all()}
    assert len(stored) == 4
    assert stored[True, "B"].text == "다른 글"
    assert stored[False, "A"].subject == "{{ name | honorific }}께 드리는 소식"


def test_it_is_written_from_the_keyboard_and_enter_saves(page: Page) -> None:
    page.goto(ADD)
    page.check("[name=purpose][value=ad]")
    page.select_option("[name=segment]", label="단골")
    page.click("button[value=add_arm]")
    tab = page.locator("[data-cell-tab=c0_A_all]")
    expect(tab).to_be_visible(timeout=15_000)

    tab.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#c0_B_all")).to_be_visible()
    expect(page.locator("#c0_A_all")).to_be_hidden()
    page.focus("[name=name]")
    page.keyboard.type("from the keyboard")
    page.keyboard.press("Enter")
    page.wait_for_url("**/change/")

    assert Campaign.objects.get().name == "from the keyboard"


def test_a_click_on_a_field_writes_it_and_a_particle_goes_inside_its_braces(page: Page) -> None:
    page.goto(ADD)
    subject = page.locator("[name=c0_A_all-subject]")
    subject.fill("")
    subject.focus()

    page.locator("[data-inserts*=honorific]").first.click()
    page.get_by_text("Blocks, particles").click()
    page.locator("[data-inserts*='이/가']").click()

    expect(subject).to_have_value('{{ name | honorific | josa: "이/가" }}')


def test_what_was_typed_stays_when_the_log_in_has_ended(page: Page) -> None:
    page.goto(ADD)
    page.fill("[name=c0_A_all-subject]", "주말 소식")
    Session.objects.all().delete()

    with page.expect_response("**/login/**"):
        page.click("button[value=add_arm]")

    expect(page.locator("[name=c0_A_all-subject]")).to_have_value("주말 소식")


def test_nothing_is_wider_than_the_window(page: Page) -> None:
    wide = {}

    for address in (f"{ADD}?template=sms_long", "/admin/campaigns/messagetemplate/"):
        page.goto(address, wait_until="load")
        wide |= {(address, width): found for width, found in sideways(page).items()}

    assert wide == {}
