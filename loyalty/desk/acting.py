"""What staff books at the desk: points used, earned, and either of them cancelled. Each tap once.

The account's row is locked before anything is asked. A key that was booked before answers with what it booked; the
act and its booking are written in one transaction, so that neither is there without the other.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm_project.templatetags.formats import number_text
from customers.models import Customer, Order, Store
from loyalty import ledger
from loyalty.desk import coupon_use, limits, stores
from loyalty.desk.bills import Bill
from loyalty.desk.giving import refuse_too_much_today
from loyalty.desk.quoting import Earning, earning_of, refuse_before_earning
from loyalty.desk.receipts import refuse_sold_at_till, uses_of
from loyalty.earning import orders, versions
from loyalty.earning.rule_sets import from_json
from loyalty.earning.validity import lot_terms
from loyalty.errors import DeskRefused
from loyalty.ledger import Posting, Receipt
from loyalty.ledger.awards import already_back
from loyalty.models import Account, DeskAct, Transaction

Kind = DeskAct.Kind
SOURCE = "desk"


@dataclass(frozen=True, slots=True)
class Tap:
    """One act as it comes from the page: its key, who, and when."""

    key: UUID
    by: User
    now: datetime


def redeem(customer: Customer, points: int, *, bill: Bill, key: UUID, by: User, is_confirmed: bool = False) -> DeskAct:
    """Use points for a bill.

    Raises:
        DeskRefused: so many points want a second tap (`NEEDS_CONFIRMATION`), the receipt has been paid with points,
            or a till sold it (`RECEIPT_AT_TILL`).
        LedgerRefused: the program's terms or the account do not allow it.
    """
    tap = Tap(key, by, timezone.now())
    account = _account(customer, by)
    if limits.needs_confirmation(account.program, points) and not is_confirmed:
        raise DeskRefused(
            _("Use %(points)s points? That is a large amount: confirm it.") % {"points": number_text(points)},
            code="NEEDS_CONFIRMATION",
        )

    def use() -> Posting:
        refuse_sold_at_till(bill)
        if uses_of(bill.store, bill.receipt).exists():
            raise DeskRefused(
                _("Points were used for receipt %(receipt)s already. Cancel that first.") % {"receipt": bill.receipt},
                code="RECEIPT_HAS_POINTS",
            )
        before = DeskAct.objects.filter(store=bill.store, receipt=bill.receipt, kind=Kind.REDEEM).count()
        receipt = Receipt(SOURCE, bill.receipt, line=f"{bill.store.external_id[:80]}{_again(before)}")
        booked = {"receipt": receipt, "occurred_at": tap.now, "by": by, "store": bill.store, "now": tap.now}
        return ledger.redeem(account.pk, points, bill=bill.won - coupon_use.off(bill), **booked)

    return _once(account.pk, tap, use, kind=Kind.REDEEM, bill=bill, points=points)


def earn(customer: Customer, *, bill: Bill, key: UUID, by: User) -> DeskAct:
    """Award what a bill earns by the rules in force.

    The receipt counts as the order of that number: when the order comes in later, it earns nothing again, and its
    return takes these points back.

    Raises:
        DeskRefused: the receipt has its points, is another purchase's, the bill earns nothing, or the person has
            given their day's points (`OVER_DAILY_LIMIT`).
    """
    tap = Tap(key, by, timezone.now())
    account = _account(customer, by)

    def award() -> Posting:
        refuse_before_earning(account.program, now=tap.now)
        version = versions.freeze(account.program)
        rules = from_json(version.content)
        earning = earning_of(bill, customer, rules=rules, now=tap.now)
        if not earning.points:
            raise DeskRefused(_("This bill earns no points."), code="EARNS_NOTHING")
        refuse_too_much_today(account.program, earning.points, by=by, now=tap.now)
        return ledger.earn(
            account.pk,
            earning.points,
            receipt=_earning_receipt(bill),
            occurred_at=tap.now,
            terms=lot_terms(tap.now, channel=Order.SalesChannel.STORE, rules=rules),
            rule_version=version,
            details=_details(bill, earning),
            by=by,
            store=bill.store,
            now=tap.now,
        )

    return _once(account.pk, tap, award, kind=Kind.EARN, bill=bill)


def cancel(act_id: int, *, store: Store, key: UUID, by: User) -> DeskAct:
    """Take back what was booked at this store's desk: one's own within ten minutes, anything by its manager.

    The order of a receipt whose earning is taken back earns by itself, also where it came in before.

    Raises:
        DeskRefused: it was booked elsewhere (`NOT_YOUR_STORE`), or a manager has to (`NEEDS_MANAGER`).
        LedgerRefused: it was taken back already (`ALREADY_REVERSED`).
    """
    tap = Tap(key, by, timezone.now())
    act = DeskAct.objects.select_related("transaction").exclude(kind=Kind.CANCEL).filter(pk=act_id, store=store).first()
    if act is None:
        raise DeskRefused(_("This was not booked at this store's desk."), code="NOT_YOUR_STORE")
    account_id = act.transaction.account_id

    def take_back() -> Posting:
        if not may_cancel(act, by=by, now=tap.now):
            raise DeskRefused(
                _("Only the person who booked it can cancel it, within ten minutes. Ask the store's manager."),
                code="NEEDS_MANAGER",
            )
        return ledger.reverse(act.transaction_id, reason=Transaction.Reason.WRONG_BOOKING, by=by, now=tap.now)

    bill = Bill(store, act.receipt, act.bill or 0)
    booked = {"kind": Kind.CANCEL, "bill": bill, "reverses": act.transaction_id}
    if act.kind != Kind.EARN:
        return _once(account_id, tap, take_back, **booked)
    with transaction.atomic():
        orders.wait_for_turn(ledger.current_program())
        cancelled = _once(account_id, tap, take_back, **booked)
        orders.earn_after_desk(store.source, act.receipt)
    return cancelled


def may_cancel(act: DeskAct, *, by: User, now: datetime) -> bool:
    """Tell whether a person may cancel an act of their store: within ten minutes their own, else as its manager."""
    is_own = limits.is_own(by, booked_by=act.by_id, booked_at=act.happened_at, now=now)
    return is_own or stores.manages(by, act.store)


def _details(bill: Bill, earning: Earning) -> dict[str, object]:
    """Return what an award says about its bill; the goods where some were typed."""
    told: dict[str, object] = {"won": bill.won, "reasons": earning.as_json()}
    return told | {"goods": [asdict(line) for line in bill.goods]} if bill.goods else told


def _account(customer: Customer, by: User) -> Account:
    """Return the customer's account with its program.

    Raises:
        DeskRefused: it is that of the person who books (`OWN_ACCOUNT`).
    """
    stores.refuse_own(customer, by)
    return Account.objects.select_related("program").get(pk=ledger.account_of(customer.pk).pk)


def _once(
    account_id: int,
    tap: Tap,
    book: Callable[[], Posting],
    *,
    kind: str,
    bill: Bill,
    points: int | None = None,
    reverses: int | None = None,
) -> DeskAct:
    """Book under the account's lock and write the act down, unless the key was booked before: then return that act."""
    try:
        with transaction.atomic():
            Account.objects.select_for_update(no_key=True).get(pk=account_id)
            known = DeskAct.objects.select_related("transaction").filter(key=tap.key).first()
            if known is None:
                return _written(book(), tap, kind, bill)
            return _replayed(known, tap, kind=kind, bill=bill, points=points, reverses=reverses)
    except IntegrityError as error:
        if not DeskAct.objects.filter(key=tap.key).exists():
            raise
        raise _reused() from error


