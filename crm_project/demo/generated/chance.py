"""Draws as SQL: the same seed, subject and number give the same draw on every run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from customers.sql import literals

# A float has 53 bits.
BITS = (1 << 53) - 1


@dataclass(frozen=True)
class Chance:
    """The SQL of draws. `number` is the SQL of whatever the draw is about: a customer's number, an order's key."""

    seed: int

    def share(self, about: str, number: str) -> str:
        """Return the SQL of a number from 0 up to 1, evenly spread."""
        digest = blake2b(f"{self.seed} {about}".encode(), digest_size=7).digest()
        salt = int.from_bytes(digest, "big")
        return f"((hashint8extended({number}, {salt}) & {BITS})::float8 / {BITS + 1})"

    def normal(self, about: str, number: str) -> str:
        """Return the SQL of a normally distributed number: mean 0, standard deviation 1 (Box and Muller)."""
        radius, angle = self.share(f"{about} radius", number), self.share(f"{about} angle", number)
        return f"(sqrt(-2 * ln(1 - {radius})) * cos(2 * pi() * {angle}))"

    def below(self, limit: str, about: str, number: str) -> str:
        """Return the SQL of a whole number from 0 up to but not `limit`."""
        return f"floor({limit} * {self.share(about, number)})::bigint"

    def one_of(self, words: Sequence[str], about: str, number: str) -> str:
        """Return the SQL of one of the words."""
        return f"(ARRAY[{literals(words)}])[1 + {self.below(str(len(words)), about, number)}]"

    def weighted(self, weights: Mapping[str, int], about: str, number: str) -> str:
        """Return the SQL of one of the words, drawn by its weight."""
        return self.one_of([word for word, weight in weights.items() for _ in range(weight)], about, number)


def floats(values: Sequence[float]) -> str:
    """Return numbers as an SQL array."""
    return f"ARRAY[{', '.join(map(str, values))}]::float8[]"
