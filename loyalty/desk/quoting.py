"""What a bill would earn and what is left to pay. The desk knows a bill's sum, and of its goods what staff types."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from customers.models import Customer, Order
from loyalty.desk import coupon_use
from loyalty.desk.bills import Bill
from loyalty.desk.receipts import uses_of
from loyalty.earning import versions
from loyalty.earning.buyers import buyer_of
from loyalty.earning.calculation import Award, Basket, Line, awards, total
from loyalty.earning.rule_sets import RuleSet
from loyalty.earning.sentences import reason
from loyalty.earning.validity import kst_day
from loyalty.errors import DeskRefused
from loyalty.models import Program


@dataclass(frozen=True, slots=True)
class Earning:
    """The points a bill earns, and each rule's part of them in words."""

    points: int
    awards: list[Award]

    @property
    def reasons(self) -> list[tuple[str, str]]:
        """Return the name of each rule that gives something, and how it came to its points."""
        return [(award.rule.name, reason(award)) for award in self.awards if award.points]

    def as_json(self) -> list[dict[str, object]]:
        """Return what each rule gave, as it is kept with the award."""
        return [{"rule": award.rule.key, "won": award.won, "points": award.points} for award in self.awards]


def earning_of(bill: Bill, customer: Customer, *, rules: RuleSet, now: datetime) -> Earning:
    """Return what a bill earns its customer: not what coupons took off, and of what points paid as the rules say."""
    due, used = bill.won - coupon_use.off(bill), points_used(bill)
    basket = Basket(
        paid=max(0, due - used),
        lines=tuple(Line(line.category, line.amount) for line in bill.lines) if bill.goods else (),
        points_used=min(used, due),
        channel=Order.SalesChannel.STORE,
        store=bill.store.pk,
    )
    given = awards(basket, buyer_of(customer, now), kst_day(now), rules)
    return Earning(total(given), given)


def earning_now(bill: Bill, customer: Customer, *, program: Program, now: datetime) -> Earning:
    """Return what a bill would earn by the rules as they stand."""
    return earning_of(bill, customer, rules=versions.edited_rules(program), now=now)


def points_used(bill: Bill) -> int:
    """Return the points that paid of this bill at the desk and were not cancelled."""
    return sum(uses_of(bill.store, bill.receipt).values_list("points", flat=True)) if bill.receipt else 0


def left_to_pay(bill: Bill) -> int:
    """Return the won that are still to be paid after what coupons took off and points paid of this bill."""
    return max(0, bill.won - coupon_use.off(bill) - points_used(bill))


def refuse_before_earning(program: Program, *, now: datetime) -> None:
    """Refuse to award points before the shop's earning has begun.

    Raises:
        DeskRefused: `EARNING_NOT_BEGUN`.
    """
    begins_on = versions.terms_of_program(program).begins_on
    if begins_on is None or kst_day(now) < begins_on:
        raise DeskRefused(_("Purchases do not earn points yet."), code="EARNING_NOT_BEGUN")
