"""Nine letters and digits that stand for a number and that nobody else can write: for links in text messages (G-07).

A signature does not fit into so few characters. Instead the whole token is one secret permutation of all the tokens
there are, 62⁹, of which only those of numbers below 2³⁸ are ever given out: of 49,000 tries one is such a number, and
whether anything was sent under it is for the caller to look up. Neighbouring numbers have nothing in common.
"""

import hmac
import re

from crm_project import signed_tokens

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
LENGTH = 9
SHAPE = re.compile(rf"[0-9A-Za-z]{{{LENGTH}}}")
SAID_BITS = 38
TOKENS = len(ALPHABET) ** LENGTH
# The smallest even number of bits that holds every token, in two halves for the Feistel network.
HALF_BITS = 27
HALF = (1 << HALF_BITS) - 1
ROUNDS = 8
PURPOSE = b"short token"


def write(said: int, setting: str) -> str:
    """Return the token of a number below 2³⁸, made with the newest key.

    Raises:
        ValueError: the number is too large or negative.
    """
    if not 0 <= said < 1 << SAID_BITS:
        raise ValueError(f"{said} does not fit into a short token.")
    number = _permuted(said, _newest(setting), range(ROUNDS))
    digits = []
    for _place in range(LENGTH):
        number, digit = divmod(number, len(ALPHABET))
        digits.append(ALPHABET[digit])
    return "".join(reversed(digits))


def read(token: str, setting: str) -> int | None:
    """Return the number that the token stands for, or None where we did not write it or its key was removed."""
    if not SHAPE.fullmatch(token):
        return None
    number = 0
    for char in token:
        number = number * len(ALPHABET) + ALPHABET.index(char)
    for key in signed_tokens.keys(setting).values():
        said = _permuted(number, key, range(ROUNDS - 1, -1, -1))
        if said < 1 << SAID_BITS:
            return said
    return None


def _newest(setting: str) -> bytes:
    return next(iter(signed_tokens.keys(setting).values()))


def _permuted(number: int, key: bytes, rounds: range) -> int:
    """Return where the permutation takes a number; walked on while that is no token, so it stays among them."""
    turned = _turned(number, key, rounds)
    while turned >= TOKENS:
        turned = _turned(turned, key, rounds)
    return turned


def _turned(number: int, key: bytes, rounds: range) -> int:
    """Run a balanced Feistel network. Rounds in reverse order, with the halves swapped, undo it."""
    is_undoing = rounds.step < 0
    left, right = number >> HALF_BITS, number & HALF
    if is_undoing:
        left, right = right, left
    for turn in rounds:
        left, right = right, left ^ _mixed(right, turn, key)
    if is_undoing:
        left, right = right, left
    return left << HALF_BITS | right


def _mixed(half: int, turn: int, key: bytes) -> int:
    digest = hmac.digest(key, PURPOSE + bytes([turn]) + half.to_bytes(4), "sha256")
    return int.from_bytes(digest[:4]) & HALF