def _written(posting: Posting, tap: Tap, kind: str, bill: Bill) -> DeskAct:
    return DeskAct.objects.create(
        key=tap.key,
        kind=kind,
        by=tap.by,
        store=bill.store,
        transaction_id=posting.transaction_id,
        points=posting.points,
        receipt=bill.receipt,
        bill=bill.won or None,
        available_after=posting.available,
        happened_at=tap.now,
    )


def _replayed(known: DeskAct, tap: Tap, *, kind: str, bill: Bill, points: int | None, reverses: int | None) -> DeskAct:
    asked = (kind, tap.by.pk, bill.store.pk, bill.receipt, bill.won or None, points or known.points, reverses)
    done = (known.kind, known.by_id, known.store_id, known.receipt, known.bill, known.points)
    if asked != (*done, known.transaction.reverses_id):
        raise _reused()
    return known


def _reused() -> DeskRefused:
    return DeskRefused(_("This page was used for another booking. Start again."), code="KEY_REUSED")


def _earning_receipt(bill: Bill) -> Receipt:
    """Return the receipt under which a bill earns: that of the order of its number.

    Raises:
        DeskRefused: it has its points (`RECEIPT_HAS_POINTS`), or its order came in and earns by itself (`ORDER_EARNS`),
            is not paid or came back, if only in part (`ORDER_CAME_BACK`).
    """
    order = Order.objects.filter(source=bill.store.source, external_id=bill.receipt).first()
    if order is not None and order.customer_id is not None:
        raise DeskRefused(
            _("Receipt %(receipt)s came in from the till and earns by itself.") % {"receipt": bill.receipt},
            code="ORDER_EARNS",
        )
    if order is not None and (not order.is_purchase or order.refunded):
        raise DeskRefused(
            _("Receipt %(receipt)s was cancelled, refunded or not paid, so it earns no points.")
            % {"receipt": bill.receipt},
            code="ORDER_CAME_BACK",
        )
    awards = Transaction.objects.filter(
        kind=Transaction.Kind.EARN, source_system=bill.store.source, reference=bill.receipt
    )
    if any(already_back(award) < award.points for award in awards):
        raise DeskRefused(
            _("Receipt %(receipt)s has its points already.") % {"receipt": bill.receipt}, code="RECEIPT_HAS_POINTS"
        )
    before = len(awards)
    return Receipt(bill.store.source, bill.receipt, line=f"desk{_again(before)}" if before else "")


def _again(before: int) -> str:
    """Return what sets a receipt apart that was booked and cancelled before."""
    return f" {before + 1}" if before else ""
