"""A coupon is written in a real browser, seen as it is typed, and started."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from loyalty.models import Coupon
from tests.browsing import complaints_of, open_page
from tests.factories import make_product, make_user

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("in_english")]


@pytest.fixture
def page(live_server: LiveServer, browser: Browser) -> Iterator[Page]:
    """A page of the browser, signed in as somebody who writes coupons, which must not complain."""
    writer = make_user("writer", *(f"loyalty.{act}_coupon" for act in ("view", "add", "change", "issue")))
    page = open_page(browser, live_server.url, writer)
    complaints = complaints_of(page)
    yield page
    page.context.close()
    assert complaints == []


def test_a_coupon_is_said_and_drawn_as_it_is_typed_and_started_with_one_button(page: Page) -> None:
    make_product(sku="M-1", name="Milk", category="dairy")
    page.goto("/admin/loyalty/coupon/add/")
    expect(page.locator("[name=percent]")).to_be_hidden()

    page.fill("[name=name]", "Welcome back")
    page.check("[name=kind][value=percent]")
    page.fill("[name=percent]", "10")
    expect(page.locator("[name=amount]")).to_be_hidden()
    page.locator("[data-finds=categories]").press_sequentially("dai")
    expect(page.locator("#found-categories option")).to_have_count(1)
    page.fill("[data-finds=categories]", "dairy")
    page.fill("[name=valid_until]", "2099-12-31")

    expect(page.locator("[name=categories]")).to_have_value("dairy")
    expect(page.locator(".coupon-sentence")).to_contain_text("10 % off, on dairy, until 2099-12-31")
    expect(page.locator(".coupon-ticket-name")).to_have_text("Welcome back")

    page.click("[name=_start]")
    expect(page.get_by_role("link", name="Issue to a segment")).to_be_visible()
    assert (Coupon.objects.get().status, Coupon.objects.get().categories) == ("running", ["dairy"])


def test_a_wrong_number_is_said_beside_its_field_before_anything_is_sent(page: Page) -> None:
    page.goto("/admin/loyalty/coupon/add/")

    page.check("[name=kind][value=percent]")
    page.fill("[name=percent]", "120")

    expect(page.locator("[data-problems-of=percent]")).to_contain_text("100")
    assert not Coupon.objects.exists()
