"""Large adjustments of points: asked for by one, decided by another, booked once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.models import User
from django.db import connection

from loyalty.adjustments import asking
from loyalty.errors import LedgerRefused
from loyalty.ledger.transfers import transfer
from loyalty.models import Account, AskedAdjustment, Transaction
from tests.factories import make_customer, make_user
from tests.loyalty.ledger.bookings import account, numbers

pytestmark = pytest.mark.django_db

MAY_APPROVE = "loyalty.approve_adjustment"


@pytest.fixture
def clerk() -> User:
    return make_user("clerk")


@pytest.fixture
def head() -> User:
    return make_user("head", MAY_APPROVE)


def _ask(member: Account, by: User, points: int = 20_000) -> AskedAdjustment:
    return asking.ask(member.pk, points, reason="goodwill", note="damaged delivery", by=by)


def _fresh(person: User) -> User:
    """The person without permissions kept from before."""
    return User.objects.get(pk=person.pk)


def test_asking_books_nothing_and_an_agreement_books_it_with_both_names(clerk: User, head: User) -> None:
    member = account()
    asked = _ask(member, clerk)
    assert numbers(member) == (0, 0, 0, 0)

    posting = asking.agree(asked.pk, by=head, note="saw the pictures")

    booked = Transaction.objects.get(pk=posting.transaction_id)
    assert (booked.points, booked.by, booked.approved_by, booked.note) == (20_000, clerk, head, "damaged delivery")
    asked.refresh_from_db()
    assert (asked.status, asked.decided_by, asked.booked, asked.decision_note) == (
        "agreed", head, booked, "saw the pictures",
    )  # fmt: skip
    assert numbers(member) == (20_000, 0, 0, 0)


def test_a_refusal_says_why_and_books_nothing(clerk: User, head: User) -> None:
    member = account()
    asked = _ask(member, clerk)

    with pytest.raises(LedgerRefused) as wordless:
        asking.refuse(asked.pk, by=head, note=" ")
    asking.refuse(asked.pk, by=head, note="no proof")

    asked.refresh_from_db()
    assert wordless.value.code == "REASON_MISSING"
    assert (asked.status, asked.decision_note, asked.booked) == ("refused", "no proof", None)
    assert not Transaction.objects.exists()


def test_neither_who_asked_nor_the_member_nor_who_may_not_decides(clerk: User, head: User) -> None:
    asker = make_user("asker", MAY_APPROVE)
    member = account(make_customer(email="head@example.com"))
    User.objects.filter(pk=head.pk).update(email="Head@Example.com")
    asked = _ask(member, asker)

    codes = {}
    for name, person in {"asker": asker, "member": _fresh(head), "colleague": clerk}.items():
        for act in (asking.agree, asking.refuse):
            with pytest.raises(LedgerRefused) as refusal:
                act(asked.pk, by=person, note="fine")
            codes.setdefault(name, set()).add(refusal.value.code)

    assert codes == {"asker": {"NEEDS_APPROVAL"}, "member": {"OWN_ACCOUNT"}, "colleague": {"NEEDS_APPROVAL"}}
    asked.refresh_from_db()
    assert asked.status == "waiting"
    assert not Transaction.objects.exists()


def test_what_is_decided_is_decided(clerk: User, head: User) -> None:
    asked = _ask(account(), clerk)
    asking.agree(asked.pk, by=head)

    for again in (
        lambda: asking.agree(asked.pk, by=head),
        lambda: asking.refuse(asked.pk, by=head, note="no"),
        lambda: asking.withdraw(asked.pk, by=clerk),
    ):
        with pytest.raises(LedgerRefused) as refusal:
            again()
        assert refusal.value.code == "ALREADY_DECIDED"
    assert Transaction.objects.count() == 1


def test_only_who_asked_takes_it_back(clerk: User, head: User) -> None:
    member = account()
    asked = _ask(member, clerk)

    with pytest.raises(LedgerRefused) as refusal:
        asking.withdraw(asked.pk, by=head)
    asking.withdraw(asked.pk, by=clerk)

    assert refusal.value.code == "NOT_YOURS"
    assert _ask(member, clerk).status == "waiting"


def test_one_waits_for_a_member_at_a_time(clerk: User, head: User) -> None:
    member = account()
    _ask(member, clerk)

    with pytest.raises(LedgerRefused) as refusal:
        _ask(member, head, 30_000)

    assert refusal.value.code == "ALREADY_WAITING"
    assert AskedAdjustment.objects.count() == 1


@pytest.mark.parametrize(
    ("points", "given", "code"),
    [
        (0, {}, "BAD_AMOUNT"),
        (20_000, {"reason": ""}, "REASON_MISSING"),
        (20_000, {"note": ""}, "REASON_MISSING"),
        (100_001, {}, "OVER_DAILY_LIMIT"),
        (-100_001, {}, "OVER_DAILY_LIMIT"),
    ],
)
def test_what_could_never_be_booked_is_not_asked_for(clerk: User, points: int, given: dict, code: str) -> None:
    member = account()

    with pytest.raises(LedgerRefused) as refusal:
        asking.ask(member.pk, points, **{"reason": "goodwill", "note": "late"} | given, by=clerk)

    assert refusal.value.code == code
    assert not AskedAdjustment.objects.exists()


def test_a_note_that_is_too_long_is_kept_as_far_as_it_fits(clerk: User, head: User) -> None:
    asked = _ask(account(), clerk)

    asking.refuse(asked.pk, by=head, note="n" * 400)

    asked.refresh_from_db()
    assert (asked.status, asked.decision_note) == ("refused", "n" * 300)


def test_what_cannot_be_booked_waits_on(clerk: User, head: User) -> None:
    asked = _ask(account(), clerk, -20_000)

    with pytest.raises(LedgerRefused) as refusal:
        asking.agree(asked.pk, by=head)

    asked.refresh_from_db()
    assert (refusal.value.code, asked.status) == ("INSUFFICIENT_POINTS", "waiting")


def test_what_was_asked_for_a_merged_member_goes_to_the_kept_account(clerk: User, head: User) -> None:
    member, kept = account(), account()
    asked = _ask(member, clerk)
    transfer(member.pk, kept.pk, by=clerk)

    asking.agree(asked.pk, by=head)

    assert numbers(kept) == (20_000, 0, 0, 0)


def test_everybody_is_told_what_waits_for_them(clerk: User, head: User) -> None:
    other_head = make_user("other head", MAY_APPROVE)
    _ask(account(), clerk)
    _ask(account(), head)

    assert [asking.waiting_for(person).count() for person in (clerk, head, other_head)] == [0, 1, 2]


@pytest.mark.django_db(transaction=True)
def test_two_who_agree_at_once_book_it_once(clerk: User, head: User) -> None:
    asked, other = _ask(account(), clerk), make_user("other head", MAY_APPROVE)

    def agree(person: User) -> str:
        try:
            asking.agree(asked.pk, by=person)
        except LedgerRefused as refusal:
            return str(refusal.code)
        finally:
            connection.close()
        return "booked"

    with ThreadPoolExecutor(2) as people:
        said = sorted(people.map(agree, (head, other)))

    assert said == ["ALREADY_DECIDED", "booked"]
    assert Transaction.objects.count() == 1
