"""What went wrong with points in other shops, each pitfall named after what happened there (T1–T15)."""

from collections.abc import Callable
from itertools import permutations

import pytest

from loyalty import ledger
from loyalty.errors import LedgerRefused
from loyalty.ledger import LotTerms, Posting
from loyalty.ledger.checking import differences
from loyalty.models import Account, Entry, Program, RuleVersion, Transaction
from tests.factories import make_user
from tests.loyalty.ledger.bookings import (
    DAY,
    NOW,
    account,
    adjust,
    claw_back,
    earn,
    give_back,
    hold,
    numbers,
    receipt,
    redeem,
)

pytestmark = pytest.mark.django_db


def test_t1_buy_earn_refund_keep_the_points_and_again() -> None:
    member = account()

    for _ in range(100):
        claw_back(earn(member, 10), 10)

    assert numbers(member) == (0, 0, 0, 0)
    assert differences() == []


@pytest.mark.parametrize(
    ("returned_use", "returned_award", "left"),
    [(0, 0, 120), (300, 0, 420), (100, 0, 220), (0, 70, 50), (300, 70, 350), (100, 35, 185), (299, 69, 350)],
)
def test_t2_a_refund_takes_used_points_a_second_time(returned_use: int, returned_award: int, left: int) -> None:
    """350 points, 300 of them used for a purchase that earns 70; then it is returned in whole or in part."""
    member = account()
    earn(member, 350)
    used, earned = redeem(member, 300), earn(member, 70)

    if returned_use:
        give_back(used, returned_use)
    if returned_award:
        claw_back(earned, returned_award)

    assert numbers(member) == (left, 0, 0, 0)


def test_t3_what_a_refund_is_gets_guessed_from_negative_amounts() -> None:
    member = account()
    earn(member, 100)

    for negative in (lambda: earn(member, -10), lambda: redeem(member, -10)):
        with pytest.raises(LedgerRefused) as refusal:
            negative()
        assert refusal.value.code == "BAD_AMOUNT"

    with pytest.raises(Transaction.DoesNotExist):
        ledger.give_back(0, 10, receipt=receipt(), occurred_at=NOW)
    assert numbers(member) == (100, 0, 0, 0)


def test_t5_only_the_net_of_earning_and_using_is_recorded() -> None:
    member, paper = account(), receipt()
    earn(member, 500)

    redeem(member, 200, of=paper)
    earn(member, 30, of=paper)

    legs = Entry.objects.filter(account=member, transaction__reference=paper.reference).order_by("seq")
    assert list(legs.values_list("amount", flat=True)) == [-200, 30]


def test_t7_the_balance_is_checked_in_total_and_taken_from_one_kind_only() -> None:
    """Points earned in a store by a till are used on the web, once."""
    member = account()
    ledger.earn(
        member.pk, 100, receipt=ledger.Receipt("till", "1"), occurred_at=NOW, now=NOW,
        terms=LotTerms(NOW, NOW + DAY, "promotion"),
    )  # fmt: skip

    ledger.redeem(member.pk, 100, receipt=ledger.Receipt("web", "1"), occurred_at=NOW, now=NOW)
    with pytest.raises(LedgerRefused):
        ledger.redeem(member.pk, 100, receipt=ledger.Receipt("web", "2"), occurred_at=NOW, now=NOW)

    assert numbers(member) == (0, 0, 0, 0)


def test_t8_used_points_expire_and_their_use_stays() -> None:
    """Had the used 100 expired as well, the 50 that are valid would be gone."""
    member = account()
    earn(member, 100, days=10)
    redeem(member, 100)
    earn(member, 50, days=100)

    ledger.expire_due(NOW + 20 * DAY)

    assert numbers(member) == (50, 0, 0, 0)


@pytest.mark.parametrize("order", list(permutations(["cancel", "refund", "expire"])), ids="-".join)
def test_t9_the_order_of_cancel_refund_and_expiry_gives_another_balance(order: tuple[str, ...]) -> None:
    member, now = account(), NOW
    earned = earn(member, 100, days=10)
    used = redeem(member, 60)
    earn(member, 1_000, days=None)

    for step in order:
        if step == "expire":
            now = NOW + 10 * DAY
            ledger.expire_due(now)
        else:
            _ = give_back(used, 60, at=now) if step == "cancel" else claw_back(earned, 100, at=now)

    assert numbers(member) == (1_000, 0, 0, 0)


