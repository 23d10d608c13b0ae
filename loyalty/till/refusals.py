"""Why a till is refused, in words that a cashier can act on; `code` is for the till's program."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from rest_framework import status
from rest_framework.exceptions import APIException

from loyalty.errors import TillRefused

SENTENCES: dict[str, str | Promise] = {
    "STAFF_NEEDED": _("This till asks for a staff number and PIN."),
    "MANAGER_NEEDED": _("This takes the number and PIN of somebody who manages the store."),
    "CLOCK_OFF": _("This happened more than a day away from now. Set the till's clock, or have a manager sign."),
    "ALREADY_EXISTS": _("Receipt %(receipt)s was booked already."),
    "RECEIPT_AT_DESK": _("Points were used at the store desk for receipt %(receipt)s. Cancel them there first."),
    "RECEIPT_UNKNOWN": _("There is no sale with receipt %(receipt)s. A manager can adjust the points by hand."),
    "OTHER_CUSTOMER": _("Receipt %(receipt)s belongs to another customer."),
    "MEMBER_UNKNOWN": _("No member was found by this. Look the customer up."),
    "LOOKUP_NEEDED": _("Look the customer up first: only points are earned without."),
    "AMOUNT_MISMATCH": _("%(what)s should be %(ours)s, not %(theirs)s. Ask for a quote and try again."),
    "CONFIRMATION_NEEDED": _("Have the customer confirm that %(points)s points are used."),
    "HOLD_UNKNOWN": _("There is no such hold for this member and receipt."),
    "RETURN_TOO_MUCH": _("More would come back than was bought: %(left)s is left of %(sku)s."),
    "NOTHING_TO_RETURN": _("Name the goods that come back."),
    "ALREADY_REVERSED": _("This was taken back already."),
    "HAS_RETURNS": _("Goods of this sale came back already: take back the rest as a return."),
    "NOT_REVERSIBLE": _("This cannot be taken back here."),
    "HOLD_RESOLVED": _("This hold was used, released or timed out."),
    "KEY_REUSED": _("This Idempotency-Key was used for another request. Use a new key for a new request."),
}


def refused(code: str, **words: object) -> TillRefused:
    """Return the refusal of that code, its sentence filled in."""
    return TillRefused(SENTENCES[code] % words if words else SENTENCES[code], code=code)


class Busy(APIException):
    """Somebody else books for this customer, or with this key; the same request may be sent again."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "BUSY"
    default_detail = _("Another booking is under way. Send the same request with the same key again.")

    def __init__(self) -> None:
        super().__init__()
        self.wait = 1  # becomes Retry-After


class QuoteChanged(Exception):
    """What was quoted holds no longer. Nothing was booked, the key is free, and the till gets a new quote."""
