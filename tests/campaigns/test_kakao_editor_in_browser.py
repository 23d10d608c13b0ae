"""The editor of AlimTalk templates in a real browser: the bubble follows, only what is needed is shown."""

from collections.abc import Iterator

import pytest
from django.db import connections
from django.test import Client
from playwright.sync_api import Page, expect, sync_playwright

from tests.factories import make_kakao_template, make_user

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(live_server, chromium, monkeypatch) -> Iterator[Page]:
    """A page of the browser, signed in as somebody who writes templates."""
    # The browser's driver keeps an event loop in this thread, in which Django refuses queries though nothing waits.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    client = Client()
    client.force_login(make_user("writer", *(f"campaigns.{act}_kakaotemplate" for act in ("view", "add", "change"))))
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        context = browser.new_context(base_url=live_server.url)
        context.add_cookies([cookie])
        yield context.new_page()
        browser.close()
        connections.close_all()  # those of the loop; the test's own are Django's to close


def test_the_bubble_follows_what_is_typed_and_rows_come_as_they_are_needed(page: Page) -> None:
    template = make_kakao_template(buttons=[{"code": "DS", "name": "배송 조회"}])
    page.goto(f"/admin/campaigns/kakaotemplate/{template.pk}/change/")
    bubble, rows = page.locator(".kakao-bubble"), page.locator("[data-row=button]:visible")
    expect(rows).to_have_count(1)
    expect(page.locator("[name=title]")).to_be_hidden()

    page.fill("[name=body]", "#{이름}님, 도착했습니다.")
    page.select_option("[name=emphasis]", "TEXT")
    page.fill("[name=title]", "#{금액}원")
    page.click("[data-adds=button]")
    rows.last.locator("select").select_option("WL")
    rows.last.locator("[name=button_name]").fill("리뷰 쓰기")

    expect(bubble).to_contain_text("이름님, 도착했습니다.")
    expect(bubble).to_contain_text("금액원")
    expect(bubble).to_contain_text("리뷰 쓰기")
    expect(rows.last.locator("[name=button_mobile]")).to_be_visible()
    expect(rows.last.locator("[name=button_ios]")).to_be_hidden()
