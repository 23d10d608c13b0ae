"""The tracker in a real browser, in the pages of the demo's web shop, which is another site under a strict policy."""

import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from campaigns.models import Hit, InAppMessage
from crm_project.demo.complete_journey import SOURCE
from crm_project.demo.web_shop import tracking
from customers.models import Customer, CustomerStats, Event, Order, TrackedSite
from customers.web_events import arrivals
from tests.browsing import VIOLATIONS, complaints_of
from tests.factories import make_customer, make_message, make_product, make_running_campaign

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

BANANAS = "1082185"
PATIENCE = 30  # seconds
STORED = "Object.keys(localStorage).filter(name => name.startsWith('dangol.')).sort()"


@pytest.fixture
def customer(live_server: LiveServer, settings: Settings) -> Customer:
    """A customer of the demo's shop, which is open: on `localhost`, while the product answers on 127.0.0.1."""
    settings.ROOT_URLCONF = "tests.customers.web_events.with_demo_shop"
    settings.SITE_URL = live_server.url.replace("localhost", "127.0.0.1")
    settings.LANGUAGE_CODE = "en"
    make_product(source=SOURCE, sku=BANANAS, price=940)
    tracking.set_up(live_server.url)
    return make_customer(source=SOURCE, external_id="7", is_demo=True)


