"""Lives the shop's year through again, as far as points go: fortnight by fortnight what was bought earns, some members
use theirs, and at the end of a month the old ones expire.

That purchases earn is computed; that members use points is made up, from the number of the order. It takes a few
minutes beside everything else, after which the shop goes on in the present.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, datetime, timedelta
from zlib import crc32

from django.db import connection, transaction
from django.db.models import Max

from crm_project.demo.complete_journey import SOURCE
from crm_project.demo.points import first_purchase
from customers.models import Order
from loyalty import ledger
from loyalty.earning import orders
from loyalty.errors import LedgerRefused
from loyalty.figures import open_points
from loyalty.ledger import Receipt, expiry, snapshots
from loyalty.ledger.terms import start_of
from loyalty.models import Account, EarningTerms, Program, Transaction

# Of each the tiers are judged anew, which takes longer than its bookings.
STRETCH = timedelta(weeks=2)
TILL = "demo till"
# Of a thousand purchases so many are paid with points in part, if there are enough of them.
PAID_WITH_POINTS = 20
# They grow faster than the server looks at them by itself; unmeasured, each fortnight is planned as if they were empty.
MEASURED = "loyalty_account, loyalty_transaction, loyalty_entry, loyalty_lot, loyalty_orderaward, loyalty_tiercredit"


def live_through(now: datetime, *, go_on: Callable[[], bool] = lambda: True) -> bool:
    """Book the points of the data's year, each fortnight in its time; tell whether that is done.

    Until it is, nobody else earns. Cut at any moment, it goes on with the fortnight it was in.
    """
    first = first_purchase()
    if first is None:
        return False
    # Of the data's own purchases: what is given away in the present says nothing about the year.
    awards = Transaction.objects.filter(kind=Transaction.Kind.EARN, source_system=SOURCE)
    done_until = awards.aggregate(last=Max("posted_at"))["last"]
    if done_until is None:
        # Before the first one, so that what customers buy meanwhile is looked at once the year is over.
        orders.look_from_now_on(ledger.current_program())
    for since, until in fortnights(first, now):
        if not go_on():
            return False
        if (done_until is None or since >= done_until) and not _live_a_fortnight(
            since, until, first, is_last=until == now
        ):
            break
    # Where somebody let earning begin half-way, no fortnight was the last one.
    expiry.look_again()
    Program.objects.filter(pk=ledger.current_program().pk).update(waits_for_notice=True)
    snapshots.take_snapshots(now)
    open_points.look(now)
    return True


def fortnights(first: date, now: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield the fortnights from a day on as their first moments and those after their last; the last one ends now."""
    since = start_of(first)
    while since < now:
        yield since, min(since + STRETCH, now)
        since += STRETCH


@transaction.atomic
def _live_a_fortnight(since: datetime, until: datetime, first: date, *, is_last: bool) -> bool:
    """Let old points expire, members use what they have, and what was bought earn at its end.

    False, and nothing is booked, where earning has begun: the year is over.
    """
    terms = orders.wait_for_turn(ledger.current_program())
    if terms is None or terms.begins_on is not None:
        return False
    # Within this transaction only, until the last one: the workers must not award what lies ahead in the present,
    # nor let expire what was used in its time.
    EarningTerms.objects.filter(pk=terms.pk).update(begins_on=first)
    expiry.look_again()
    ledger.expire_due(since)
    bought = Order.objects.filter(source=SOURCE, customer__isnull=False, placed_at__gte=since, placed_at__lt=until)
    for order in bought.order_by("placed_at", "pk").select_related("store"):
        if crc32(order.external_id.encode()) % 1_000 < PAID_WITH_POINTS:
            _pay_with_points(order)
    orders.earn_orders(bought.values_list("pk", flat=True), booked_at=until)
    if not is_last:
        EarningTerms.objects.filter(pk=terms.pk).update(begins_on=None)
        expiry.put_off()
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {MEASURED}")
    return True


def _pay_with_points(order: Order) -> None:
    """Use as many points as the member has and the terms allow; none where that is too few."""
    account = Account.objects.select_related("program").filter(customer=order.customer_id).first()
    if account is None:
        return
    program = account.program
    points = min(account.available, order.paid * program.most_percent // 100) // program.step * program.step
    if points < program.least_points:
        return
    # Points that died in this very fortnight are counted above and refused here.
    with suppress(LedgerRefused):
        ledger.redeem(
            account.pk,
            points,
            receipt=Receipt(TILL, order.external_id),
            occurred_at=order.placed_at,
            bill=order.paid,
            store=order.store,
            now=order.placed_at,
        )
