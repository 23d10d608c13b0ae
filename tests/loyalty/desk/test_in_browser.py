"""The desk in a real browser, on a tablet 768 px wide, in Korean: from the log-in to a use of points and its end."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from loyalty.models import CouponRedemption, DeskAct, DeskLookup
from tests.browsing import VIOLATIONS, WIDTHS, complaints_of, sideways
from tests.factories import begin_earning, make_coupon, make_earning_rule, make_product
from tests.loyalty.coupons.holding import give
from tests.loyalty.desk.counter import account_of, make_cashier, make_member, make_store

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
TABLET = {"width": 768, "height": 1024}
LEAST_TOUCH = 44


@pytest.fixture
def tablet(live_server: LiveServer, browser: Browser) -> Iterator[Page]:
    """A tablet that nobody is signed in at, and which must not complain."""
    context = browser.new_context(
        base_url=live_server.url, viewport=TABLET, has_touch=True, timezone_id="Asia/Seoul", locale="ko-KR"
    )
    context.add_init_script(VIOLATIONS)
    page = context.new_page()
    complaints = complaints_of(page)
    yield page
    context.close()
    assert complaints == []


def sign_in(page: Page) -> None:
    cashier = make_cashier("cashier", make_store())
    cashier.set_password("a-long-password")
    cashier.save()
    page.goto("/admin/login/?next=/admin/desk/")
    page.fill("[name=username]", "cashier")
    page.fill("[name=password]", "a-long-password")
    page.click("[type=submit]")
    expect(page.locator("#typed")).to_be_focused()


def press(page: Page, keys: str) -> None:
    """Tap the keys of the pad."""
    for key in keys:
        page.locator(f"[data-key='{key}']").tap()


def small_targets(page: Page) -> list[str]:
    """Return what is to be touched and is too small for a thumb."""
    return page.evaluate(
        """least => [...document.querySelectorAll('.desk :is(button, .btn, label:has(input), .desk-input)')]
            .filter(each => each.checkVisibility() && !each.closest('dialog') && !each.closest('.desk-more'))
            .filter(each => each.getBoundingClientRect().height < least).map(each => each.outerHTML.slice(0, 80))""",
        LEAST_TOUCH,
    )


def test_with_a_thumb_from_the_log_in_to_a_used_and_a_cancelled_use(tablet: Page) -> None:
    customer = make_member(12_500)
    begin_earning(), make_earning_rule()

    sign_in(tablet)
    press(tablet, "5678ㄱ")
    assert small_targets(tablet) == []
    tablet.locator(".desk-find .desk-big").tap()
    expect(tablet.locator(".desk-name")).to_contain_text("김*골")
    expect(tablet.locator(".desk-figure")).to_contain_text("12,500")

    press(tablet, "1001")
    tablet.locator("#bill").tap()
    press(tablet, "42")
    tablet.locator("[data-key='00']").tap()
    tablet.locator("[data-key='0']").tap()
    tablet.locator("[data-adds='5000']").tap()
    expect(tablet.locator("#bill")).to_have_value("42,000")
    expect(tablet.locator("#points")).to_have_value("5,000")
    assert small_targets(tablet) == []
    tablet.locator("[data-submit]:visible").dblclick()

    expect(tablet.locator(".desk-said")).to_contain_text("5,000")
    expect(tablet.locator(".desk-figure")).to_contain_text("7,500")
    expect(tablet.locator("[data-quote=earns]")).to_have_text("+370")
    assert (DeskAct.objects.count(), account_of(customer).available) == (1, 7_500)
    assert sideways(tablet) == {}
    tablet.set_viewport_size(TABLET)

    tablet.locator(".desk-acts [data-opens]").tap()
    tablet.locator("dialog[open] .btn-danger-solid").tap()

    expect(tablet.locator(".desk-figure")).to_contain_text("12,500")
    expect(tablet.locator(".desk-acts li")).to_have_count(2)
    assert account_of(customer).available == 12_500
    assert DeskLookup.objects.values_list("how", "outcome").get() == ("last_four", "found")
    assert tablet.locator("html").get_attribute("lang") == "ko"


def test_with_a_thumb_a_coupon_for_some_goods_is_used_and_cancelled(tablet: Page) -> None:
    make_product(sku="8801", category="유제품")
    give(make_coupon(categories=["유제품"], amount=2_000), make_member(12_500))
    sign_in(tablet)
    press(tablet, "5678ㄱ")
    tablet.locator(".desk-find .desk-big").tap()

    press(tablet, "1001")
    tablet.locator("#bill").tap()
    press(tablet, "42000")
    tablet.locator("[name=kind][value=coupon] + span").tap()
    tablet.locator(".desk-offer").tap()
    tablet.locator("[data-category='유제품']").tap()
    press(tablet, "9000")
    expect(tablet.locator("[data-quote=coupons]")).to_have_text("−2,000원")
    expect(tablet.locator("[data-quote=to-pay]")).to_have_text("40,000원")
    expect(tablet.locator(".desk-pad button").last).to_be_in_viewport(ratio=1)
    assert small_targets(tablet) == []
    tablet.locator("[data-submit]:visible").dblclick()
    expect(tablet.locator(".desk-said")).to_contain_text("2,000원")
    assert sideways(tablet) == {}
    tablet.set_viewport_size(TABLET)

    tablet.locator(".desk-acts [data-opens]").tap()
    tablet.locator("dialog[open] .btn-danger-solid").tap()

    expect(tablet.locator(".desk-acts li.is-cancelled")).to_have_count(1)
    assert CouponRedemption.objects.get().status == "cancelled"


def test_a_fast_typist_needs_no_mouse(tablet: Page) -> None:
    customer = make_member(12_500)
    begin_earning(), make_earning_rule()
    sign_in(tablet)

    tablet.keyboard.type("01012345678\n")
    expect(tablet.locator("#receipt")).to_be_focused()
    tablet.keyboard.type("1001\n42000\n")
    expect(tablet.locator("[data-quote=usable]")).to_have_text("12,500")
    tablet.keyboard.type("*")
    expect(tablet.locator("#points")).to_have_value("12,500")
    tablet.keyboard.press("Escape")
    tablet.keyboard.type("2000\n")
    expect(tablet.locator(".desk-said")).to_contain_text("2,000")

    expect(tablet.locator("#bill")).to_be_focused()
    tablet.keyboard.press("Enter")
    expect(tablet.locator(".desk-said")).to_contain_text("400")
    assert account_of(customer).available == 10_900

    tablet.locator("#receipt").fill("")
    tablet.locator("#receipt").focus()
    tablet.keyboard.press("Escape")
    expect(tablet.locator("#typed")).to_be_focused()
    expect(tablet.locator(".desk-name")).to_have_count(0)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_number_of_nobody_is_refused_in_words_at_every_width(tablet: Page, width: int) -> None:
    sign_in(tablet)
    tablet.set_viewport_size({"width": width, "height": 900})

    tablet.keyboard.type("01000000000\n")

    expect(tablet.locator("[data-code=NOT_FOUND]")).to_be_visible()
    assert re.search(r"\d{4}", tablet.locator(".desk-said").inner_text()) is None
    assert tablet.evaluate("document.documentElement.scrollWidth") <= width
