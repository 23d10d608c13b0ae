"""What somebody typed or scanned into the one field that finds a customer: which of four ways it is. No database."""

import re
import unicodedata
from dataclasses import dataclass

from customers.contacts import is_mobile, normalise_phone
from customers.errors import BadValue
from loyalty.models import DeskLookup

How = DeskLookup.How
LONGEST = 200
# The first consonants in the order in which the syllables of Unicode have them, 588 syllables each.
CHOSEONG = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
FIRST_SYLLABLE, SYLLABLES_OF_A_CONSONANT = ord("가"), 588
_SYLLABLE = re.compile("[가-힣]")
_LAST_FOUR = re.compile(r"(?P<digits>\d{4})\s*(?P<initial>[^\W\d_])")
_INITIAL_FIRST = re.compile(r"(?P<initial>[^\W\d_])\s*(?P<digits>\d{4})")
_CARD = re.compile(r"[0-9A-Za-z]{6,32}")
_MEMBER_CODE = re.compile(r"[0-9A-Za-z_\-]+:[0-9A-Za-z_\-]+:[0-9A-Za-z_\-]{20,}")


@dataclass(frozen=True, slots=True)
class Typed:
    """How to look, and for what: `words` is a phone (E.164), four digits, a card number or a code; empty: no sense."""

    how: str
    words: str
    initial: str = ""


def recognise(text: str) -> Typed:
    """Return what was typed: a code, four digits with an initial, a phone number, or else a card number."""
    words = unicodedata.normalize("NFKC" if text.isascii() else "NFC", text.replace("\0", "")[:LONGEST]).strip()
    if _MEMBER_CODE.fullmatch(words):
        return Typed(How.MEMBER_CODE, words)
    short = _LAST_FOUR.fullmatch(words) or _INITIAL_FIRST.fullmatch(words)
    if short:
        return Typed(How.LAST_FOUR, short["digits"], short["initial"])
    phone = _phone(words)
    if phone:
        return Typed(How.PHONE, phone)
    return Typed(How.CARD, card_number(words))


def card_number(text: str) -> str:
    """Return a card number as cards are stored, in capitals and without blanks and dashes; empty where it is none."""
    plain = re.sub(r"[\s-]+", "", text)
    return plain.upper() if _CARD.fullmatch(plain) else ""


def begins_with(name: str, initial: str) -> bool:
    """Tell whether a name begins with an initial: 김 or ㄱ of 김민수; J or S of John Smith."""
    words = unicodedata.normalize("NFC", name).casefold().split()
    wanted = unicodedata.normalize("NFC", initial).casefold()
    return any(word.startswith(wanted) or choseong(word[0]) == wanted for word in words)


def choseong(syllable: str) -> str:
    """Return the first consonant of a Korean syllable; empty for anything else."""
    if not _SYLLABLE.fullmatch(syllable):
        return ""
    return CHOSEONG[(ord(syllable) - FIRST_SYLLABLE) // SYLLABLES_OF_A_CONSONANT]


def _phone(words: str) -> str:
    """Return a phone number as it is stored; empty where it is none, or could as well be a card's."""
    try:
        phone = normalise_phone(words)
    except BadValue:
        return ""
    return phone if is_mobile(phone) or words.startswith(("0", "+")) else ""
