"""What Kakao would send a template back for (K-01, K-03, L-25)."""

from typing import Any

import pytest

from campaigns.kakao import template_checks
from campaigns.models import KakaoTemplate

WEB = {"code": "WL", "name": "주문 보기", "mobile": "https://shop.example/#{주문번호}"}
ADD = {"code": "AC", "name": "채널 추가"}
ROW = {"title": "상품", "description": "니트"}
LONG_NAME = "#{길어도되는변수이름스물네글자를넘깁니다요}"


def fields(**given: Any) -> list[str]:
    """Where the problems of a template are, warnings with a question mark."""
    template = KakaoTemplate(**{"body": "#{이름}님, 주문번호 #{주문번호}"} | given)
    return [problem.field + ("?" if problem.is_warning else "") for problem in template_checks.problems_of(template)]


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({}, []),
        ({"body": ""}, ["body"]),
        ({"body": "가" * 1_300}, []),
        ({"body": "가" * 1_301}, ["body"]),
        ({"body": "#{주문.번호}"}, ["body"]),
        ({"body": "오늘만 할인 쿠폰을 드립니다"}, ["body?"]),
        ({"emphasis": "TEXT"}, ["title", "subtitle"]),
        ({"emphasis": "TEXT", "title": "#{금액}원", "subtitle": "결제 금액"}, []),
        ({"emphasis": "IMAGE"}, ["image_url"]),
        ({"emphasis": "IMAGE", "image_id": "I1"}, []),
        ({"emphasis": "ITEM_LIST", "items": [ROW]}, ["items"]),
        ({"emphasis": "ITEM_LIST", "items": [ROW] * 2}, []),
        ({"emphasis": "ITEM_LIST", "items": [ROW] * 11}, ["items"]),
        ({"emphasis": "ITEM_LIST", "items": [ROW, ROW | {"title": "일곱글자예요요"}]}, ["items"]),
        ({"emphasis": "ITEM_LIST", "items": [ROW, {"title": "상품"}]}, ["items"]),
        ({"emphasis": "ITEM_LIST", "items": [ROW, ROW | {"description": LONG_NAME}]}, []),
        ({"kind": "EX"}, ["extra"]),
        ({"kind": "EX", "extra": "고객센터 02-000-0000"}, []),
        ({"kind": "MI", "extra": "#{이름}"}, ["extra"]),
        ({"buttons": [WEB]}, []),
        ({"buttons": [WEB] * 6}, ["buttons"]),
        ({"buttons": [ADD]}, ["buttons"]),
        ({"buttons": [ADD, WEB], "kind": "AD"}, []),
        ({"buttons": [WEB, ADD], "kind": "AD"}, ["buttons"]),
        ({"optional_variables": ["이름"]}, []),
        ({"optional_variables": ["쿠폰"]}, ["optional_variables"]),
    ],
)  # fmt: skip
def test_problems_stand_beside_their_field(given: dict[str, Any], found: list[str]) -> None:
    assert fields(**given) == found


def test_variables_are_named_wherever_they_stand() -> None:
    template = KakaoTemplate(
        body="#{이름}님", title="#{금액}원", items=[{"title": "상품", "description": "#{상품}"}], buttons=[WEB]
    )

    assert template.variables == ["금액", "상품", "이름", "주문번호"]


@pytest.mark.parametrize(
    ("state", "code", "is_approved"), [("APR", "T1", True), ("APR", "", False), ("XYZ", "T1", False)]
)
def test_an_unknown_state_is_not_approved(state: str, code: str, is_approved: bool) -> None:
    assert KakaoTemplate(state=state, code=code).is_approved is is_approved
