"""Whom a request is about: whoever the till looked up within a quarter of an hour, or for earning alone a card."""

from datetime import datetime
from typing import Any

from customers.models import Customer
from loyalty import ledger
from loyalty.desk import finding
from loyalty.desk.finding import Asker, Finding
from loyalty.models import Account
from loyalty.till.refusals import refused

# The ways of a look-up, each a field of the request.
WAYS = {
    "phone": finding.find_by_phone,
    "card": finding.find_by_card,
    "code": finding.find_by_member_code,
    "choice": finding.choose,
}


def look_up(given: dict[str, Any], *, asker: Asker) -> Finding:
    """Find by the one way that a request names.

    Raises:
        DeskRefused: too many look-ups, or the choice is too old.
    """
    if "last_four" in given:
        return finding.find_by_last_four(given["last_four"], given.get("initial", ""), asker=asker)
    way, text = next((way, given[way]) for way in WAYS if way in given)
    return WAYS[way](text, asker=asker)


def member_of(given: dict[str, Any], *, asker: Asker, now: datetime) -> Customer:
    """Return the customer whom a request names by its look-up, or by card or phone where it only earns.

    Raises:
        TillRefused: nobody fits (`MEMBER_UNKNOWN`), or points and coupons are used without a look-up (`LOOKUP_NEEDED`).
        DeskRefused: the look-up is another's or over, or there were too many.
    """
    if "lookup" in given:
        return finding.customer_found(given["lookup"], asker=asker, now=now)
    if given.get("points") or given.get("coupons"):
        raise refused("LOOKUP_NEEDED")
    found = look_up(given["member"], asker=asker)
    if found.customer is None:
        raise refused("MEMBER_UNKNOWN")
    return found.customer


def locked_account(customer: Customer) -> Account:
    """Return the customer's account with its program, locked before anything else is."""
    account = ledger.account_of(customer.pk)
    Account.objects.select_for_update(no_key=True).get(pk=account.pk)
    return account
