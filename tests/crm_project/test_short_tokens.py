"""Nine characters for a number, which nobody else can write."""

import random
from itertools import pairwise

import pytest

from crm_project import short_tokens

KEYS = "2:second-secret,1:first-secret"


@pytest.mark.parametrize("said", [0, 1, 2, 1_000, 2**37, 2**38 - 1])
def test_what_was_written_is_read_back(said: int) -> None:
    token = short_tokens.write(said, KEYS)

    assert len(token) == 9
    assert token.isalnum()
    assert short_tokens.read(token, KEYS) == said


@pytest.mark.parametrize("said", [-1, 2**38])
def test_what_does_not_fit_is_refused(said: int) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        short_tokens.write(said, KEYS)


def test_neighbours_have_nothing_in_common() -> None:
    tokens = [short_tokens.write(said, KEYS) for said in range(1_000)]

    assert len(set(tokens)) == 1_000
    same = [sum(a == b for a, b in zip(*pair, strict=True)) for pair in pairwise(tokens)]
    assert sum(same) / len(same) < 0.3  # nine places, each equal once in 62 times by chance


def test_a_guess_stands_for_nothing() -> None:
    guess = random.Random(7)  # noqa: S311  # the same guesses every time
    hits = [
        short_tokens.read("".join(guess.choices(short_tokens.ALPHABET, k=9)), KEYS) is not None for _try in range(2_000)
    ]

    assert sum(hits) <= 2


@pytest.mark.parametrize("token", ["", "a" * 8, "a" * 10, "가" * 9, "aaaa-aaaa", "aaaaaaaa\n", "_" * 9, "z" * 9])
def test_what_is_no_token_is_refused(token: str) -> None:
    assert short_tokens.read(token, KEYS) is None


def test_a_new_key_leaves_old_tokens_working_and_a_removed_one_ends_them() -> None:
    old = short_tokens.write(7, "1:first-secret")

    assert short_tokens.read(old, KEYS) == 7
    assert short_tokens.write(7, KEYS) != old
    assert short_tokens.read(old, "2:second-secret") is None
