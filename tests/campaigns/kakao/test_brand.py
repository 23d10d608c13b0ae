"""The kinds of Brand Message and what fits into each (K-09)."""

from typing import Any

import pytest

from campaigns.kakao import brand

WEB = {"mobile": "https://shop.example/"}
BUTTON = {"code": "WL", "name": "보기", **WEB}
ITEM = {"title": "가을 신상", "image_id": "I1", **WEB}
CARD = {"header": "가을", "text": "신상", "image_id": "I1", "buttons": [BUTTON]}
PRODUCT = {"title": "니트", "regular_price": 39_000}
COUPON = {"title": "10% 할인 쿠폰", "description": "니트 전 상품", **WEB}
COMPLETE: dict[str, dict[str, Any]] = {
    "TEXT": {"text": "안녕하세요"},
    "IMAGE": {"text": "안녕하세요", "image_id": "I1"},
    "WIDE": {"text": "안녕하세요", "image_id": "I1"},
    "WIDE_ITEM_LIST": {"header": "이번 주", "items": [ITEM] * 4},
    "COMMERCE": {"image_id": "I1", "commerce": PRODUCT, "buttons": [BUTTON]},
    "CAROUSEL_FEED": {"cards": [CARD] * 2},
    "CAROUSEL_COMMERCE": {"cards": [CARD | {"commerce": PRODUCT}] * 2},
    "PREMIUM_VIDEO": {"text": "영상", "video": {"url": "https://tv.kakao.com/v/1"}},
}


def parts(type_key: str, *, targeting: str = "I", **changes: Any) -> list[str]:
    """Where the faults of a complete message with these changes are; None takes a part out."""
    said = {name: value for name, value in (COMPLETE[type_key] | changes).items() if value is not None}
    return [fault.part for fault in brand.faults(brand.TYPES[type_key], said, targeting=targeting)]


@pytest.mark.parametrize("type_key", COMPLETE)
def test_every_kind_can_be_written(type_key: str) -> None:
    assert parts(type_key) == []


@pytest.mark.parametrize(
    ("type_key", "changes", "faults"),
    [
        ("TEXT", {"text": "가" * 1_300}, []),
        ("TEXT", {"text": "가" * 1_301}, ["text"]),
        ("TEXT", {"text": "가" + "\n" * 99 + "나"}, []),
        ("TEXT", {"text": "가" + "\n" * 100 + "나"}, ["text"]),
        ("TEXT", {"text": " "}, ["text"]),
        ("IMAGE", {"text": "가" * 401}, ["text"]),
        ("IMAGE", {"text": "가" + "\n" * 30 + "나"}, ["text"]),
        ("IMAGE", {"image_id": None}, ["image"]),
        ("WIDE", {"text": "가" * 76}, []),
        ("WIDE", {"text": "가" * 77}, ["text"]),
        ("WIDE", {"text": "가\n나\n다"}, ["text"]),
        ("PREMIUM_VIDEO", {"text": "가" * 77}, ["text"]),
        ("PREMIUM_VIDEO", {"video": None}, ["video"]),
        ("PREMIUM_VIDEO", {"buttons": [BUTTON] * 2}, ["buttons"]),
        ("PREMIUM_VIDEO", {"header": "가" * 20}, []),
        ("PREMIUM_VIDEO", {"header": "가" * 21}, ["header"]),
        ("COMMERCE", {"footnote": "가" * 35}, ["footnote"]),
        ("WIDE_ITEM_LIST", {"items": [ITEM] * 3}, ["items"]),
        ("WIDE_ITEM_LIST", {"items": [ITEM | {"title": "가" * 26}] + [ITEM] * 3}, ["items"]),
        ("WIDE_ITEM_LIST", {"items": [ITEM] * 3 + [ITEM | {"title": "가" * 30}]}, []),
        ("WIDE_ITEM_LIST", {"items": [ITEM] * 3 + [{"title": "가"}]}, ["items"]),
        ("WIDE_ITEM_LIST", {"header": None}, ["header"]),
        ("COMMERCE", {"commerce": None}, ["commerce"]),
        ("COMMERCE", {"buttons": []}, ["buttons"]),
        ("COMMERCE", {"buttons": [BUTTON] * 3}, ["buttons"]),
        ("COMMERCE", {"buttons": [{"code": "BK", "name": "문의"}]}, ["buttons"]),
        ("CAROUSEL_FEED", {"cards": [CARD]}, ["cards"]),
        ("CAROUSEL_FEED", {"cards": [CARD] * 7}, ["cards"]),
        ("CAROUSEL_FEED", {"cards": [CARD, CARD | {"text": "가" * 181}]}, ["cards"]),
        ("CAROUSEL_COMMERCE", {"cards": [CARD] * 2}, ["cards", "cards"]),
        ("TEXT", {"buttons": [BUTTON] * 5}, []),
        ("TEXT", {"buttons": [BUTTON] * 5, "coupon": COUPON}, ["buttons"]),
        ("TEXT", {"buttons": [BUTTON | {"name": "가" * 14}]}, []),
        ("TEXT", {"buttons": [BUTTON | {"name": "가" * 15}]}, ["buttons"]),
        ("WIDE", {"buttons": [BUTTON | {"name": "가" * 9}]}, ["buttons"]),
        ("TEXT", {"coupon": COUPON | {"description": "가" * 13}}, ["coupon"]),
        ("WIDE", {"coupon": COUPON | {"description": "가" * 18}}, []),
    ],
)
def test_what_does_not_fit_is_named_by_its_place(type_key: str, changes: dict[str, Any], faults: list[str]) -> None:
    assert parts(type_key, **changes) == faults


