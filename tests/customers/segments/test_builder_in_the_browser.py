"""The builder in Chromium: by keyboard alone, under the strict content security policy, and with late answers."""

import json
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Browser, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from customers import stats
from customers.models import Product, Segment
from tests.browsing import complaints_of, open_page
from tests.factories import make_customer, make_order

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def page(live_server: LiveServer, browser: Browser) -> Iterator[Page]:
    """A signed-in page that fails the test on any script error or violation of the policy."""
    boss = User.objects.create_superuser("boss", "boss@example.com", "boss-boss-1")
    page = open_page(browser, live_server.url, boss, locale="en-GB")
    complaints = complaints_of(page)
    yield page
    page.context.close()
    assert complaints == []


def rule_on(page: Page) -> object:
    return json.loads(page.input_value("textarea[data-rule]"))


def add_condition(page: Page, words: str) -> None:
    page.locator("[data-adds]").last.focus()
    page.keyboard.press("Enter")
    page.keyboard.type(words)
    page.keyboard.press("Enter")


def test_a_rule_is_built_and_saved_by_keyboard_alone(page: Page) -> None:
    buyer = make_customer()
    make_order(buyer, placed_at=timezone.now())
    make_customer()
    stats.rebuild()
    page.goto("/admin/customers/segment/add/")
    page.locator("#id_name").focus()
    page.keyboard.type("Built by hand")

    add_condition(page, "orders ever")
    expect(page.locator("[data-sentence]")).to_have_text("orders ever at least 1 time")
    expect(page.locator(".live-count strong")).to_have_text("1")
    page.keyboard.press("Tab")
    page.keyboard.type("2")
    expect(page.locator(".live-count strong")).to_have_text("0")
    add_condition(page, "last visit")
    page.get_by_role("button", name="Turn into its opposite").last.focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-sentence]")).to_contain_text("not (last visit within the last 30 days)")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # remove what was just added
    page.locator("#id_name").press("Enter")

    page.wait_for_url("**/change/")
    assert Segment.objects.get().rule == {"all": [{"is": "order_count", "op": "at_least", "value": 2}]}


def test_a_late_answer_never_overwrites_a_newer_one(page: Page) -> None:
    make_order(make_customer(), placed_at=timezone.now())
    stats.rebuild()
    held: list[Route] = []

    def hold_the_first(route: Route) -> None:
        if held:
            route.continue_()
        else:
            held.append(route)

    page.route("**/measure/", hold_the_first)
    page.goto("/admin/customers/segment/add/?start=ninety_days_without_order")
    page.wait_for_timeout(300)

    page.locator(".rule-number").fill("0")
    page.locator(".rule-condition select").first.select_option("within_days")
    expect(page.locator("[data-sentence]")).to_have_text("last order within the last 0 days")
    expect(page.locator(".live-count strong")).to_have_text("1")
    assert len(held) == 1
    with_old = json.dumps({"sentence": "old", "counts": [], "beside": "old"})
    held[0].fulfill(status=200, content_type="application/json", body=with_old)
    page.wait_for_timeout(300)

    expect(page.locator("[data-sentence]")).to_have_text("last order within the last 0 days")
    expect(page.locator(".live-count strong")).to_have_text("1")


def test_every_saved_rule_survives_being_opened(page: Page) -> None:
    rule = {
        "any": [
            {"is": "orders", "op": "at_most", "value": 2, "window": {"from": "2026-01-01", "to": "2026-02-01"}},
            {"not": {"all": [{"is": "rfm_group", "op": "in", "value": ["champions", "lost"]}]}},
            {"is": "bought_category", "op": "in", "value": ["과일"], "times": 3, "window": {"last": "week"}},
            {"is": "attribute", "op": "yes", "attribute": "vip"},
            {"not": {"is": "last_order", "op": "between", "value": ["2026-01-01", "2026-01-31"]}},
        ]
    }
    segment = Segment.objects.create(name="Whole", rule=rule)

    page.goto(f"/admin/customers/segment/{segment.pk}/change/")

    expect(page.locator(".rule-condition")).to_have_count(5)
    assert rule_on(page) == rule


def test_without_script_the_rule_is_edited_as_text(page: Page, live_server: LiveServer, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, base_url=live_server.url)
    context.add_cookies(page.context.cookies())
    plain = context.new_page()

    plain.goto("/admin/customers/segment/add/")
    plain.fill("#id_name", "Typed")
    plain.fill("#id_rule", json.dumps({"is": "last_order", "op": "never"}))
    plain.click(".page-actions .btn-primary")
    plain.wait_for_url("**/change/")
    context.close()

    assert Segment.objects.get().rule == {"is": "last_order", "op": "never"}


