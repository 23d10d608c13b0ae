"""AlimTalk: approved templates with every variable filled in, for information only (K-01, K-04, L-25)."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import timezone

from campaigns.channels.base import CHANNELS, Envelope
from campaigns.errors import ContentRefused
from campaigns.fingerprint import fingerprint
from campaigns.gateways.base import PreparedMessage
from campaigns.gateways.sandbox import read_manifest
from campaigns.models import Campaign, KakaoTemplate, Message, SkipReason, Variant
from campaigns.pipeline import content
from campaigns.review.change_words import shown_changes
from customers.models import Customer
from tests.factories import (
    make_account,
    make_alimtalk_draft,
    make_customer,
    make_kakao_profile,
    make_kakao_template,
    make_segment,
)

pytestmark = pytest.mark.django_db
CHANNEL = CHANNELS["alimtalk"]
MOBILE = "+821012345678"


def variant_of(campaign: Campaign) -> Variant:
    return campaign.steps.get().variants.select_related("step__account__kakao_profile").get()


def places(campaign: Campaign) -> list[str]:
    """Where the problems of its content are."""
    return [problem.field for problem in content.check(variant_of(campaign))]


def composed(campaign: Campaign, customer: Customer) -> PreparedMessage:
    variant = variant_of(campaign)
    rendered = content.render(variant, customer, message_id=7)
    envelope = Envelope(7, campaign.pk, variant.account, customer.phone, timezone.now())
    return CHANNEL.compose(rendered, envelope)


def test_the_gateway_gets_the_template_and_its_values_and_no_buttons() -> None:
    template = make_kakao_template(buttons=[{"code": "DS", "name": "배송 조회"}])
    campaign = make_alimtalk_draft(template)

    message = composed(campaign, make_customer(name="김단골", external_id="A-1", phone=MOBILE))

    assert message.content == {
        "profile": template.profile.profile_id,
        "template": template.code,
        "variables": {"이름": "김단골", "주문번호": "A-1"},
        "text": "김단골님, 상품이 출발했습니다.\n주문번호 A-1",
    }
    assert (message.kind, message.recipient) == ("alimtalk", MOBILE)


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({"이름": "{{ name }}", "주문번호": "A-1"}, []),
        ({"이름": "{{ name }}"}, ["details.values.주문번호"]),
        ({"이름": " ", "주문번호": "A-1"}, ["details.values.이름"]),
        ({"이름": "{{ name }}", "주문번호": "A-1", "쿠폰": "x"}, ["details.values.쿠폰"]),
        ({"이름": "{{ nmae }}", "주문번호": "A-1"}, ["details.values.이름"]),
        ({"이름": "{{ name", "주문번호": "A-1"}, ["details.values.이름"]),
        # The template says #{이름}님.
        ({"이름": "{{ name | honorific }}", "주문번호": "A-1"}, ["details.values.이름"]),
    ],
)
def test_every_variable_must_have_a_value_and_no_other_may(values: dict[str, str], found: list[str]) -> None:
    assert places(make_alimtalk_draft(values=values)) == found


def test_a_variable_that_may_be_empty_may_be_left_out() -> None:
    template = make_kakao_template(optional_variables=["주문번호"])

    assert places(make_alimtalk_draft(template, values={"이름": "{{ name }}"})) == []


def test_a_variable_that_was_left_out_is_sent_and_read_as_empty() -> None:
    template = make_kakao_template(optional_variables=["주문번호"])
    campaign = make_alimtalk_draft(template, values={"이름": "{{ name }}"})

    message = composed(campaign, make_customer(name="김단골", phone=MOBILE))

    assert message.content["variables"] == {"이름": "김단골", "주문번호": ""}
    assert message.content["text"] == "김단골님, 상품이 출발했습니다.\n주문번호 "


@pytest.mark.parametrize("state", ["REG", "REQ", "REJ", "STOP", "DORMANT", "UNKNOWN", "XYZ"])
def test_what_kakao_has_not_approved_is_neither_submitted_nor_sent(state: str) -> None:
    campaign = make_alimtalk_draft(make_kakao_template(state=state))

    assert places(campaign) == ["details.template"]
    with pytest.raises(ContentRefused) as refusal:
        content.render(variant_of(campaign), make_customer(), message_id=7)
    assert refusal.value.reason == SkipReason.TEMPLATE_NOT_APPROVED


def test_advertising_is_refused() -> None:
    campaign = make_alimtalk_draft(purpose="ad")
    variant = variant_of(campaign)

    assert places(campaign) == ["account"]
    rendered = content.render(variant, make_customer(), message_id=7)
    assert CHANNEL.violation(campaign, variant.account, rendered) == SkipReason.LABEL


def test_a_template_of_another_channel_of_the_shop_is_refused() -> None:
    campaign = make_alimtalk_draft()
    other = make_account(channel="alimtalk", kakao_profile=make_kakao_profile())
    campaign.steps.update(account=other)

    assert places(campaign) == ["details.template"]


@pytest.mark.parametrize("details", [{}, {"template": 0}, {"template": "1 OR 1=1"}, {"template": None}])
def test_content_without_a_template_is_a_problem_and_no_crash(details: dict[str, object]) -> None:
    campaign = make_alimtalk_draft()
    Variant.objects.filter(step__campaign=campaign).update(details=details)

    assert places(campaign) == ["details.template"]


def test_a_customer_without_the_value_gets_nothing() -> None:
    with pytest.raises(ContentRefused) as refusal:
        content.render(variant_of(make_alimtalk_draft()), make_customer(name=""), message_id=7)

    assert refusal.value.reason == SkipReason.VAR_MISSING


def test_a_value_of_nothing_but_blanks_counts_as_missing() -> None:
    campaign = make_alimtalk_draft(values={"이름": "{% if order_count > 0 %}{{ name }}{% endif %}", "주문번호": "A-1"})

    with pytest.raises(ContentRefused) as refusal:
        content.render(variant_of(campaign), make_customer())

    assert refusal.value.reason == SkipReason.VAR_MISSING


@pytest.mark.parametrize(("length", "is_sent"), [(1_300, True), (1_301, False)])
def test_the_text_is_measured_once_it_is_filled_in(length: int, is_sent: bool) -> None:
    template = make_kakao_template(body="#{이름}" + "가" * 1_290)
    campaign = make_alimtalk_draft(template, values={"이름": "{{ name }}"})
    customer = make_customer(name="나" * (length - 1_290))

    if is_sent:
        assert len(content.render(variant_of(campaign), customer).text) == 1_300
    else:
        with pytest.raises(ContentRefused) as refusal:
            content.render(variant_of(campaign), customer)
        assert refusal.value.reason == SkipReason.TOO_LONG


def test_a_web_address_counts_clicks_and_fits_behind_the_https_of_the_template() -> None:
    buttons = [
        {"code": "WL", "name": "보기", "mobile": "https://#{링크}"},
        {"code": "WL", "name": "문의", "mobile": "#{문의}"},
    ]
    template = make_kakao_template(body="#{이름}님", buttons=buttons)
    values = {"이름": "{{ name }}", "링크": "https://shop.example/order", "문의": "https://shop.example/ask"}
    variant = variant_of(make_alimtalk_draft(template, values=values))
    customer = make_customer()

    preview = content.render(variant, customer)
    sent = content.render(variant, customer, message_id=7)

    assert content.store_links(variant) == 2
    assert preview.variables["링크"].startswith("shop.example/order?utm_source=dangol")
    assert preview.variables["문의"].startswith("https://shop.example/ask?utm_source=dangol")
    assert "://" not in sent.variables["링크"]
    assert "/c/" in sent.variables["링크"]
    assert "://" in sent.variables["문의"]
    assert "/c/" in sent.variables["문의"]
    assert sent.bubble.buttons[0]["mobile"].count("://") == 1


def test_another_text_of_the_template_is_another_campaign_to_approve() -> None:
    template = make_kakao_template()
    campaign = make_alimtalk_draft(template)
    before = fingerprint(campaign)

    KakaoTemplate.objects.filter(pk=template.pk).update(body="#{이름} 님께\n#{주문번호}")

    assert fingerprint(campaign) != before


@pytest.mark.parametrize(
    ("phone", "is_reached"), [(MOBILE, True), ("+82212345678", False), ("+14155550100", False), ("", False)]
)
def test_only_korean_mobiles_are_reached(phone: str, is_reached: bool) -> None:
    customer = make_customer(phone=phone)

    found = Customer.objects.annotate(address=CHANNEL.address()).get(pk=customer.pk)

    assert found.address == (phone if is_reached else "")


def test_it_goes_all_the_way_to_the_sandbox(sent: object, outbox: Path) -> None:
    make_customer(name="김단골", phone=MOBILE)
    make_customer(name="", phone="+821012345679")
    make_customer(phone="")
    campaign = make_alimtalk_draft(segment=make_segment())

    campaign = sent(campaign)  # type: ignore[operator]

    assert campaign.status == Campaign.Status.FINISHED
    reasons = sorted(Message.objects.filter(campaign=campaign).values_list("status", "skip_reason", "kind"))
    assert reasons == [("sent", "", "alimtalk"), ("skipped", "NO_ADDRESS", ""), ("skipped", "VAR_MISSING", "")]
    assert [line["recipient"] for line in read_manifest(campaign.pk)] == [MOBILE]


def test_an_approver_reads_what_changed_in_the_template(approved: Callable[[Campaign], Campaign]) -> None:
    template = make_kakao_template()
    make_customer(phone=MOBILE)
    campaign = approved(make_alimtalk_draft(template))

    KakaoTemplate.objects.filter(pk=template.pk).update(body="#{이름} 님께\n#{주문번호}")

    change = shown_changes(campaign.approvals.first())[0]
    assert (change.before, change.after) == (template.body, "#{이름} 님께\n#{주문번호}")