@pytest.mark.parametrize(
    ("title", "is_taken"),
    [
        ("1000원 할인 쿠폰", True), ("99999999원 할인 쿠폰", True), ("100000000원 할인 쿠폰", False),
        ("1,000원 할인 쿠폰", False), ("0원 할인 쿠폰", False), ("10% 할인 쿠폰", True), ("100% 할인 쿠폰", True),
        ("101% 할인 쿠폰", False), ("배송비 할인 쿠폰", True), ("음료 무료 쿠폰", True),
        ("여덟글자입니다요 무료 쿠폰", False),
        ("사이즈 UP 쿠폰", True), ("사이즈 업 쿠폰", False), ("특가 쿠폰", False), ("", False),
    ],
)  # fmt: skip
def test_a_coupon_has_one_of_five_titles(title: str, is_taken: bool) -> None:
    assert brand.is_coupon_title(title) is is_taken


ADD = {"code": "AC", "name": "채널 추가"}


@pytest.mark.parametrize(
    ("type_key", "buttons", "targeting", "count"),
    [
        ("TEXT", [ADD, BUTTON], "M", 0),
        ("TEXT", [BUTTON, ADD], "M", 1),
        ("WIDE", [BUTTON, ADD], "N", 0),
        ("WIDE", [ADD, BUTTON], "N", 1),
        ("TEXT", [ADD], "I", 1),
    ],
)
def test_the_button_that_adds_the_channel_has_its_place(
    type_key: str, buttons: list[dict[str, str]], targeting: str, count: int
) -> None:
    assert len(parts(type_key, buttons=buttons, targeting=targeting)) == count


@pytest.mark.parametrize("type_key", COMPLETE)
def test_a_kind_takes_what_it_needs_and_nothing_that_gateways_refuse(type_key: str) -> None:
    everything = {name: "x" for said in COMPLETE.values() for name in said} | {"buttons": [], "footnote": "x"}
    type_ = brand.TYPES[type_key]

    taken = brand.taken(type_, everything)

    assert {"image_id" if part == "image" else part for part in type_.needs} <= set(taken)
    assert set(taken) <= set(type_.takes)
