"""The editor of AlimTalk templates in a real browser: the bubble follows, only what is needed is shown."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.browsing import complaints_of, open_page
from tests.factories import make_kakao_template, make_user

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(live_server: LiveServer, browser: Browser) -> Iterator[Page]:
    """A page of the browser, signed in as somebody who writes templates, which must not complain."""
    permissions = (f"campaigns.{act}_kakaotemplate" for act in ("view", "add", "change"))
    page = open_page(browser, live_server.url, make_user("writer", *permissions))
    complaints = complaints_of(page)
    yield page
    page.context.close()
    assert complaints == []


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
