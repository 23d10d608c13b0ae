"""The bill that points are used or earned for, as it is typed in at the desk."""

import re
import unicodedata
from dataclasses import dataclass

from django.utils.translation import gettext as _

from customers.models import Store
from loyalty.coupons.baskets import BasketLine
from loyalty.errors import DeskRefused

LONGEST_RECEIPT = 60
MOST_WON = 10**9
_RECEIPT = re.compile(r"[0-9A-Za-z가-힣][0-9A-Za-z가-힣 ./_:#-]*")
_NUMBER = re.compile(r"[0-9]{1,12}")


@dataclass(frozen=True, slots=True)
class Bill:
    """A receipt of a store and its sum in won, before coupons and points; `goods` are those that staff typed apart."""

    store: Store
    receipt: str
    won: int
    goods: tuple[BasketLine, ...] = ()

    @property
    def lines(self) -> tuple[BasketLine, ...]:
        """Return the bill as lines: the goods that were typed, and all the rest as one of no category."""
        rest = self.won - sum(line.amount for line in self.goods)
        return (*self.goods, BasketLine("", rest)) if rest else self.goods


def read_bill(store: Store, *, receipt: str, won: str) -> Bill:
    """Return the bill as it was typed, without its goods.

    Raises:
        DeskRefused: the receipt number or the sum is missing or makes no sense (`BAD_RECEIPT`, `BAD_BILL`).
    """
    number = unicodedata.normalize("NFC", receipt).strip()
    if len(number) > LONGEST_RECEIPT or not _RECEIPT.fullmatch(number):
        raise DeskRefused(_("Type the number that stands on the receipt."), code="BAD_RECEIPT")
    amount = read_number(won)
    if not 0 < amount <= MOST_WON:
        raise DeskRefused(_("Type the sum of the bill in won."), code="BAD_BILL")
    return Bill(store, number, amount)


def read_number(text: str) -> int:
    """Return a whole number as it was typed, with or without commas; 0 for anything else."""
    plain = text.replace(",", "").strip()
    return int(plain) if _NUMBER.fullmatch(plain) and plain.isascii() else 0
