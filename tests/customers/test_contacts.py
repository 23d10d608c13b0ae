"""The same address and the same number are always the same text (F-02)."""

import pytest

from customers.contacts import display_phone, is_mobile, normalise_email, normalise_phone
from customers.errors import BadValue


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("010-1234-5678", "+821012345678"),
        ("01012345678", "+821012345678"),
        ("010 1234 5678", "+821012345678"),
        ("010.1234.5678", "+821012345678"),
        ("(010) 1234–5678", "+821012345678"),
        ("1012345678", "+821012345678"),
        ("'01012345678", "+821012345678"),
        ("+82 10-1234-5678", "+821012345678"),
        ("+82 (0)10-1234-5678", "+821012345678"),
        ("82-10-1234-5678", "+821012345678"),
        ("0082 10 1234 5678", "+821012345678"),
        ("０１０１２３４５６７８", "+821012345678"),
        ("011-123-4567", "+82111234567"),
        ("016-1234-5678", "+821612345678"),
        ("02-123-4567", "+8221234567"),
        ("02-1234-5678", "+82212345678"),
        ("031-123-4567", "+82311234567"),
        ("070-1234-5678", "+827012345678"),
        ("0505-123-4567", "+825051234567"),
        ("080-123-4567", "+82801234567"),
        ("1588-1234", "+8215881234"),
        ("+1 415 555 2671", "+14155552671"),
        ("", ""),
    ],
)
def test_phones_are_stored_as_e164(written: str, stored: str) -> None:
    assert normalise_phone(written) == stored


@pytest.mark.parametrize(
    "written",
    ["010-123-4567", "010-12345-6789", "012-1234-5678", "123", "전화 없음", "+82", "+1 23", "--x", "09012345678"],
)
def test_what_is_no_phone_is_refused(written: str) -> None:
    with pytest.raises(BadValue):
        normalise_phone(written)


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("+821012345678", "010-1234-5678"),
        ("+82111234567", "011-123-4567"),
        ("+8221234567", "02-123-4567"),
        ("+82311234567", "031-123-4567"),
        ("+825051234567", "0505-123-4567"),
        ("+8215881234", "1588-1234"),
        ("+14155552671", "+14155552671"),
        ("", ""),
    ],
)
def test_phones_are_shown_as_koreans_write_them(stored: str, shown: str) -> None:
    assert display_phone(stored) == shown


@pytest.mark.parametrize(
    ("stored", "reachable"),
    [
        ("+821012345678", True),
        ("+82111234567", True),
        ("+82212345678", False),
        ("+8215881234", False),
        ("+827012345678", False),
        ("+825051234567", False),
        ("+14155552671", False),
    ],
)
def test_text_messages_reach_mobiles_only(stored: str, *, reachable: bool) -> None:
    assert is_mobile(stored) is reachable


@pytest.mark.parametrize(
    ("written", "stored"),
    [(" GilDong@Example.COM ", "gildong@example.com"), ("ａ@example.com", "a@example.com"), ("", "")],
)
def test_addresses_are_stored_in_lower_case(written: str, stored: str) -> None:
    assert normalise_email(written) == stored


@pytest.mark.parametrize(
    "written",
    [
        "gildong",
        "a@b",
        "a b@example.com",
        "a@example.com, b@example.com",
        f"{'a' * 64}@{'b' * 200}.com",
        "a@exam\udc80ple.com",
    ],
)
def test_what_is_no_address_is_refused(written: str) -> None:
    with pytest.raises(BadValue):
        normalise_email(written)
