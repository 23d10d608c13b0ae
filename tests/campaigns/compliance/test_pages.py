"""The pages of compliance: what is due, what to mend, what a breach costs; drafts, reasons and restrictions."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from campaigns.models import Acknowledgement, Campaign, RestrictedCategory
from campaigns.senders import processing
from customers.models import Processor
from customers.privacy import processors
from tests.factories import make_account, make_draft, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]
BOARD = "customers.view_noticeduty"


def staff(client: Client, *permissions: str) -> Client:
    client.force_login(make_user("staff", *permissions))
    return client


def test_the_board_says_what_stops_advertising_and_offers_the_drafts(client: Client, settings) -> None:
    settings.MESSAGING_LIVE = True
    make_account(name="대량문자", channel="sms", is_live=True)
    reader = staff(client, BOARD, "campaigns.change_campaign")

    page = reader.get(reverse("admin:campaigns_compliance")).content.decode()

    for words in ("대량문자", "stops advertising", "Free 080 number to opt out", "Write the drafts", "within 60 days"):
        assert words in page


def test_the_drafts_are_written_by_a_button_and_then_stand_on_the_board(client: Client) -> None:
    make_account()
    writer = staff(client, BOARD, "campaigns.change_campaign", "campaigns.view_campaign")

    answer = writer.post(reverse("admin:campaigns_notice_drafts"), follow=True)

    assert [campaign.duty for campaign in Campaign.objects.order_by("pk")] == ["result_notice", "reconfirmation"]
    assert "2 drafts are written" in answer.content.decode()
    assert "Write the drafts" not in answer.content.decode()


def test_whoever_may_not_write_campaigns_writes_no_drafts(client: Client) -> None:
    make_account()

    answer = staff(client, BOARD).post(reverse("admin:campaigns_notice_drafts"))

    assert answer.status_code == 403
    assert not Campaign.objects.exists()


def test_the_table_of_penalties_is_for_everybody_on_the_staff(client: Client) -> None:
    page = staff(client).get(reverse("admin:campaigns_penalties")).content.decode()

    assert "up to 6 % of the turnover" in page
    assert "제76조 ② 7" in page


def test_a_reason_is_recorded_by_a_button(client: Client) -> None:
    campaign = make_draft(
        purpose="info", information_basis="order", content={"subject": "안내", "html": "<p>받으신 쿠폰 내역</p>"}
    )
    writer = staff(client, "campaigns.view_campaign", "campaigns.change_campaign")
    editor = writer.get(reverse("admin:campaigns_campaign_change", args=[campaign.pk])).content.decode()
    assert "It reads like advertising: 쿠폰" in editor

    writer.post(reverse("admin:campaigns_campaign_acknowledge", args=[campaign.pk]), {"reason": "지급 내역"})

    assert Acknowledgement.objects.get().reason == "지급 내역"


def test_a_reader_records_no_reason(client: Client) -> None:
    campaign = make_draft(purpose="info", information_basis="order", content={"html": "<p>쿠폰</p>"})

    staff(client, "campaigns.view_campaign").post(
        reverse("admin:campaigns_campaign_acknowledge", args=[campaign.pk]), {"reason": "지급 내역"}
    )

    assert not Acknowledgement.objects.exists()


def test_one_person_restricts_goods_and_two_lift_that(client: Client) -> None:
    may = ("campaigns.view_restrictedcategory", "campaigns.add_restrictedcategory", "campaigns.lift_restrictedcategory")
    first, second = Client(), Client()
    first.force_login(make_user("first", *may))
    second.force_login(make_user("second", *may))
    first.post(reverse("admin:campaigns_restrictedcategory_add"), {"name": "전자담배", "reason": "온라인 판매 금지"})
    tobacco = RestrictedCategory.objects.get()

    first.post(reverse("admin:campaigns_restriction_ask", args=[tobacco.pk]), {"reason": "법이 바뀌었습니다"})
    first.post(reverse("admin:campaigns_restriction_lift", args=[tobacco.pk]))
    tobacco.refresh_from_db()
    assert tobacco.lifted_at is None

    second.post(reverse("admin:campaigns_restriction_lift", args=[tobacco.pk]))
    tobacco.refresh_from_db()
    assert tobacco.lifted_by.username == "second"


def test_p_09_a_live_account_enters_its_company_with_what_customers_must_be_told(client: Client) -> None:
    account = make_account(name="대량문자", channel="sms", gateway="solapi", is_live=True, contract_on=date(2026, 1, 2))

    processing.name_processor(account)
    account.save()

    processor = Processor.objects.get()
    assert (processor.task, processor.contract_on) == ("문자메시지 발송", date(2026, 1, 2))
    assert len(processing.to_do(account)) == 1
    assert processor.name in processors.policy_text()


def test_p_10_a_company_abroad_must_be_announced(client: Client) -> None:
    account = make_account(gateway="smtp", settings={"host": "smtp.example.com"}, is_live=True, country="US")

    processing.name_processor(account)

    assert account.processor.country == "US"
    assert len(processing.to_do(account)) == 3


def test_p_10_an_account_that_names_no_other_country_does_not_bring_its_company_home() -> None:
    relay = {"gateway": "smtp", "settings": {"host": "smtp.example.com"}, "is_live": True}
    processing.name_processor(make_account(country="US", **relay))

    processing.name_processor(make_account(**relay))

    assert Processor.objects.get().country == "US"


def test_each_mail_service_is_a_company_of_its_own() -> None:
    for service in ("brevo", "sendgrid"):
        processing.name_processor(make_account(gateway="anymail", settings={"service": service}, is_live=True))

    assert [each.name for each in Processor.objects.all()] == ["Brevo", "SendGrid"]


def test_a_company_is_the_same_one_whatever_the_operator_reads() -> None:
    relay = {"gateway": "smtp", "settings": {"host": "smtp.example.com"}, "is_live": True}
    for language in ("ko", "en"):
        with translation.override(language):
            processing.name_processor(make_account(**relay))

    assert Processor.objects.count() == 1


@pytest.mark.parametrize("given", [{"gateway": "sandbox", "is_live": True}, {"gateway": "smtp", "is_live": False}])
def test_what_does_not_leave_the_shop_has_no_processor(given: dict[str, object]) -> None:
    assert processing.name_processor(make_account(**given)) is None
    assert not Processor.objects.exists()
