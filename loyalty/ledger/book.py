"""An account while it is locked: its numbers and open lots in memory, and the transaction that is being drawn up.

Rules of what is taken first and where points go back to stand here, in plain Python. `writing.write` puts a finished
draft into the tables.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from loyalty.ledger.terms import LotTerms, Posting, posting_of
from loyalty.models import Account, Bucket, Hold, Lot, LotKind
from loyalty.models.points import MEMBER_BUCKETS

PENDING, ACTIVE = Lot.State.PENDING, Lot.State.ACTIVE


@dataclass
class NewLot:
    """Points awarded by the transaction being drawn up; `remaining` is what paying off a debt left of them."""

    original: int
    remaining: int
    state: str
    terms: LotTerms
    award_id: int | None = None  # None: this transaction is the award
    origin_id: int | None = None


@dataclass
class Draft:
    """A transaction being drawn up: its head, its legs by bucket, and what it moves from and to lots."""

    kind: str
    points: int
    head: dict[str, Any] = field(default_factory=dict)
    legs: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    moves: list[tuple[Lot, int, Lot | None]] = field(default_factory=list)
    changed: dict[int, Lot] = field(default_factory=dict)
    new_lots: list[NewLot] = field(default_factory=list)
    resolves: Hold | None = None
    resolved_as: str = Hold.State.OPEN
    earned: int = 0


Write = Callable[["Book", Draft], int]


@dataclass
class Book:
    """An account under its lock. `write` gets every finished draft; None: the book is only read, and nothing booked."""

    account: Account
    lots: list[Lot]
    now: datetime
    write: Write | None

    def post(self, draft: Draft) -> Posting:
        """Book the finished draft and return how the account stands then; in a book that is only read, would stand."""
        number = self.write(self, draft) if self.write else 0
        if draft.resolves is not None:
            draft.resolves.state, draft.resolves.resolution_id = draft.resolved_as, number
        return posting_of(self.account, number, draft.points)

    def leg(self, draft: Draft, bucket: str, amount: int) -> None:
        """Put an amount into a bucket (or, negative, take it out), on the draft and on the account's numbers."""
        draft.legs[bucket] += amount
        if bucket in MEMBER_BUCKETS:
            shown = -amount if bucket == Bucket.DEBT else amount
            setattr(self.account, bucket, getattr(self.account, bucket) + shown)

    def take(
        self, draft: Draft, points: int, *, lots: Iterable[Lot] | None = None, instead_of: Lot | None = None
    ) -> int:
        """Take up to so many points, earliest expiry first, out of these lots or all usable ones; return how many."""
        left = points
        for lot in in_order_of_use(self.usable() if lots is None else lots):
            taken = min(left, lot.remaining)
            if taken:
                self.leg(draft, Bucket.PENDING if lot.state == PENDING else Bucket.AVAILABLE, -taken)
                self.move(draft, lot, -taken, instead_of=instead_of)
                left -= taken
        return points - left

    def move(self, draft: Draft, lot: Lot, amount: int, *, instead_of: Lot | None = None) -> None:
        """Note points that leave a lot or come back to it."""
        lot.remaining += amount
        if not lot.remaining:
            lot.state = Lot.State.SPENT
        elif lot.state not in (PENDING, ACTIVE):
            lot.state = ACTIVE
        draft.changed[lot.pk] = lot
        if amount:
            draft.moves.append((lot, amount, instead_of))
        self.due(lot.expires_at)

    def pay_debt(self, draft: Draft, points: int) -> int:
        """Pay off what the account owes with points that come in; return how many are left of them."""
        paid = min(points, self.account.debt)
        if paid:
            self.leg(draft, Bucket.DEBT, paid)
        return points - paid

    def award(self, draft: Draft, points: int, terms: LotTerms, *, origin: Lot | None = None) -> None:
        """Open a lot of new points; those that are usable at once pay off the debt first.

        Args:
            origin: the lot of another account that this one continues.
        """
        is_pending = terms.activates_at > self.now
        left = points if is_pending else self.pay_debt(draft, points)
        if left:
            self.leg(draft, Bucket.PENDING if is_pending else Bucket.AVAILABLE, left)
        state = PENDING if is_pending else ACTIVE if left else Lot.State.SPENT
        draft.new_lots.append(NewLot(points, left, state, terms, origin and origin.award_id, origin and origin.pk))
        self.due(terms.activates_at if is_pending else terms.expires_at if left else None)

    def due(self, moment: datetime | None) -> None:
        """Have the account looked at no later than at this moment."""
        if moment is not None and (self.account.due_at is None or moment < self.account.due_at):
            self.account.due_at = moment

    def usable(self) -> list[Lot]:
        """Return the lots that hold usable points."""
        return [lot for lot in self.lots if lot.state == ACTIVE]


def in_order_of_use(lots: Iterable[Lot]) -> list[Lot]:
    """Return lots as they are used: those paid for last, then by expiry (never comes last), age and number."""
    return sorted(
        lots,
        key=lambda lot: (
            lot.kind == LotKind.PAID,
            lot.expires_at is None,
            lot.expires_at or lot.activates_at,
            lot.activates_at,
            lot.pk,
        ),
    )
