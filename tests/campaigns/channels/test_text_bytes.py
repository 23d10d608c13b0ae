"""G-01, G-02: bytes of CP949, and characters that no phone shows."""

import unicodedata

import pytest

from campaigns.channels import text_bytes


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("", 0),
        ("가" * 45, 90),
        ("가" * 46, 92),
        ("똠뷁펲", 6),  # euc_kr would say 24
        ("a\nb", 3),
        ("a\r\nb", 3),
        ("★♥→①㈜℃™®…“”·€", 26),
        ("(광고)[한올]\n홍길동님, 오늘만 10% 쿠폰!\nhttps://h.kr/a1B2c3\n무료거부0801234567", 78),  # L-27
    ],
)
def test_bytes_are_counted_as_networks_count_them(text: str, size: int) -> None:
    assert text_bytes.size(text_bytes.normalised(text)) == size


@pytest.mark.parametrize("char", "★♥→①㈜℃™®…“”·€똠뷁펲￦")
def test_what_networks_carry_is_not_complained_about(char: str) -> None:
    assert text_bytes.unknown_characters(char) == []


@pytest.mark.parametrize(
    ("char", "instead"),
    [("😀", ""), ("₩", "원"), ("•", "·"), ("©", "(C)"), ("❤", "♥"), ("✓", "√"), ("é", "e"), ("ﬁ", "fi")],
)
def test_what_they_lack_is_named_with_what_to_write_instead(char: str, instead: str) -> None:
    assert text_bytes.unknown_characters(f"가{char}나{char}") == [text_bytes.Unknown(char, instead)]


@pytest.mark.parametrize(
    ("pasted", "sent"),
    [
        (unicodedata.normalize("NFD", "강남점"), "강남점"),
        ("a\u00a0b", "a b"),
        ("2026–2027 — 끝", "2026-2027 - 끝"),
        ("단\u200b골\ufeff", "단골"),
        ("♥\ufe0f", "♥"),
        ("가\r\n나\r다", "가\n나\n다"),
    ],
)
def test_what_word_and_macos_paste_becomes_plain(pasted: str, sent: str) -> None:
    assert text_bytes.normalised(pasted) == sent
    assert text_bytes.unknown_characters(pasted) == []


def test_a_name_keeps_what_can_be_shown() -> None:
    assert text_bytes.stripped("민지😀 André") == "민지 Andre"
