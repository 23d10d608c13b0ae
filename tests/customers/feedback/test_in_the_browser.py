"""From the link in a message to the closed case, on a page as wide as a phone."""

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from campaigns.pipeline.gate import Gate
from customers.feedback import survey_links
from customers.models import Case, Customer, SurveyResponse
from tests.browsing import complaints_of, open_page
from tests.factories import make_draft, make_reachable_customer, make_survey

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
PHONE = {"viewport": {"width": 390, "height": 844}}


def verdict(customer: Customer) -> str:
    campaign = make_draft(purpose="ad")
    account = campaign.steps.get().account
    return Gate(campaign=campaign, account=account, at=timezone.now()).verdicts([customer.pk])[customer.pk]


def test_a_low_answer_becomes_a_case_that_somebody_closes(live_server: LiveServer, browser: Browser) -> None:
    boss = User.objects.create_superuser("boss", "boss@example.com", "boss-boss-1")
    survey, customer = make_survey("nps choice text", case_owner=boss), make_reachable_customer()
    page = open_page(browser, live_server.url, boss, locale="en-GB", **PHONE)
    complaints = complaints_of(page)
    token = survey_links.write(survey.pk, customer.pk, message_id=5)

    page.goto(f"/s/{token}/?score=9")
    expect(page.locator("input[value='9']")).to_be_checked()
    page.locator(".scale label", has_text="2").click()
    page.get_by_label("배송").check()
    page.locator("textarea").fill("배송이 늦었어요")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator("form.survey button").click()
    expect(page.locator("[role=status]")).to_contain_text(survey.thanks_ko)
    assert (SurveyResponse.objects.get().score, verdict(customer)) == (2, "OPEN_CASE")

    page.goto("/admin/customers/case/?todo=mine")
    page.locator("#result_list a", has_text="2 / 10").click()
    expect(page.locator("main, #content").first).to_contain_text("배송이 늦었어요")
    page.fill("#reply-text", "전화로 사과드리고 다시 보냈습니다")
    page.locator("form[action$='/reply/'] button").click()
    page.select_option("#outcome", "made_good")
    page.locator("form[action$='/close/'] button").click()
    expect(page.locator(".messagelist, .toast").first).to_be_visible()

    assert (Case.objects.get().status, Case.objects.get().outcome) == ("closed", "made_good")
    assert verdict(customer) == ""
    page.context.close()
    assert complaints == []