def test_t10_a_refund_is_computed_with_the_rule_of_today() -> None:
    """The award keeps the version of its rule and what it was computed from; what comes back is what was awarded."""
    member = account()
    version = RuleVersion.objects.create(program=member.program, rule="base", number=1, content={"percent": 5})
    earned = ledger.earn(
        member.pk, 500, receipt=receipt(), occurred_at=NOW, terms=LotTerms(NOW, None), rule_version=version,
        details={"paid": 10_000}, now=NOW,
    )  # fmt: skip
    RuleVersion.objects.create(program=member.program, rule="base", number=2, content={"percent": 1})

    ledger.reverse(earned.transaction_id, reason="wrong_booking", by=None, now=NOW)

    booked = Transaction.objects.get(pk=earned.transaction_id)
    assert numbers(member) == (0, 0, 0, 0)
    assert (booked.rule_version, booked.details) == (version, {"paid": 10_000})


def test_t13_the_guard_against_using_twice_hurts_who_paid() -> None:
    """Both ends of the same checkout hear that it is booked; neither is refused."""
    member, paper = account(), receipt()
    earn(member, 100)

    both = [redeem(member, 100, of=paper), redeem(member, 100, of=paper)]

    assert [posting.is_replay for posting in both] == [False, True]
    assert both[0].transaction_id == both[1].transaction_id


def test_t14_sums_kept_by_the_application_miss_what_is_changed_in_bulk() -> None:
    member = account()
    earn(member, 100)

    with pytest.raises(Exception, match="append-only"):
        Entry.objects.filter(account=member).update(amount=1)


# By somebody's wish: refused below zero. By a return: a debt. On every path, the quick ones and those of batches too.
WISHES: dict[str, Callable[[Account], object]] = {
    "use": lambda member: redeem(member, 101),
    "hold": lambda member: hold(member, 101),
    "adjustment": lambda member: adjust(member, -101, by=make_user("clerk")),
}
RETURNS: dict[str, Callable[[Posting], object]] = {
    "return": lambda award: claw_back(award, 100),
    "return in parts": lambda award: [claw_back(award, 30), claw_back(award, 70)],
    "reversal": lambda award: ledger.reverse(award.transaction_id, reason="wrong_booking", by=None, now=NOW),
    "many returns": lambda award: ledger.claw_back_many(RETURNED, [award.transaction_id], now=NOW),
}
RETURNED = (
    "SELECT %s AS award_id, 100 AS points, 'shop' AS source_system, '1' AS reference, '' AS line, now() AS occurred_at,"
    " NULL AS store_id"
)


@pytest.mark.parametrize("back", RETURNS)
@pytest.mark.parametrize("wish", WISHES)
def test_t15_the_rule_about_negative_balances_holds_on_one_path_only(wish: str, back: str) -> None:
    """Whatever takes points by somebody's wish refuses to go below zero; a return makes a debt."""
    member = account()
    earned = earn(member, 100)

    with pytest.raises(LedgerRefused) as refusal:
        WISHES[wish](member)
    redeem(member, 100)
    RETURNS[back](earned)

    assert refusal.value.code == "INSUFFICIENT_POINTS"
    assert numbers(member) == (0, 0, 0, 100)


@pytest.mark.parametrize("wish", WISHES)
def test_t15_who_owes_can_use_nothing_on_any_path_until_it_is_paid(wish: str) -> None:
    member = account()
    earned = earn(member, 100)
    redeem(member, 100)
    claw_back(earned, 100)

    with pytest.raises(LedgerRefused):
        WISHES[wish](member)
    earn(member, 150)

    assert numbers(member) == (50, 0, 0, 0)


def test_t15_no_silent_clamp_at_zero_hides_a_broken_book() -> None:
    member = account()
    earned = earn(member, 100)
    redeem(member, 70)

    claw_back(earned, 100)

    assert numbers(member) == (0, 0, 0, 70)
    assert differences() == []


def test_points_are_whole_and_never_floats() -> None:
    for model in (Account, Entry, Transaction, Program):
        kinds = {field.get_internal_type() for field in model._meta.get_fields() if hasattr(field, "get_internal_type")}
        assert not kinds & {"FloatField", "DecimalField"}
