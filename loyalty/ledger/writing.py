"""Puts a finished draft into the tables: one call of the database function `loyalty_post`, one round trip.

The function (migration 0002) knows no rules. It writes head, legs, lots and moves and the account's new numbers in
one go, and refuses where the account has moved since it was read, so that nobody can book without its lock.
"""

import json
from datetime import datetime

from django.db import connection

from loyalty.ledger.book import Book, Draft, NewLot
from loyalty.ledger.touching import touch_owners
from loyalty.models import Bucket, Hold
from loyalty.models.points import MEMBER_BUCKETS

NUMBERS = ("available", "pending", "held", "debt", "lifetime_earned", "last_seq", "due_at")


def write(book: Book, draft: Draft) -> int:
    """Write the draft with the account's numbers; return the transaction's number."""
    account = book.account
    before = account.last_seq
    entries = _entries(book, draft)
    account.lifetime_earned += draft.earned
    drawn_up = {
        "account_id": account.pk,
        "seq_before": before,
        "head": draft.head
        | {"program_id": account.program_id, "account_id": account.pk, "kind": draft.kind, "points": draft.points}
        | {"posted_at": book.now, "occurred_at": draft.head.get("occurred_at") or book.now},
        "entries": entries,
        "new_lots": [_lot(account.pk, each) for each in draft.new_lots],
        "lots": [{"id": pk, "remaining": lot.remaining, "state": lot.state} for pk, lot in draft.changed.items()],
        "moves": [
            {"lot_id": lot.pk, "amount": amount, "instead_of_id": instead and instead.pk}
            for lot, amount, instead in draft.moves
        ],
        "account": {name: getattr(account, name) for name in NUMBERS},
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT loyalty_post(%s::jsonb)", [json.dumps(drawn_up, default=_text)])
        number = cursor.fetchone()[0]
    if draft.resolves is not None:
        Hold.objects.filter(pk=draft.resolves.pk).update(state=draft.resolved_as, resolution_id=number)
    touch_owners("%s", [account.pk])
    return number


def _entries(book: Book, draft: Draft) -> list[dict[str, object]]:
    """Return the legs that move something, those of the member numbered on and with the balance after them."""
    entries = []
    for bucket in Bucket.values:
        amount = draft.legs.get(bucket)
        if not amount:
            continue
        entry: dict[str, object] = {"bucket": bucket, "amount": amount}
        if bucket in MEMBER_BUCKETS:
            book.account.last_seq += 1
            number = getattr(book.account, bucket)
            entry |= {
                "account_id": book.account.pk,
                "seq": book.account.last_seq,
                "balance_after": -number if bucket == Bucket.DEBT else number,
            }
        entries.append(entry)
    return entries


def _lot(account_id: int, each: NewLot) -> dict[str, object]:
    return {
        "account_id": account_id,
        "award_id": each.award_id,
        "origin_id": each.origin_id,
        "kind": each.terms.kind,
        "original": each.original,
        "remaining": each.remaining,
        "state": each.state,
        "activates_at": each.terms.activates_at,
        "expires_at": each.terms.expires_at,
    }


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{value!r} cannot be booked.")
