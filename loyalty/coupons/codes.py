"""Codes that nobody guesses: 12 signs of 32, 60 random bits, so that among a million codes one guess in 10¹² fits.

The alphabet is Crockford's: no I, L, O, U, so that what is read aloud or typed comes out right.
"""

import re

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 12
GROUP = 4
_MISREAD = str.maketrans("OIL", "011")
_BETWEEN = re.compile(r"[\s\-‐–—]+")
# A random UUID holds sixteen bytes of a strong source; the 7th and 9th are not wholly random.
_BYTES = [position for position in range(14) if position not in (6, 8)]
# One sign a byte by its last five bits, so that all are equally likely. `noise` is a column with a UUID's bytes.
SQL = " || ".join(f"substr('{ALPHABET}', (get_byte(noise, {position}) & 31) + 1, 1)" for position in _BYTES)
NOISE = "uuid_send(gen_random_uuid())"


def typed(text: str) -> str:
    """Return a code as somebody typed it, without blanks and dashes, in capitals."""
    return _BETWEEN.sub("", text.replace("\0", "")).upper()


def key(text: str) -> str:
    """Return a typed code as ours are stored: what is easily misread comes out the same."""
    return typed(text).translate(_MISREAD)


def shown(code: str) -> str:
    """Return a code in groups of four, as it is read aloud."""
    return "-".join(code[first : first + GROUP] for first in range(0, len(code), GROUP))


def masked(code: str) -> str:
    """Return only the end of a code, for those who are not to use it."""
    return f"…{code[-GROUP:]}"
