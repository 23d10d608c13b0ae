"""F5: whatever members, tills and the clock do in whatever order, the ledger stands where the plain model stands.

Small here; 500 examples of 60 steps with LEDGER=full (`make ledger-tests`).
"""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from loyalty import ledger
from loyalty.errors import LedgerRefused
from loyalty.ledger.checking import differences
from loyalty.models import Lot, Transaction
from tests.loyalty.ledger import bookings
from tests.loyalty.ledger.bookings import DAY, IS_FULL, NOW, receipt
from tests.loyalty.ledger.plain_model import Member

COUNTS = st.integers(min_value=1, max_value=9)
SHARES = st.floats(min_value=0.01, max_value=1)


class LedgerMachine(RuleBasedStateMachine):
    """One account in the database, and the same one in the model."""

    def __init__(self) -> None:
        super().__init__()
        self.undone = transaction.atomic()
        self.undone.__enter__()
        self.account, self.member, self.now = bookings.account(), Member(), NOW
        # What can still be taken back of awards and uses; the numbers of awards, uses and holds are the ledger's.
        self.awards: dict[int, int] = {}
        self.uses: dict[int, int] = {}
        self.holds: dict[int, int] = {}
        self.replays: list[Callable[[], object]] = []

    def teardown(self) -> None:
        connection.check_constraints()
        assert differences() == []
        transaction.set_rollback(True)
        self.undone.__exit__(None, None, None)

    def either_refuses(self, act: Callable[[], object], *, refused: bool) -> object:
        """Do it; where the model refuses the ledger has to, and then books only what is due."""
        try:
            done = act()
        except LedgerRefused:
            assert refused
            ledger.expire_due(self.now)
            return None
        assert not refused
        self.replays.append(act)
        return done

    @rule(points=COUNTS, days=st.sampled_from([1, 2, 3, 7, None]), pending=st.sampled_from([0, 0, 0, 1, 2]))
    def earn(self, points: int, days: int | None, pending: int) -> None:
        self.member.clock(self.now)
        days = days and days + pending
        paper, now = receipt(), self.now
        done = self.either_refuses(
            lambda: bookings.earn(self.account, points, days=days, pending=pending, at=now, of=paper), refused=False
        )
        dies_at = None if days is None else now + days * DAY
        self.member.earn(done.transaction_id, points, now + pending * DAY, dies_at, now)
        self.awards[done.transaction_id] = points

    @rule(points=COUNTS)
    def redeem(self, points: int) -> None:
        self.member.clock(self.now)
        paper, now = receipt(), self.now
        refused = self.member.debt > 0 or self.member.count("available") < points
        done = self.either_refuses(lambda: bookings.redeem(self.account, points, at=now, of=paper), refused=refused)
        if done:
            self.member.take(("used", done.transaction_id), points)
            self.uses[done.transaction_id] = points

    @rule(points=COUNTS, minutes=st.sampled_from([15, 24 * 60, 60 * 60]))
    def hold(self, points: int, minutes: int) -> None:
        self.member.clock(self.now)
        paper, now = receipt(), self.now
        refused = self.member.debt > 0 or self.member.count("available") < points
        done = self.either_refuses(
            lambda: bookings.hold(self.account, points, at=now, minutes=minutes, of=paper), refused=refused
        )
        if done:
            self.member.take(("hold", done.pk), points)
            self.member.holds[done.pk] = now + timedelta(minutes=minutes)
            self.holds[done.pk] = points

    @precondition(lambda self: self.holds)
    @rule(which=st.randoms(use_true_random=False), share=SHARES, is_used=st.booleans())
    def resolve(self, which: object, share: float, is_used: bool) -> None:
        self.member.clock(self.now)
        number = which.choice(sorted(self.holds))
        points, now = max(1, int(share * self.holds.pop(number))), self.now
        if not is_used:
            ledger.void(number, now=now)
            if number in self.member.holds:
                self.member.release(number)
        else:
            timed_out = number not in self.member.holds
            done = self.either_refuses(lambda: ledger.capture(number, points, now=now), refused=timed_out)
            if done:
                self.member.capture(number, points, done.transaction_id)
                self.uses[done.transaction_id] = points
        self.member.die(now)

    @precondition(lambda self: self.uses)
    @rule(which=st.randoms(use_true_random=False), share=SHARES)
    def give_back(self, which: object, share: float) -> None:
        self.member.clock(self.now)
        use = which.choice(sorted(self.uses))
        points, now, paper = max(1, int(share * 1.1 * self.uses[use])), self.now, receipt()
        used = bookings.Posting(use, 0, 0, 0, 0, 0)
        too_many = points > self.uses[use]
        if self.either_refuses(lambda: bookings.give_back(used, points, at=now, of=paper), refused=too_many):
            self.uses[use] -= points
            self.member.give_back(use, points)
            self.member.die(now)

    @precondition(lambda self: self.awards)
    @rule(which=st.randoms(use_true_random=False), share=SHARES)
    def claw_back(self, which: object, share: float) -> None:
        self.member.clock(self.now)
        award = which.choice(sorted(self.awards))
        points, now, paper = max(1, int(share * 1.1 * self.awards[award])), self.now, receipt()
        awarded = bookings.Posting(award, 0, 0, 0, 0, 0)
        too_many = points > self.awards[award]
        if self.either_refuses(lambda: bookings.claw_back(awarded, points, at=now, of=paper), refused=too_many):
            self.awards[award] -= points
            self.member.claw_back(award, points)

    @precondition(lambda self: self.replays)
    @rule(which=st.randoms(use_true_random=False))
    def send_again(self, which: object) -> None:
        """A till that got no answer asks again, hours later."""
        before = Transaction.objects.filter(account=self.account).exclude(kind__in=["void", "activate", "expire"])
        count = before.count()
        which.choice(self.replays)()
        assert before.count() == count

    @rule(hours=st.sampled_from([1, 8, 24, 48]))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule()
    def clock(self) -> None:
        """The job comes by."""
        self.member.clock(self.now)
        ledger.expire_due(self.now)

    @invariant()
    def both_stand_alike(self) -> None:
        member = self.member
        expected = (member.count("available"), member.count("pending"), member.held(), member.debt)
        assert bookings.numbers(self.account) == expected
        left = dict.fromkeys(self.awards, 0)
        for point in member.points:
            left[point.award] += point.place in ("available", "pending")
        assert dict(Lot.objects.filter(account=self.account).values_list("award", "remaining")) == left


@pytest.mark.django_db
@pytest.mark.slow
def test_the_ledger_stands_where_the_plain_model_stands() -> None:
    run_state_machine_as_test(
        LedgerMachine,
        settings=settings(
            max_examples=500 if IS_FULL else 50,
            stateful_step_count=60 if IS_FULL else 30,
            deadline=None,
            derandomize=not IS_FULL,
            suppress_health_check=list(HealthCheck),
        ),
    )
