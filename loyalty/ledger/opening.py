"""Locks an account, reads it, brings it up to date and hands it over to be booked on, once per receipt.

The lock on the account's row is the first thing a booking does; whatever it decides by, it reads after that.
"""

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any, TypeVar

from django.db import IntegrityError, connection, transaction
from django.db.models import DateTimeField, Model, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from loyalty.errors import LedgerRefused
from loyalty.ledger.book import Book
from loyalty.ledger.settling import settle
from loyalty.ledger.terms import Posting, Receipt, posting_of
from loyalty.ledger.writing import write
from loyalty.models import Account, Lot, Program, Transaction

OPEN_LOTS = Q(state__in=[Lot.State.ACTIVE, Lot.State.PENDING])
DEFAULT_PROGRAM = "points"
Row = TypeVar("Row", bound=Model)
# The columns of what `loyalty_open` reads, and which of them are moments.
COLUMNS = {model: [field.attname for field in model._meta.concrete_fields] for model in (Account, Program, Lot)}
MOMENTS = {
    model: {field.attname for field in model._meta.concrete_fields if isinstance(field, DateTimeField)}
    for model in COLUMNS
}


def current_program() -> Program:
    """Return the shop's points program, made when first asked for."""
    program = Program.objects.filter(slug=DEFAULT_PROGRAM).first()
    return program or Program.objects.get_or_create(slug=DEFAULT_PROGRAM, defaults={"name": _("Points")})[0]


def account_of(customer_id: int, *, program: Program | None = None) -> Account:
    """Return the customer's account, made when first needed; of a merged account the one it went into."""
    terms = {"program": program or current_program(), "customer_id": customer_id}
    return living(Account.objects.filter(**terms).first() or Account.objects.get_or_create(**terms)[0])


def living(account: Account) -> Account:
    """Return the account that a merged one went into in the end, or the account itself."""
    return account if account.merged_into is None else living(account.merged_into)


def post_once(
    account_id: int,
    kind: str,
    points: int,
    receipt: Receipt,
    act: Callable[[Book], Posting],
    *,
    now: datetime | None,
    needs_lots: bool = True,
) -> Posting:
    """Have `act` book on the open account, unless the receipt was booked before: then answer with that.

    Raises:
        LedgerRefused: `act` refused, or the receipt was booked otherwise (`ALREADY_EXISTS`). Nothing is booked then.
    """
    if points <= 0:
        raise LedgerRefused(_("The number of points must be above zero."), code="BAD_AMOUNT")
    try:
        with transaction.atomic():
            return act(open_book(account_id, now=now or timezone.now(), needs_lots=needs_lots))
    except IntegrityError as error:
        if "receipt_once" not in str(error):
            raise
        return _replayed(account_id, kind, points, receipt)
    except LedgerRefused:
        if _booked_before(account_id, kind, receipt) is None:
            raise
        return _replayed(account_id, kind, points, receipt)


def open_book(account_id: int, *, now: datetime, needs_lots: bool = True) -> Book:
    """Lock the account, book what has fallen due, and return it; inside a transaction.

    Args:
        needs_lots: whether the open lots are wanted even where nothing is due.
    """
    book = Book(*_locked(account_id, needs_lots=needs_lots), now, write)
    account = book.account
    if account.merged_into_id is not None:
        return open_book(account.merged_into_id, now=now, needs_lots=needs_lots)
    if account.due_at is not None and account.due_at <= now:
        if not needs_lots:
            book.lots = open_lots(account)
        settle(book)
    return book


def _locked(account_id: int, *, needs_lots: bool) -> tuple[Account, list[Lot]]:
    """Lock the account's row and read it, its program and its lots: one call of `loyalty_open` (migration 0002).

    The rows become model instances without the ORM's own query, which would cost more than the whole booking.

    Raises:
        Account.DoesNotExist: there is none of this number.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM loyalty_open(%s, %s)", [account_id, needs_lots])
        account_columns, program_columns, lots = cursor.fetchone()
    if account_columns is None:
        raise Account.DoesNotExist(f"There is no points account {account_id}.")
    account = _instance(Account, json.loads(account_columns))
    account.program = _instance(Program, json.loads(program_columns))
    return account, [_instance(Lot, columns) for columns in json.loads(lots)]


def _instance(model: type[Row], told: dict[str, Any]) -> Row:
    """Return a stored row as an instance, from its columns as JSON."""
    for name in MOMENTS[model]:
        if told[name] is not None:
            told[name] = datetime.fromisoformat(told[name])
    names = COLUMNS[model]
    return model.from_db(None, names, [told[name] for name in names])


def open_lots(account: Account) -> list[Lot]:
    """Return the lots that hold points."""
    return list(Lot.objects.filter(OPEN_LOTS, account=account).order_by("pk"))


def head_of(receipt: Receipt | None, **given: object) -> dict[str, object]:
    """Return the head of a transaction: the receipt's columns and what else is known of it."""
    told = asdict(receipt) if receipt else {}
    return told | {name: value for name, value in given.items() if value is not None}


def _booked_before(account_id: int, kind: str, receipt: Receipt) -> Transaction | None:
    columns = head_of(receipt)
    program = Account.objects.filter(pk=account_id).values("program")
    return Transaction.objects.filter(program__in=program, kind=kind, **columns).select_related("account").first()


def _replayed(account_id: int, kind: str, points: int, receipt: Receipt) -> Posting:
    """Return what the receipt was booked as.

    Raises:
        LedgerRefused: it was booked for another account or another number of points.
    """
    earlier = _booked_before(account_id, kind, receipt)
    account = living(Account.objects.get(pk=account_id))
    if earlier is None or earlier.points != points or living(earlier.account) != account:
        raise LedgerRefused(
            _("Receipt %(receipt)s was booked already, with other points or for another member.")
            % {"receipt": receipt.reference},
            code="ALREADY_EXISTS",
        )
    return posting_of(account, earlier.pk, earlier.points, is_replay=True)
