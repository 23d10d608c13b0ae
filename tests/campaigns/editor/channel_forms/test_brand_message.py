"""What is typed for a Brand Message becomes its parts, and the parts become what was typed."""

from typing import Any

import pytest
from django.test import Client

from campaigns.editor.channel_forms.brand_message import BrandMessageForm
from campaigns.kakao import brand, brand_parts
from campaigns.library import pictures
from campaigns.models import ChannelAccount, Variant
from tests.factories import make_account, make_jpeg, make_kakao_profile, make_user

ACCOUNT = ChannelAccount(channel="brand_message", gateway="solapi")
WEB = "https://shop.example/"
CARD = {"image_id": "I1", "buttons": [{"code": "WL", "name": "보기", "mobile": WEB}]}
PRODUCT = {"title": "니트", "regular_price": 39_000, "discount_price": 31_200, "discount_rate": 20}
PARTS: dict[str, dict[str, Any]] = {
    "TEXT": {
        "buttons": [{"code": "WL", "name": "보기", "mobile": WEB}],
        "coupon": {"title": "10% 할인 쿠폰", "description": "니트"},
    },
    "IMAGE": {"image_id": "I1", "image_link": WEB},
    "WIDE": {"image_id": "I1"},
    "WIDE_ITEM_LIST": {"items": [{"title": "신상", "image_id": "I1", "mobile": WEB}] * 4},
    "COMMERCE": {"image_id": "I1", "commerce": PRODUCT, "buttons": [{"code": "WL", "name": "구매", "mobile": WEB}]},
    "CAROUSEL_FEED": {"cards": [CARD | {"header": "가을", "text": "신상"}] * 2},
    "CAROUSEL_COMMERCE": {"cards": [CARD | {"commerce": PRODUCT}] * 3},
    "PREMIUM_VIDEO": {"video": {"url": "https://tv.kakao.com/v/1"}},
}


def form_of(details: dict[str, Any]) -> BrandMessageForm:
    variant = Variant(text="안녕하세요", subject="가을", details=details)
    typed = {name: str(value) for name, value in BrandMessageForm.typed_of(variant).items()}
    return BrandMessageForm(typed, account=ACCOUNT)


@pytest.mark.parametrize("type_key", PARTS)
def test_every_kind_comes_back_as_it_was_stored(type_key: str) -> None:
    stored = {"type": type_key, "targeting": "I"} | PARTS[type_key]

    form = form_of(stored)

    assert form.values()["details"] == stored
    assert form.errors == {}


@pytest.mark.parametrize("type_key", PARTS)
def test_every_kind_can_be_typed_without_a_fault(type_key: str) -> None:
    values = form_of({"type": type_key, "targeting": "I"} | PARTS[type_key]).values()
    said = {"text": values.get("text", ""), "header": "가을", **brand_parts.tidied(values["details"])}

    assert list(brand.faults(brand.TYPES[type_key], said, targeting="I")) == []


@pytest.mark.django_db
def test_the_pictures_of_the_shop_are_offered(client: Client) -> None:
    picture = pictures.store(make_jpeg(), title="봄", by=None)
    make_account(channel="brand_message", kakao_profile=make_kakao_profile())
    client.force_login(make_user("author", "campaigns.add_campaign"))

    page = client.get("/admin/campaigns/campaign/add/").content.decode()

    assert f'<option value="{picture.name}">봄</option>' in page


def test_a_line_break_of_a_browser_counts_as_one_character() -> None:
    form = BrandMessageForm({"type": "WIDE", "text": "가\r\n나"}, account=ACCOUNT)

    assert form.values()["text"] == "가\n나"


@pytest.mark.parametrize(("cards", "rows"), [(0, 2), (2, 3), (5, 6), (6, 6)])
def test_one_more_card_is_offered_than_is_used(cards: int, rows: int) -> None:
    form = form_of({"type": "CAROUSEL_FEED", "cards": [CARD] * cards})

    assert [name for name in form.fields if name.endswith(".image_id")] == [
        f"card{row}.image_id" for row in range(1, rows + 1)
    ]


@pytest.mark.parametrize(
    ("prices", "count"),
    [
        ({"regular_price": 39_000}, 0),
        ({"regular_price": 39_000, "discount_price": 31_200, "discount_rate": 20}, 0),
        ({"regular_price": 39_000, "discount_price": 31_200}, 1),
        ({"regular_price": 39_000, "discount_price": 39_000, "discount_rate": 20}, 1),
        ({"regular_price": "비쌈"}, 1),
        ({}, 1),
    ],
)
def test_prices_are_whole_won_and_belong_together(prices: dict[str, object], count: int) -> None:
    said = {"image_id": "I1", "commerce": {"title": "니트", **prices}, "buttons": PARTS["COMMERCE"]["buttons"]}

    assert len(brand.faults(brand.TYPES["COMMERCE"], said, targeting="I")) == count


@pytest.mark.parametrize(
    "details",
    [
        {"buttons": "x", "items": {"a": 1}, "cards": [1, None, "x"], "coupon": [], "commerce": 7, "video": "v"},
        {"cards": [{"buttons": "x", "coupon": "y", "commerce": [], "header": 3}], "image_id": 5, "footnote": None},
        {"buttons": [{"code": 1, "name": None, "mobile": []}]},
    ],
)
def test_parts_of_another_shape_are_left_out(details: dict[str, Any]) -> None:
    tidy = brand_parts.tidied(details)

    for type_ in brand.TYPES.values():
        assert isinstance(brand.faults(type_, tidy, targeting="I"), list)
    assert form_of(details).values()["details"].get("coupon") is None
