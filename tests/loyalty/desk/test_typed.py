"""What is typed into the one field of the desk is understood as one would say it."""

import pytest

from loyalty.desk.typed import Typed, begins_with, choseong, recognise

PHONE = "+821012345678"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("010-1234-5678", Typed("phone", PHONE)),
        ("01012345678", Typed("phone", PHONE)),
        (" +82 10 1234 5678 ", Typed("phone", PHONE)),
        ("821012345678", Typed("phone", PHONE)),
        ("02-312-4567", Typed("phone", "+8223124567")),
        ("5678 김", Typed("last_four", "5678", "김")),
        ("5678ㄱ", Typed("last_four", "5678", "ㄱ")),
        ("김5678", Typed("last_four", "5678", "김")),
        ("k 5678", Typed("last_four", "5678", "k")),
        ("2900-0000-0000-1", Typed("card", "2900000000001")),
        ("dm 200 415", Typed("card", "DM200415")),
        ("1588-1234", Typed("card", "15881234")),
        ("5678", Typed("card", "")),
        ("김단골", Typed("card", "")),
        ("%' OR 1=1", Typed("card", "")),
        ("", Typed("card", "")),
        ("\0" * 500, Typed("card", "")),
    ],
)
def test_what_was_typed_is_one_of_four_ways(text: str, meant: Typed) -> None:
    assert recognise(text) == meant


@pytest.mark.parametrize(
    ("name", "initial", "fits"),
    [
        ("김단골", "김", True),
        ("김단골", "ㄱ", True),
        ("김단골", "ㄷ", False),
        ("김단골", "ㄲ", False),
        ("꽃님", "ㄲ", True),
        ("하늘", "ㅎ", True),
        ("John Smith", "j", True),
        ("John Smith", "S", True),
        ("John Smith", "O", False),
        ("", "ㄱ", False),
    ],
)
def test_a_name_is_known_by_its_first_letter(name: str, initial: str, *, fits: bool) -> None:
    assert begins_with(name, initial) is fits


def test_a_decomposed_name_is_known_too() -> None:
    assert begins_with("\u1100\u1175\u11b7단골", "ㄱ")


@pytest.mark.parametrize(("syllable", "first"), [("가", "ㄱ"), ("힣", "ㅎ"), ("쓰", "ㅆ"), ("a", ""), ("ㄱ", "")])
def test_the_first_consonant_of_a_syllable(syllable: str, first: str) -> None:
    assert choseong(syllable) == first
