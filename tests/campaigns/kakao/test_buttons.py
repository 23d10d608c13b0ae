"""Buttons of KakaoTalk messages: what each code needs (K-03)."""

import pytest

from campaigns.kakao import buttons

WEB = "https://shop.example/"


def problems(*given: dict[str, str], allowed: tuple[str, ...] = buttons.ON_ALIMTALK, longest_name: int = 14) -> int:
    return len(buttons.problems_of(given, allowed=allowed, longest_name=longest_name))


@pytest.mark.parametrize(
    ("button", "count"),
    [
        ({"code": "WL", "name": "주문 보기", "mobile": WEB}, 0),
        ({"code": "WL", "name": "주문 보기", "mobile": "https://shop.example/#{주문번호}"}, 0),
        ({"code": "WL", "name": "주문 보기", "mobile": "#{링크}"}, 0),
        ({"code": "WL", "name": "주문 보기", "pc": WEB}, 1),
        ({"code": "WL", "name": "주문 보기", "mobile": "shop.example"}, 1),
        ({"code": "WL", "name": "주문 보기", "mobile": WEB + "a" * 1_000}, 1),
        ({"code": "AL", "name": "앱 열기"}, 1),
        ({"code": "AL", "name": "앱 열기", "android": "shop://home"}, 0),
        ({"code": "AL", "name": "앱 열기", "ios": "shop://home"}, 0),
        ({"code": "AL", "name": "앱 열기", "mobile": WEB}, 0),
        ({"code": "AC", "name": "채널 추가"}, 0),
        ({"code": "AC", "name": "친구 맺기"}, 1),
        ({"code": "BK", "name": "문의"}, 0),
        ({"code": "DS", "name": "배송 조회"}, 0),
        ({"code": "BF", "name": "예약하기"}, 1),
        ({"code": "BC", "name": ""}, 1),
        ({"code": "BC", "name": "가" * 15}, 1),
        ({"code": "XX", "name": "모름"}, 1),
        ({}, 1),
    ],
)
def test_a_button_has_what_its_code_needs(button: dict[str, str], count: int) -> None:
    assert problems(button) == count


def test_a_brand_message_has_a_business_form_and_no_delivery_look_up() -> None:
    form, delivery = {"code": "BF", "name": "예약"}, {"code": "DS", "name": "배송"}

    assert problems(form, allowed=buttons.ON_BRAND_MESSAGE) == 0
    assert problems(delivery, allowed=buttons.ON_BRAND_MESSAGE) == 1


@pytest.mark.parametrize(("count", "found"), [(5, 0), (6, 1)])
def test_five_buttons_fit(count: int, found: int) -> None:
    assert problems(*[{"code": "BK", "name": "문의"}] * count) == found
