"""Brand Message: marked by KakaoTalk, refusable, within the limits of its kind (L-24, K-07, K-08, K-09)."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from campaigns.channels.base import CHANNELS, Envelope
from campaigns.errors import ContentRefused
from campaigns.gateways.failures import Failure
from campaigns.library import pictures
from campaigns.models import Campaign, ChannelAccount, KakaoProfile, SkipReason, Variant
from campaigns.pipeline import content
from tests.factories import (
    make_account,
    make_customer,
    make_draft,
    make_jpeg,
    make_kakao_profile,
    make_message,
    make_running_campaign,
)

pytestmark = pytest.mark.django_db
CHANNEL = CHANNELS["brand_message"]
WEB = "https://shop.example/sale"
BUTTON = {"code": "WL", "name": "보러 가기", "mobile": WEB}


def make_account_of(profile: KakaoProfile | None = None, **given: object) -> ChannelAccount:
    return make_account(channel="brand_message", kakao_profile=profile or make_kakao_profile(), **given)


def written(account: ChannelAccount | None = None, *, purpose: str = "ad", **given: Any) -> Variant:
    """A Brand Message of a complete draft."""
    words = {name: given.pop(name) for name in ("text", "subject") if name in given}
    words = {"text": "{{ name }}님, 가을 신상이 왔어요", "subject": "", "html": ""} | words
    details = {"type": "TEXT", "targeting": "I", "buttons": [BUTTON]} | given
    campaign: Campaign = make_draft(
        account=account or make_account_of(), purpose=purpose, content=words | {"details": details}
    )
    return campaign.steps.get().variants.select_related("step__account__kakao_profile", "step__campaign").get()


def places(variant: Variant) -> list[str]:
    return [problem.field for problem in content.check(variant)]


def make_eligible() -> KakaoProfile:
    """A channel of the shop that may write beyond its friends."""
    profile = make_kakao_profile(
        is_business_channel=True,
        business_number="1208800767",
        centre_phone="02-000-0000",
        friends=50_000,
        consent_evidence_on=date(2026, 9, 1),
        opt_out_number="080-123-4567",
        opt_out_code="1234",
    )
    account = make_account(channel="alimtalk", kakao_profile=profile)
    sent_at = timezone.now() - timedelta(days=3)
    make_message(make_running_campaign(), make_customer(), account=account, sent_at=sent_at)
    return profile


def test_it_is_marked_and_refused_by_blocking_the_channel() -> None:
    variant = written()

    rendered = content.render(variant, make_customer(name="김단골"), message_id=7)

    assert places(variant) == []
    assert rendered.text == "김단골님, 가을 신상이 왔어요"
    assert (rendered.is_advertising, rendered.bubble.opt_out) == (True, "수신거부 | 채널 차단")
    assert CHANNEL.violation(variant.step.campaign, variant.account, rendered) is None


def test_the_gateway_gets_plain_values_with_addresses_that_count_clicks() -> None:
    variant = written(coupon={"title": "10% 할인 쿠폰", "description": "전 상품", "mobile": WEB})
    customer = make_customer(phone="+821012345678")
    rendered = content.render(variant, customer, message_id=7)

    message = CHANNEL.compose(rendered, Envelope(7, 1, variant.account, customer.phone, timezone.now()))

    said = message.content
    assert (message.kind, said["type"], said["targeting"], said["is_advertising"]) == ("brand_text", "TEXT", "I", True)
    assert said["profile"] == variant.account.kakao_profile.profile_id
    assert said["buttons"][0]["mobile"] == said["coupon"]["mobile"]
    assert "/c/" in said["buttons"][0]["mobile"]
    assert rendered.links[0][1].startswith(f"{WEB}?utm_source=dangol")
    assert content.store_links(variant) == 1


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"type": "IMAGE"}, ["details.image"]),
        ({"text": "가" * 1_301}, ["text"]),
        ({"type": "PREMIUM_VIDEO", "subject": "가" * 21, "video": {"url": WEB}, "text": "영상"}, ["subject"]),
        ({"type": "CAROUSEL_FEED", "text": "{{ nmae }}"}, ["details.cards"]),
        ({"coupon": {"title": "특가 쿠폰"}}, ["details.coupon"]),
        ({"ad_flag": False}, ["details.ad_flag"]),
        ({"text": "{{ nmae }}"}, ["text"]),
        ({"buttons": [BUTTON | {"name": "{{ nmae }}"}]}, ["details.buttons.0.name"]),
    ],
)
def test_problems_stand_beside_their_field(given: dict[str, Any], found: list[str]) -> None:
    assert places(written(**given)) == found


def test_an_account_without_a_channel_cannot_send_it() -> None:
    account = make_account(channel="brand_message")

    assert places(written(account)) == ["account"]


def test_information_is_not_marked_but_some_kinds_always_are() -> None:
    cards = [{"header": "가", "image_id": "I", "buttons": [BUTTON]}] * 2
    plain, always = written(purpose="info"), written(purpose="info", type="CAROUSEL_FEED", cards=cards, text="")

    rendered = content.render(plain, make_customer())

    assert (rendered.is_advertising, rendered.bubble.opt_out) == (False, "")
    assert places(plain) == []
    assert places(always) == ["details.type"]


@pytest.mark.parametrize("targeting", ["M", "N"])
def test_only_an_eligible_channel_writes_beyond_its_friends(targeting: str) -> None:
    closed, open_ = make_account_of(), make_account_of(make_eligible())

    assert places(written(closed, targeting=targeting)) == ["details.targeting", "details.targeting"]
    assert places(written(open_, targeting=targeting)) == []


def test_targeting_by_number_shows_the_080_line_of_the_channel_or_of_the_account() -> None:
    nowhere = written(make_account_of(), targeting="O")
    of_account = written(make_account_of(opt_out_number="080-765-4321"), targeting="O")
    of_channel = written(make_account_of(make_eligible(), opt_out_number="080-765-4321"), targeting="O")

    numbers = [content.render(each, make_customer()).opt_out_number for each in (nowhere, of_account, of_channel)]

    assert numbers == ["", "080-765-4321", "080-123-4567"]
    assert places(nowhere) == ["details.targeting"]
    assert content.render(of_channel, make_customer()).bubble.opt_out == "무료수신거부 080-123-4567"
    rendered = content.render(nowhere, make_customer(), message_id=7)
    assert CHANNEL.violation(nowhere.step.campaign, nowhere.account, rendered) == SkipReason.NO_080


def test_a_gateway_that_does_not_know_the_targeting_is_said_so() -> None:
    account = make_account_of(gateway="solapi", opt_out_number="080-765-4321")

    assert places(written(account, targeting="O")) == ["details.targeting"]


def test_the_label_stands_in_the_text_only_where_the_gateway_wants_it() -> None:
    profile = make_kakao_profile(labels_body=True)

    rendered = content.render(written(make_account_of(profile), text="(광고) 가을 신상"), make_customer())

    assert rendered.text == "(광고) 가을 신상"


@pytest.mark.parametrize(
    "part",
    [
        lambda name: {"type": "IMAGE", "image_id": name},
        lambda name: {"type": "CAROUSEL_FEED", "cards": [{"header": "가", "image_id": name, "buttons": [BUTTON]}] * 2},
    ],
)
def test_a_picture_of_the_shop_is_shown_and_goes_with_the_message(part: Callable[[str], dict[str, Any]]) -> None:
    kept = pictures.store(make_jpeg(), title="봄", by=None)
    variant = written(**part(kept.name))

    rendered = content.render(variant, make_customer(), message_id=7)

    shown = [each.picture for each in (rendered.bubble, *rendered.bubble.cards) if each.picture]
    assert {(each.name, each.content) for each in shown} == {(kept.name, make_jpeg())}
    assert (rendered.said.get("image_id") or rendered.said["cards"][1]["image_id"]) == shown[0]
    assert places(variant) == []


def test_a_picture_that_is_gone_is_said_and_keeps_the_message_here() -> None:
    variant = written(type="IMAGE", image_id=f"{'0' * 24}.jpg")

    assert places(variant) == ["details.image_id"]
    with pytest.raises(ContentRefused) as refusal:
        content.render(variant, make_customer())
    assert refusal.value.reason == Failure.CONTENT


def test_the_label_that_stands_in_the_text_counts() -> None:
    account = make_account_of(make_kakao_profile(labels_body=True))

    assert places(written(account, text="가" * 1_295)) == []
    assert places(written(account, text="가" * 1_296)) == ["text"]


def test_a_long_name_is_measured_when_it_is_filled_in() -> None:
    variant = written(type="WIDE", image_id="I1", text="{{ name }}" + "가" * 70, buttons=[])

    assert places(variant) == []
    assert len(content.render(variant, make_customer(name="김" * 6)).text) == 76
    with pytest.raises(ContentRefused) as refusal:
        content.render(variant, make_customer(name="김" * 7))
    assert refusal.value.reason == SkipReason.TOO_LONG
