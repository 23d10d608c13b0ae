"""Two customers that are one person become one, and two again if that was wrong.

`merge` moves the rows of every declared table to the kept customer, fills in values, replays both consent ledgers as
one and recomputes the statistics; the other row stays, points at the kept one and is in no list any more. All in one
transaction, under a lock on both customers that facts about them wait for. `undo` puts back the rows by the ids that
were kept; what came in after the merge stays with the kept customer. Of what was said about consent meanwhile,
refusals count for both (L-05): nobody can tell any more as which of the two the person refused.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from time import sleep
from typing import TypeVar

from django.contrib.auth.models import User
from django.db import OperationalError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from psycopg.errors import LockNotAvailable

from customers import consent, stats
from customers.consent import Action, ConsentExpression
from customers.errors import MergeRefused
from customers.identity import values
from customers.identity.moving import give, move_rows, moving_tables
from customers.models import ConsentEntry, Customer, CustomerMerge, DuplicatePair
from customers.personal_data import everyone_behind
from customers.segments.refresh import touch

UNDO_DAYS = 30
# Shorter than PostgreSQL takes to look for a deadlock, so that it is always the merge that gives way to an import.
LOCK_WAIT = "300ms"
ATTEMPTS = 8
PAUSE_SECONDS = 0.25

Result = TypeVar("Result")


def merge(kept_id: int, merged_id: int, *, by: User | None, take: Collection[str] | None = None) -> CustomerMerge:
    """Join one customer to another.

    Args:
        take: the fields whose value the kept customer takes from the other; None: those the rules propose.

    Raises:
        MergeRefused: the two are one row, one of them is merged or erased already, a contact from a marketplace would
            be kept for the shop's own customer (I-07), or facts about them are being written for longer than a person
            waits.
    """
    return _when_free(lambda: _merge(kept_id, merged_id, by=by, take=take))


def undo(merge_id: int, *, by: User | None) -> CustomerMerge:
    """Make two customers of a merged one again, within 30 days.

    Raises:
        MergeRefused: it was undone already, is too long ago, or a later merge has to be undone first.
    """
    return _when_free(lambda: _undo(merge_id, by=by))


def last_day_to_undo(done: CustomerMerge) -> datetime:
    """Return the moment until which a merge can be undone."""
    return done.merged_at + timedelta(days=UNDO_DAYS)


def can_be_undone(done: CustomerMerge) -> bool:
    """Tell whether a merge still holds and is young enough; a later one may still have to be undone first."""
    return done.undone_at is None and timezone.now() <= last_day_to_undo(done)


@transaction.atomic
def _merge(kept_id: int, merged_id: int, *, by: User | None, take: Collection[str] | None) -> CustomerMerge:
    kept, merged = _locked(kept_id, merged_id)
    _refuse_impossible(kept, merged)
    taken = values.taken_over(kept, merged, take)
    done = CustomerMerge(kept=kept, merged=merged, merged_by=by, merged_at=timezone.now())
    done.former_values = values.packed(values.values_of(kept, taken))
    done.chosen_values = values.packed(taken)
    done.pair = _pair_of(kept_id, merged_id)
    values.write(kept, taken)
    done.moved = _move_all(kept_id, merged_id)
    Customer.objects.filter(pk=merged_id).update(merged_into=kept)
    done.save()
    _decide(done.pair, DuplicatePair.Status.MERGED, by=by)
    _recompute(kept_id, merged_id)
    return done


@transaction.atomic
def _undo(merge_id: int, *, by: User | None) -> CustomerMerge:
    done = CustomerMerge.objects.select_for_update().get(pk=merge_id)
    kept, _merged = _locked(done.kept_id, done.merged_id)
    _refuse_undo(done, kept)
    people = everyone_behind([done.kept_id])
    Customer.objects.filter(pk=done.merged_id).update(merged_into=None)
    # The other way round, so that a table that asks another one finds it as it was.
    for table in reversed(list(moving_tables())):
        give(table, done.moved.get(table.name, []), from_id=done.kept_id, to_id=done.merged_id)
    values.write(kept, _values_to_put_back(done, kept))
    _decide(done.pair, DuplicatePair.Status.OPEN, by=None)
    done.undone_by, done.undone_at = by, timezone.now()
    done.save(update_fields=["undone_by", "undone_at"])
    _share_withdrawals(done, people=people)
    _recompute(done.kept_id, done.merged_id)
    return done


def _locked(kept_id: int, merged_id: int) -> tuple[Customer, Customer]:
    """Lock both, so that whoever inserts a fact about them waits, and read them as they are then."""
    found = Customer.objects.select_for_update().order_by("pk").in_bulk([kept_id, merged_id])
    if len(found) != 2:
        raise MergeRefused(_("Choose two different customers that both exist."))
    return found[kept_id], found[merged_id]


def _refuse_impossible(kept: Customer, merged: Customer) -> None:
    if kept.merged_into_id or merged.merged_into_id:
        raise MergeRefused(_("One of them was merged already. Open the customer it was merged into."))
    if kept.erased_at or merged.erased_at:
        raise MergeRefused(_("The data of one of them was erased; there is nothing left to merge."))
    if kept.is_marketplace_contact and not merged.is_marketplace_contact:
        # The one that is left would be a contact from a marketplace, and what the other agreed to count for nothing.
        raise MergeRefused(
            _(
                "A contact from a marketplace gets no advertising, whatever they agreed to as the shop's own customer."
                " Keep the shop's own customer: press “%(button)s”."
            )
            % {"button": _("Keep the other one")}
        )


def _refuse_undo(done: CustomerMerge, kept: Customer) -> None:
    if done.undone_at:
        raise MergeRefused(_("This merge was undone already."))
    if timezone.now() > last_day_to_undo(done):
        raise MergeRefused(_("A merge can be undone for %(days)d days; this one is older.") % {"days": UNDO_DAYS})
    if kept.erased_at:
        raise MergeRefused(_("The customer's data was erased since; nothing is left to divide."))
    later = CustomerMerge.objects.filter(pk__gt=done.pk, undone_at=None)
    if kept.merged_into_id or later.filter(kept=done.kept_id).exists():
        raise MergeRefused(_("The customer was merged again later. Undo the later merge first."))


def _move_all(kept_id: int, merged_id: int) -> dict[str, list[int]]:
    moved = {table.name: move_rows(table, kept_id=kept_id, merged_id=merged_id) for table in moving_tables()}
    return {name: ids for name, ids in moved.items() if ids}


def _values_to_put_back(done: CustomerMerge, kept: Customer) -> dict[str, object]:
    """Return the former values of the fields that nobody has changed since the merge."""
    now = values.packed(values.values_of(kept, done.chosen_values))
    unchanged = [name for name, value in done.chosen_values.items() if now[name] == value]
    return values.unpacked({name: done.former_values[name] for name in unchanged})


def _share_withdrawals(done: CustomerMerge, *, people: Collection[int]) -> None:
    """Write what was withdrawn by any of these people since the merge into both ledgers."""
    withdrawn = ConsentEntry.objects.filter(
        customer__in=people, action=Action.WITHDRAWN, recorded_at__gte=done.merged_at
    ).order_by("pk")
    by_method: dict[str, list[ConsentExpression]] = defaultdict(list)
    for entry in withdrawn:
        evidence = {"merge": done.pk, "entry": entry.pk}
        said = entry.purpose, entry.action, entry.occurred_at, entry.channel, entry.wording_version, evidence
        others = {done.kept_id, done.merged_id} - {entry.customer_id}
        by_method[entry.method] += [ConsentExpression(other, *said) for other in sorted(others)]
    for method, expressions in by_method.items():
        # The person was told the result when they said it (L-12).
        consent.record_many(expressions, method=method, actor=done.undone_by, is_new=False)


def _recompute(kept_id: int, merged_id: int) -> None:
    consent.rebuild_states_of([kept_id, merged_id])
    stats.refresh([kept_id, merged_id])
    touch([kept_id, merged_id])


def _pair_of(kept_id: int, merged_id: int) -> DuplicatePair | None:
    first, second = sorted([kept_id, merged_id])
    return DuplicatePair.objects.filter(first=first, second=second).first()


def _decide(pair: DuplicatePair | None, status: str, *, by: User | None) -> None:
    if pair:
        decided_at = None if status == DuplicatePair.Status.OPEN else timezone.now()
        DuplicatePair.objects.filter(pk=pair.pk).update(status=status, decided_by=by, decided_at=decided_at)


@contextmanager
def _waiting_at_most(milliseconds: str) -> Iterator[None]:
    """Let statements give up on a lock; what follows in a transaction of the caller waits as it did before."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout')")
        (before,) = cursor.fetchone()
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [milliseconds])
        yield  # an error rolls back to where this began, the setting with it
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [before])


def _when_free(act: Callable[[], Result]) -> Result:
    """Do it as soon as nobody else is writing about these customers.

    Raises:
        MergeRefused: somebody was, all the time.
    """
    for _attempt in range(ATTEMPTS):
        try:
            with transaction.atomic(), _waiting_at_most(LOCK_WAIT):
                return act()
        except OperationalError as error:
            if not isinstance(error.__cause__, LockNotAvailable):
                raise
        sleep(PAUSE_SECONDS)
    raise MergeRefused(_("Orders or visits of these customers are being stored right now. Try again in a minute."))
