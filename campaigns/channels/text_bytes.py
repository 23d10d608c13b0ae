"""How many bytes a text message takes on a Korean network, and which characters no phone would show (G-01, G-02).

Networks count in CP949. Python's `euc_kr` is not it: it writes 똠 in eight bytes instead of two.
"""

import unicodedata
from dataclasses import dataclass

CODE_PAGE = "cp949"
SHORT_BYTES = 90
LONG_BYTES = 2_000
# What Word and macOS paste, in the plain form that means the same.
PLAIN = str.maketrans(
    dict.fromkeys("\u00a0\u1680\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\t\v\f", " ")
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-")
    | dict.fromkeys("\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufe0e\ufe0f\ufeff")
    | {"\u301c": "~", "\u2028": "\n", "\u2029": "\n"}
)
SUGGESTIONS = {"₩": "원", "•": "·", "©": "(C)", "❤": "♥", "✓": "√", "✔": "√", "✗": "×", "✕": "×"}


@dataclass(frozen=True, slots=True)
class Unknown:
    """A character that CP949 lacks. `replacement` is what to write instead, "" where nothing comes near."""

    char: str
    replacement: str

    @property
    def name(self) -> str:
        """Return the character with its number, for one that a screen may not show either."""
        return f"{self.char} (U+{ord(self.char):04X})"


def normalised(text: str) -> str:
    """Return the text as it is sent: composed Hangul, plain spaces and dashes, one kind of line break."""
    composed = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return composed.translate(PLAIN)


def size(text: str) -> int:
    """Return the bytes of a text that was normalised. A character that CP949 lacks counts as one."""
    return len(text.encode(CODE_PAGE, "replace"))


def can_carry(text: str) -> bool:
    """Tell whether CP949 has every character."""
    try:
        text.encode(CODE_PAGE)
    except UnicodeEncodeError:
        return False
    return True


def unknown_characters(text: str) -> list[Unknown]:
    """Return what CP949 lacks of a text, each character once, in order of appearance."""
    lacking = dict.fromkeys(char for char in normalised(text) if not can_carry(char))
    return [Unknown(char, _nearest(char)) for char in lacking]


def stripped(text: str) -> str:
    """Return the text with what CP949 lacks replaced by what comes near, or left out."""
    if can_carry(text):
        return text
    return "".join(char if can_carry(char) else _nearest(char) for char in text)


def _nearest(char: str) -> str:
    if char in SUGGESTIONS:
        return SUGGESTIONS[char]
    parts = (part for part in unicodedata.normalize("NFKD", char) if not unicodedata.combining(part))
    return "".join(part for part in parts if part.isalnum() and can_carry(part))
