"""What an account owes to the clock, booked under its lock before anything else is: so that no point is used after its
last day even while the nightly job is dead.

In this order: holds that timed out go back, pending points become usable, dead points expire, unless nobody was told.
"""

from django.db.models import QuerySet

from loyalty.ledger.book import ACTIVE, PENDING, Book, Draft
from loyalty.ledger.putting_off import put_off_untold
from loyalty.ledger.restoring import restore_all
from loyalty.models import Bucket, Hold, Lot, Transaction

KIND = Transaction.Kind


def settle(book: Book) -> None:
    """Book what has fallen due up to the book's moment, and note when something is due next."""
    holds = list(open_holds(book))
    for hold in holds:
        if hold.expires_at <= book.now:
            release(book, hold)
    activate(book)
    expire(book)
    book.account.due_at = None
    for lot in book.lots:
        if lot.state in (ACTIVE, PENDING):
            book.due(lot.expires_at if lot.state == ACTIVE else lot.activates_at)
    for hold in holds:
        if hold.state == Hold.State.OPEN:
            book.due(hold.expires_at)


def open_holds(book: Book) -> QuerySet[Hold]:
    """Return the account's open holds, the earliest first."""
    return Hold.objects.filter(account=book.account, state=Hold.State.OPEN).order_by("expires_at", "pk")


def release(book: Book, hold: Hold, *, head: dict[str, object] | None = None) -> int:
    """Give a hold's points back to their lots; return the transaction."""
    draft = Draft(KIND.VOID, hold.points, head or {}, resolves=hold, resolved_as=Hold.State.VOIDED)
    book.leg(draft, Bucket.HELD, -hold.points)
    restore_all(book, draft, hold.placement_id, hold.points)
    return book.post(draft).transaction_id


def activate(book: Book) -> None:
    """Make pending points usable whose day has come; they pay off the debt first."""
    ripe = [lot for lot in book.lots if lot.state == PENDING and lot.activates_at <= book.now]
    if not ripe:
        return
    draft = Draft(KIND.ACTIVATE, sum(lot.remaining for lot in ripe))
    for lot in ripe:
        book.leg(draft, Bucket.PENDING, -lot.remaining)
        left = book.pay_debt(draft, lot.remaining)
        book.leg(draft, Bucket.AVAILABLE, left)
        lot.state = ACTIVE
        book.move(draft, lot, left - lot.remaining)
    book.post(draft)


def expire(book: Book) -> None:
    """Take what is left of dead lots out of the account; those of which nobody was told live on."""
    past = [lot for lot in book.usable() if lot.expires_at is not None and lot.expires_at <= book.now]
    dead = put_off_untold(book, past)
    if not dead:
        return
    draft = Draft(KIND.EXPIRE, sum(lot.remaining for lot in dead))
    book.leg(draft, Bucket.EXPIRED, draft.points)
    for lot in dead:
        book.leg(draft, Bucket.AVAILABLE, -lot.remaining)
        book.move(draft, lot, -lot.remaining)
        lot.state = Lot.State.EXPIRED
    book.post(draft)
