"""Points of whose last day nobody told their member live on, so that nobody loses points unawares.

The shops of the terms agreed with the FTC (December 2024) tell members a month before; here points do not die until
that was tried. A program may do without it, where the shop tells its members by a way that is not known here.
"""

from datetime import date, timedelta

from django.db.models import Q

from loyalty.ledger.book import Book
from loyalty.ledger.terms import ZONE, last_day_before, start_of
from loyalty.ledger.touching import touch_owners
from loyalty.models import Account, ExpiryNotice, Lot, LotPostponement

# The notice that has to be tried, and how long untold points live on: its time again.
DAYS = 30


def put_off_untold(book: Book, dead: list[Lot]) -> list[Lot]:
    """Put off the last day of those dead lots of which nobody was told; return those that die.

    Who was erased or whose account is closed cannot be told, and of points that were given for less than thirty days
    there is no such notice: those die in their time.
    """
    if not dead or not book.account.program.waits_for_notice or book.account.status == Account.Status.CLOSED:
        return dead
    owed = [lot for lot in dead if lot.expires_at - lot.activates_at >= timedelta(days=DAYS)]
    told = _days_told(book.account, owed)
    untold = [lot for lot in owed if last_day_before(lot.expires_at) not in told]
    if untold and book.account.customer.erased_at is None:
        _put_off(book, untold)
        return [lot for lot in dead if lot not in untold]
    return dead


def _days_told(account: Account, lots: list[Lot]) -> set[date]:
    """Return the last days of which the member was told, also on an account that was merged into this one."""
    own = Q(account=account) | Q(account__merged_into=account)
    told = ExpiryNotice.objects.filter(own, days_before=DAYS, done_at__isnull=False)
    days = told.filter(last_day__in=[last_day_before(lot.expires_at) for lot in lots])
    return set(days.values_list("last_day", flat=True))


def _put_off(book: Book, lots: list[Lot]) -> None:
    until = start_of(book.now.astimezone(ZONE).date() + timedelta(days=DAYS + 1))
    rows = [
        LotPostponement(lot=lot, points=lot.remaining, was=lot.expires_at, until=until, put_off_at=book.now)
        for lot in lots
    ]
    if book.write is not None:
        LotPostponement.objects.bulk_create(rows)
        Lot.objects.filter(pk__in=[lot.pk for lot in lots]).update(expires_at=until)
        touch_owners("%s", [book.account.pk])
    for lot in lots:
        lot.expires_at = until