@pytest.fixture
def context(customer: Customer, live_server: LiveServer, browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(base_url=live_server.url, locale="en")
    context.add_init_script(VIOLATIONS)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page of a stranger, on which neither a script fails nor the shop's policy is violated."""
    page = context.new_page()
    complaints = complaints_of(page)
    yield page
    assert [each for each in complaints if "ERR_INTERNET_DISCONNECTED" not in each] == []


def heard(page: Page, count: int) -> Counter[str]:
    """Wait until so many events came in; return how many of each kind."""
    until = time.monotonic() + PATIENCE
    while arrivals.take_in_waiting() or (Event.objects.count() < count and time.monotonic() < until):
        page.wait_for_timeout(100)
    return Counter(Event.objects.values_list("kind", flat=True))


def agree(page: Page) -> None:
    page.goto("/demo-shop/")
    page.click("[data-agrees=yes]")


def log_in(page: Page) -> None:
    page.click(".who button")
    page.wait_for_selector("[data-leaves]")


def make_waiting(customer: Customer, **given: object) -> InAppMessage:
    now = timezone.now()
    days = {"starts_at": now - timedelta(hours=1), "ends_at": now + timedelta(days=1), "most_views": 3}
    words = {"layout": "modal", "title": "Welcome back", "body": "Ten percent off", "button": "Have a look"}
    message = make_message(make_running_campaign(links=("https://shop.example/",)), customer)
    return InAppMessage.objects.create(message=message, customer=customer, **days | words | given)


def hits(page: Page, *wanted: str) -> list[str]:
    until = time.monotonic() + PATIENCE
    while (kinds := sorted(Hit.objects.values_list("kind", flat=True))) != sorted(wanted):
        if time.monotonic() > until:
            break
        page.wait_for_timeout(100)
    return kinds


def test_what_a_visitor_did_is_the_customers_once_they_log_in(page: Page, customer: Customer) -> None:
    agree(page)
    page.click(f"a[href$='/item/{BANANAS}/']")
    page.click("[data-cart=cart_add] button")
    page.wait_for_url("**/cart/")
    nameless = heard(page, 5)
    known_before = Event.objects.exclude(customer=None).count()
    log_in(page)
    page.goto("/demo-shop/checkout/")
    kinds = heard(page, 8)
    left = CustomerStats.objects.get(customer=customer).last_cart_at
    page.click("main .main")
    expect(page.locator("h1")).to_have_text("Thank you for your order")

    assert nameless == {"page_view": 3, "product_view": 1, "cart_add": 1}
    assert known_before == 0
    assert kinds == {"page_view": 5, "product_view": 1, "cart_add": 1, "checkout": 1}
    assert set(Event.objects.values_list("customer", flat=True)) == {customer.pk}
    assert Event.objects.get(kind="cart_add").product.sku == BANANAS
    assert Event.objects.get(kind="cart_add").properties == {"quantity": 1}
    assert left == Event.objects.get(kind="cart_add").occurred_at
    assert Order.objects.get().customer == customer


def test_a_page_that_stands_open_takes_a_new_signature(page: Page, customer: Customer) -> None:
    good = tracking.token(TrackedSite.objects.get(), customer)
    agree(page)
    heard(page, 1)

    page.evaluate("dangol('identify', '7', '1.of-long-ago')")
    page.evaluate(f"dangol('identify', '7', '{good}'); dangol('search', 'milk')")
    heard(page, 3)

    assert Event.objects.filter(kind="custom").count() == 1
    assert Event.objects.get(kind="search").customer == customer


def test_what_a_page_hands_over_wrongly_does_not_stop_the_page(page: Page) -> None:
    agree(page)

    page.evaluate("dangol('event', 'wished', window); dangol('event', 'wished', {big: 1n}); dangol('nonsense')")
    page.evaluate("dangol('search', 'milk')")

    assert heard(page, 2) == {"page_view": 1, "search": 1}


def test_what_happened_without_a_network_is_told_later_and_once(page: Page, context: BrowserContext) -> None:
    agree(page)
    heard(page, 1)

    context.set_offline(True)
    page.evaluate("dangol('search', '우유')")
    page.wait_for_timeout(500)
    without = heard(page, 1)
    context.set_offline(False)
    back = heard(page, 2)
    context.set_offline(True)
    page.evaluate("dangol('event', 'wished', {sku: 'x'})")
    page.close()
    context.set_offline(False)
    later = context.new_page()
    later.goto("/demo-shop/cart/")
    kinds = heard(later, 4)

    assert without == {"page_view": 1}
    assert back == {"page_view": 1, "search": 1}
    assert kinds == {"page_view": 2, "search": 1, "custom": 1}
    assert Event.objects.get(kind="search").properties == {"query": "우유"}
    assert later.evaluate(STORED) == ["dangol.consent", "dangol.visitor"]


def test_nothing_is_sent_or_stored_before_consent_and_nothing_is_left_after_it_is_withdrawn(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/t/" in request.url else None)

    page.goto("/demo-shop/")
    log_in(page)
    page.click(f"a[href$='/item/{BANANAS}/']")
    page.click("[data-agrees=no]")
    page.click("[data-cart=cart_add] button")
    page.wait_for_url("**/cart/")
    page.wait_for_timeout(500)
    before = (list(asked), page.evaluate(STORED))
    page.click("[data-asks]")
    page.click("[data-agrees=yes]")
    agreed = heard(page, 1)
    page.click("[data-asks]")
    page.click("[data-agrees=no]")
    stored = page.evaluate(STORED)
    page.goto("/demo-shop/")
    page.wait_for_timeout(500)

    assert before == ([], [])
    assert agreed == {"page_view": 1}
    assert stored == []
    assert heard(page, 1) == {"page_view": 1}


@pytest.mark.parametrize(("signal", "kinds"), [("false", {"page_view": 2}), ("true", {})])
def test_a_shop_that_does_not_ask_first_still_heeds_what_the_browser_says(
    context: BrowserContext, page: Page, signal: str, kinds: dict[str, int]
) -> None:
    TrackedSite.objects.update(asks_first=False)
    context.add_init_script(f"Object.defineProperty(navigator, 'globalPrivacyControl', {{value: {signal}}})")

    page.goto("/demo-shop/?utm_source=dangol&utm_campaign=campaign-7&email=a@b.c")
    page.evaluate("history.pushState({}, '', '/demo-shop/cart/')")
    page.wait_for_timeout(500)

    assert heard(page, sum(kinds.values())) == kinds
    seen = sorted(Event.objects.values_list("properties", flat=True), key=len, reverse=True)
    first = {"path": "/demo-shop/", "utm_source": "dangol", "utm_campaign": "campaign-7"}
    assert seen == ([first, {"path": "/demo-shop/cart/"}] if kinds else [])


def test_a_window_in_the_page_is_shown_clicked_and_does_not_come_back(page: Page, customer: Customer) -> None:
    waiting = make_waiting(customer, url=f"/demo-shop/item/{BANANAS}/")
    agree(page)
    log_in(page)

    window = page.get_by_role("dialog", name="Welcome back")
    expect(window).to_contain_text("Ten percent off")
    shown = hits(page, "open")
    window.get_by_role("link", name="Have a look").click()
    page.wait_for_url(f"**/item/{BANANAS}/")
    clicked = hits(page, "open", "click")
    page.wait_for_timeout(500)

    waiting.refresh_from_db()
    assert shown == ["open"]
    assert clicked == ["click", "open"]
    assert waiting.closed_at is not None
    expect(page.locator("dangol-message")).to_have_count(0)


@pytest.mark.parametrize("layout", ["modal", "banner"])
def test_it_is_put_away_from_the_keyboard(page: Page, customer: Customer, layout: str) -> None:
    make_waiting(customer, layout=layout, url="javascript:alert(1)", title="<b>Hello</b>")
    agree(page)
    log_in(page)

    message = page.get_by_role("dialog" if layout == "modal" else "region", name="<b>Hello</b>")
    expect(message).to_be_visible()
    expect(message.get_by_role("link")).to_have_count(0)
    if layout == "modal":
        page.keyboard.press("Escape")
    else:
        message.get_by_role("button", name="Close").focus()
        page.keyboard.press("Enter")
    expect(page.locator("dangol-message")).to_have_count(0)

    assert hits(page, "open", "close") == ["close", "open"]