def test_a_rule_of_three_levels_is_built_moved_undone_saved_and_explained(page: Page) -> None:
    buyer = make_customer(external_id="buyer")
    make_customer(external_id="visitor")
    make_order(buyer, placed_at=timezone.now(), paid=200_000)
    stats.rebuild()
    page.goto("/admin/customers/segment/add/")
    page.fill("#id_name", "Three levels")
    count = page.locator(".live-count strong")

    add_condition(page, "joined")
    expect(count).to_have_text("2")
    page.get_by_role("button", name="Group").last.click()
    add_first_in_last_group(page, "orders ever")
    expect(count).to_have_text("1")
    page.locator(".rule-group .rule-group .rule-adds .btn-plain").click()
    add_first_in_last_group(page, "paid in all")
    expect(page.locator(".steps li")).to_have_count(3)  # everyone, and the two parts of the outer group
    built = rule_on(page)

    handle = page.get_by_role("button", name="Pull to move, or press the arrow keys").last
    handle.focus()
    page.keyboard.press("ArrowLeft")  # out of the innermost group
    moved = rule_on(page)
    page.get_by_role("button", name="Undo").click()
    assert rule_on(page) == built
    page.get_by_role("button", name="Redo").click()
    assert rule_on(page) == moved
    page.get_by_role("button", name="Undo").click()
    page.locator(".page-actions .btn-primary").click()
    page.wait_for_url("**/change/")
    page.fill("#explained", "visitor")
    page.get_by_role("button", name="Explain").click()

    assert (
        Segment.objects.get().rule
        == built
        == {
            "all": [
                {"is": "joined", "op": "within_days", "value": 30},
                {
                    "any": [
                        {"is": "order_count", "op": "at_least", "value": 1},
                        {"all": [{"is": "paid_total", "op": "at_least", "value": 100_000}]},
                    ]
                },
            ]
        }
    )
    expect(page.locator(".explanation")).to_contain_text("orders ever at least 1 time")
    expect(page.locator(".explanation")).to_contain_text("0 times")


def add_first_in_last_group(page: Page, words: str) -> None:
    """Add a condition to the group that was added last: the innermost one."""
    page.locator(".rule-group").last.locator("[data-adds]").first.click()
    page.keyboard.type(words)
    page.keyboard.press("Enter")


def test_a_condition_is_pulled_to_another_place_with_the_pointer(page: Page) -> None:
    rule = {
        "all": [
            {"is": "last_order", "op": "never"},
            {"any": [{"is": "last_visit", "op": "never"}, {"is": "birthday", "op": "known"}]},
        ]
    }
    segment = Segment.objects.create(name="Pulled", rule=rule)
    page.goto(f"/admin/customers/segment/{segment.pk}/change/")
    pulled = page.locator(".rule-group .rule-group .rule-handle").last.bounding_box()
    first = page.locator(".rule-condition").first.bounding_box()

    page.mouse.move(pulled["x"] + 8, pulled["y"] + 12)
    page.mouse.down()
    page.mouse.move(first["x"] + 80, first["y"] + 6, steps=5)
    page.mouse.up()

    assert rule_on(page) == {
        "all": [
            {"is": "birthday", "op": "known"},
            {"is": "last_order", "op": "never"},
            {"any": [{"is": "last_visit", "op": "never"}]},
        ]
    }


def test_a_group_is_folded_and_a_condition_narrowed_down(page: Page) -> None:
    rule = {"all": [{"any": [{"is": "items_bought", "op": "at_least", "value": 2, "window": {"this": "year"}}]}]}
    segment = Segment.objects.create(name="Folded", rule=rule)
    Product.objects.create(sku="sku-1", name="Red shoes", category="Shoes")
    page.goto(f"/admin/customers/segment/{segment.pk}/change/")

    page.locator("select.rule-narrow").select_option("categories")
    page.keyboard.type("Sho")
    page.locator("datalist option[value=Shoes]").wait_for(state="attached")
    page.keyboard.type("es")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Fold up").click()

    expect(page.locator(".rule-summary")).to_have_text("items bought")
    expect(page.locator("[data-sentence]")).to_have_text("items bought (Shoes) at least 2 this year")
    part = rule["all"][0]["any"][0] | {"categories": ["Shoes"]}
    assert rule_on(page) == {"all": [{"any": [part]}]}
