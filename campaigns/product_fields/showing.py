"""The products that a message really shows: numbered as content asks for them, and kept as the message leaves.

A list offers six, content may show three of them, or one by its name alone. So a product counts as shown once content
reads anything of it. Its page is an address of ours that says message and number (`campaigns/links.py`), so a click
tells which product it was about, and leads nowhere but to that product's page in the shop.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from campaigns import links
from crm_project.prepared_statements import PreparedStatement, array, text_array

# The key under which a product in a looked-up value tells which it is. Content does not see it.
PRODUCT = "\x00product"
# Numbers of an attempt lie together, so that those of the next do not change what the first one's links mean.
NUMBERS_OF_AN_ATTEMPT, ATTEMPTS_APART = 256, 128

KEEP = PreparedStatement(
    """
INSERT INTO campaigns_messageproduct (message_id, number, field, position, product_id)
SELECT * FROM unnest($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING
""",
    "bigint[], int[], text[], int[], bigint[]",
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A product as a message shows it; `position` counts from 1 within the field."""

    number: int
    field: str
    position: int
    product_id: int


@dataclass
class Showing:
    """What one attempt at a message shows."""

    message_id: int
    attempt: int
    shown: list[Shown] = field(default_factory=list)

    def watched(self, looked_up: Mapping[str, object]) -> dict[str, object]:
        """Return looked-up values whose products notice that content reads them."""
        return {name: self._watched(name, value, 1) for name, value in looked_up.items()}

    def number_of(self, name: str, position: int, product_id: int) -> int:
        """Note that a product is shown, and return its number; 0 where a message shows more than can be told apart."""
        nth = len(self.shown) + 1
        if nth >= NUMBERS_OF_AN_ATTEMPT:
            return 0
        number = self.attempt % ATTEMPTS_APART * NUMBERS_OF_AN_ATTEMPT + nth
        self.shown.append(Shown(number, name, position, product_id))
        return number

    def _watched(self, name: str, value: object, position: int) -> object:
        if isinstance(value, list):
            return [self._watched(name, each, place) for place, each in enumerate(value, start=1)]
        if not isinstance(value, dict):
            return value
        if PRODUCT in value:
            return WatchedProduct(value, self, name, position)
        return {key: self._watched(name, each, position) for key, each in value.items()}


class WatchedProduct(dict[str, Any]):
    """A product that is noted as shown once something of it is read, and whose page is our address for it."""

    def __init__(self, told: Mapping[str, Any], showing: Showing, name: str, position: int) -> None:
        super().__init__(told)
        self._showing, self._place = showing, (name, position, self.pop(PRODUCT))
        self._number: int | None = None

    def __getitem__(self, key: str) -> Any:
        value = super().__getitem__(key)
        if self._number is None:
            self._number = self._showing.number_of(*self._place)
        return links.product_url(self._showing.message_id, self._number) if key == "url" and self._number else value


def keep(showings: Iterable[Showing]) -> None:
    """Write what messages show, in one statement; to be called where the intent to send them is committed."""
    rows = [(showing.message_id, each) for showing in showings for each in showing.shown]
    if rows:
        KEEP.rows(
            array([message_id for message_id, _each in rows]),
            array([each.number for _message, each in rows]),
            text_array([each.field for _message, each in rows]),
            array([each.position for _message, each in rows]),
            array([each.product_id for _message, each in rows]),
        )
