"""Variables of templates: found, filled in, held against what is given (K-01)."""

import pytest

from campaigns.kakao.variables import filled, mismatch, names_in


def test_variables_are_found_once_in_the_order_of_reading() -> None:
    assert names_in("#{이름}님 #{주문 번호}", "#{이름} {없음} #{}", "https://a.kr/#{코드}") == [
        "이름",
        "주문 번호",
        "코드",
    ]


def test_a_value_that_looks_like_a_variable_is_not_filled_in_again() -> None:
    assert filled("#{이름}, #{쿠폰}", {"이름": "#{쿠폰}", "쿠폰": "10%"}) == "#{쿠폰}, 10%"


def test_a_variable_without_a_value_stays_as_it_is() -> None:
    assert filled("#{이름}님 #{주문번호}", {"이름": "김단골"}) == "김단골님 #{주문번호}"


@pytest.mark.parametrize(
    ("given", "optional", "missing", "unknown"),
    [
        ({"이름": "김단골", "코드": "A1"}, [], (), ()),
        ({"이름": "김단골"}, [], ("코드",), ()),
        ({"이름": " ", "코드": "A1"}, [], ("이름",), ()),
        ({"이름": "", "코드": "A1"}, ["이름"], (), ()),
        ({"이름": "김단골", "코드": "A1", "쿠폰": "x"}, [], (), ("쿠폰",)),
    ],
)
def test_missing_blank_and_unknown_values_are_told_apart(
    given: dict[str, str], optional: list[str], missing: tuple[str, ...], unknown: tuple[str, ...]
) -> None:
    found = mismatch(["이름", "코드"], given, optional=optional)

    assert (found.missing, found.unknown) == (missing, unknown)
