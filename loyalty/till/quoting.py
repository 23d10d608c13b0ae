"""What a purchase comes to, promised for five minutes: signed and given to the till, and held against its sale."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.core import signing
from django.utils import timezone
from django.utils.crypto import salted_hmac

from customers.models import Customer
from loyalty import ledger
from loyalty.desk.limits import needs_confirmation, usable_now
from loyalty.models import Account
from loyalty.till import purchases
from loyalty.till.authentication import Caller
from loyalty.till.purchases import Purchase, Reckoning
from loyalty.till.refusals import QuoteChanged

SALT = "loyalty.till.quote"
HOLDS_FOR = timedelta(minutes=5)


def quote_asked(caller: Caller, customer: Customer, given: dict[str, Any]) -> dict[str, Any]:
    """Return what the purchase of a request comes to, as `quote` does."""
    purchase = purchases.purchase_of(caller, customer, given)
    return quote(caller, purchase, ledger.account_of(customer.pk), now=timezone.now())


def quote(caller: Caller, purchase: Purchase, account: Account, *, now: datetime) -> dict[str, Any]:
    """Return what the purchase comes to, with a token that a sale shows again.

    Raises:
        CouponRefused: a coupon is of no use here.
        TillRefused: more points than there is to pay.
    """
    reckoned = purchases.reckon(purchase)
    standing = ledger.standing_of(account.pk, now=now)
    earned = purchases.points_to_earn(purchase, reckoned, now, program=account.program)
    promised = _promise(purchase, reckoned, earned)
    return {
        "quote": signing.dumps([caller.terminal.pk, promised], salt=SALT),
        "expires_at": (now + HOLDS_FOR).isoformat(),
        **_amounts(reckoned),
        "points_earned": earned,
        "usable_now": usable_now(account, standing, bill=reckoned.due),
        "needs_confirmation": needs_confirmation(account.program, purchase.points),
        "balance": standing.available,
    }


def check(token: str, caller: Caller, purchase: Purchase, reckoned: Reckoning, earned: int) -> None:
    """Hold a sale, as it would be booked, against what was quoted.

    Raises:
        QuoteChanged: the quote is older than five minutes, another till's, or something came out differently.
    """
    try:
        said = signing.loads(token, salt=SALT, max_age=HOLDS_FOR)
    except signing.BadSignature as error:
        raise QuoteChanged from error
    if said != [caller.terminal.pk, _promise(purchase, reckoned, earned)]:
        raise QuoteChanged


def _amounts(reckoned: Reckoning) -> dict[str, int]:
    return asdict(reckoned) | {"due": reckoned.due, "paid": reckoned.paid}


def _promise(purchase: Purchase, reckoned: Reckoning, earned: int) -> str:
    """Return a digest of who buys what for how much: short, and the same for the same."""
    basket = purchase.basket
    lines = [(line.sku, line.quantity, line.amount) for line in basket.lines]
    said = (purchase.customer.pk, lines, basket.shipping, sorted(purchase.codes), _amounts(reckoned), earned)
    return salted_hmac(SALT, repr(said), algorithm="sha256").hexdigest()[:32]
