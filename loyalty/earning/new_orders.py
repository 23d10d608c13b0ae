"""One order earns while the customer waits: what `orders` does for many, for an order that nobody else can see yet.

It counts by the same arithmetic (`calculation`), books under the same receipt and leaves the same row, so that the
next run of `orders` finds nothing to do. It waits for nobody but the customer's own account.
"""

from dataclasses import dataclass
from datetime import datetime

from customers.models import Customer, Order
from loyalty import ledger, tiers
from loyalty.earning import desk_receipts, versions
from loyalty.earning.buyers import buyer_of
from loyalty.earning.calculation import Award, Basket, awards, counting_won, total
from loyalty.earning.rule_sets import RuleSet
from loyalty.earning.validity import kst_day, lot_terms
from loyalty.errors import LedgerRefused
from loyalty.ledger.terms import start_of
from loyalty.models import OrderAward, Program, Transaction
from loyalty.tiers.credits import ORDERS


@dataclass(frozen=True, slots=True)
class Counted:
    """What a purchase earns by the rules of its moment, and why."""

    version_id: int
    rules: RuleSet
    awards: list[Award]
    won: int

    @property
    def points(self) -> int:
        """Return the points together."""
        return total(self.awards)

    @property
    def reasons(self) -> list[dict[str, object]]:
        """Return what each rule that holds gives, as it is kept with the order."""
        return [{"rule": each.rule.key, "won": each.won, "points": each.points} for each in self.awards]


def count(
    customer: Customer, basket: Basket, moment: datetime, *, program: Program, order_id: int | None = None
) -> Counted | None:
    """Return what a purchase earns; None while earning has not begun.

    Args:
        order_id: of a purchase that is stored; before which of the same moment it comes.
    """
    terms = versions.terms_of_program(program)
    if terms.begins_on is None or moment < start_of(terms.begins_on):
        return None
    versions.freeze(program)
    known = versions.versions_of(program)
    version_id = known.in_force_at(moment)
    rules = known.rule_sets[version_id]
    given = awards(basket, buyer_of(customer, moment, order_id=order_id), kst_day(moment), rules)
    return Counted(version_id, rules, given, counting_won(basket, rules))


def earn_new_order(order: Order, customer: Customer, basket: Basket, *, account_id: int, program: Program) -> int:
    """Book what an order earns that the caller's own transaction has just stored, and its tier credits; return it.

    What the desk booked for the receipt by hand is left as it is.

    Raises:
        LedgerRefused: the account is closed, or the receipt has earned for another member.
    """
    counted = count(customer, basket, order.placed_at, program=program, order_id=order.pk)
    _credit(order, ORDERS, line="1", net_spend=max(order.paid - order.shipping, 0))
    if counted is None:
        return 0
    award = OrderAward.objects.create(
        order=order,
        account_id=account_id,
        rule_version_id=counted.version_id,
        won=counted.won,
        points=counted.points,
        reasons=counted.reasons,
    )
    if counted.points:
        _book_once(order, award, counted.rules)
        _credit(order, "earning", line="0", points=counted.points)
    return counted.points


def _book_once(order: Order, award: OrderAward, rules: RuleSet) -> None:
    try:
        _book(order, award, rules)
    except LedgerRefused:
        own = Transaction.objects.filter(account=award.account_id, kind=Transaction.Kind.EARN, line="")
        if not own.filter(source_system=order.source, reference=order.external_id).exists():
            raise


def _book(order: Order, award: OrderAward, rules: RuleSet) -> None:
    line = desk_receipts.line_of(order, award.account.program)
    ledger.earn(
        award.account_id,
        award.points,
        receipt=ledger.Receipt(order.source, order.external_id, line),
        occurred_at=order.placed_at,
        terms=lot_terms(order.placed_at, channel=order.channel, rules=rules),
        rule_version=award.rule_version,
        details={"won": award.won, "reasons": award.reasons},
        store=order.store,
    )


def _credit(order: Order, system: str, *, line: str, net_spend: int = 0, points: int = 0) -> None:
    """Count the order towards the customer's tier under the number by which later runs know it."""
    tiers.credit(
        order.customer_id,
        business_date=kst_day(order.placed_at),
        source_system=system,
        reference=str(order.pk),
        line=line,
        net_spend=net_spend,
        orders=int(net_spend > 0),
        points=points,
    )
