"""F13: the database refuses what nobody may do to the ledger, whoever asks."""

import pytest
from django.db import DatabaseError, connection, transaction

from loyalty import ledger
from loyalty.models import Account, Entry, Hold, Lot, LotMove, RuleVersion, Transaction
from tests.factories import make_user
from tests.loyalty.ledger.bookings import NOW, account, earn, hold, numbers, redeem

pytestmark = pytest.mark.django_db

BOOKED = "program_id, account_id, kind, points, source_system, reference, line, occurred_at, posted_at, reason, note"


@pytest.fixture
def member() -> Account:
    opened = account()
    earn(opened, 100)
    redeem(opened, 30)
    ledger.void(hold(opened, 20).pk, now=NOW)
    RuleVersion.objects.create(program=opened.program, rule="base", number=1, content={"percent": 1})
    connection.check_constraints()
    return opened


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE loyalty_entry SET amount = amount + 1",
        "UPDATE loyalty_entry SET balance_after = 0 WHERE seq = 1",
        "DELETE FROM loyalty_entry",
        "UPDATE loyalty_transaction SET points = points + 1",
        "UPDATE loyalty_transaction SET occurred_at = now()",
        "UPDATE loyalty_transaction SET note = 'later thought'",
        "DELETE FROM loyalty_transaction",
        "UPDATE loyalty_lotmove SET amount = amount - 1",
        "DELETE FROM loyalty_lotmove",
        "UPDATE loyalty_ruleversion SET content = '{}'",
        "DELETE FROM loyalty_ruleversion",
        "UPDATE loyalty_lot SET original = original + 1",
        "UPDATE loyalty_lot SET expires_at = expires_at + interval '1 year'",
        "UPDATE loyalty_lot SET remaining = original + 1",
        "DELETE FROM loyalty_lot",
        "UPDATE loyalty_hold SET state = 'captured'",
        "UPDATE loyalty_hold SET state = 'open', resolution_id = NULL",
        "DELETE FROM loyalty_hold",
        "UPDATE loyalty_account SET available = available + 1",
        "UPDATE loyalty_account SET available = -1, last_seq = last_seq + 1",
        "UPDATE loyalty_account SET debt = 5, last_seq = last_seq + 1",
        "UPDATE loyalty_account SET last_seq = last_seq - 1",
        "INSERT INTO loyalty_entry (transaction_id, bucket, amount) SELECT id, 'issued', -5 FROM loyalty_transaction",
        "INSERT INTO loyalty_entry (transaction_id, account_id, bucket, amount, seq, balance_after)"
        " SELECT id, account_id, 'available', 5, 1, 5 FROM loyalty_transaction LIMIT 1",
        "INSERT INTO loyalty_entry (transaction_id, bucket, amount) SELECT id, 'available', 5 FROM loyalty_transaction",
        "INSERT INTO loyalty_lotmove (transaction_id, lot_id, amount) SELECT made_by_id, id, 0 FROM loyalty_lot",
    ],
)
def test_what_is_booked_stays_as_it_is(member: Account, statement: str) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert numbers(member) == (70, 0, 0, 0)


def test_copied_entries_have_to_add_up_too(member: Account) -> None:
    booked = Transaction.objects.filter(account=member).first()

    def copy_in() -> None:
        columns = "COPY loyalty_entry (transaction_id, bucket, amount) FROM STDIN"
        with transaction.atomic(), connection.cursor() as cursor, cursor.copy(columns) as copy:
            copy.write_row((booked.pk, "issued", -5))

    with pytest.raises(Exception, match="do not add up to zero"):
        copy_in()

    assert Entry.objects.filter(amount=-5).count() == 0


def test_a_transaction_without_entries_is_not_committed(member: Account) -> None:
    Transaction.objects.create(
        program=member.program, account=member, kind="expire", points=5, occurred_at=NOW, posted_at=NOW
    )

    with pytest.raises(DatabaseError, match="has no entries"):
        connection.check_constraints()


def test_no_more_is_taken_back_than_there_was(member: Account) -> None:
    earned = Transaction.objects.get(account=member, kind="earn")

    terms = {"program": member.program, "account": member, "kind": "claw_back", "reverses": earned}
    terms |= {"points": 60, "source_system": "till", "occurred_at": NOW, "posted_at": NOW}
    Transaction.objects.create(**terms, reference="one")

    with pytest.raises(DatabaseError, match="More than its 100 points"):
        Transaction.objects.create(**terms, reference="two")


def test_no_dead_points_are_used(member: Account) -> None:
    lot = Lot.objects.get(account=member)
    late = Transaction.objects.create(
        program=member.program, account=member, kind="redeem", points=5, source_system="till", reference="late",
        occurred_at=lot.expires_at, posted_at=lot.expires_at,
    )  # fmt: skip

    with pytest.raises(DatabaseError, match="have expired"):
        LotMove.objects.create(transaction=late, lot=lot, amount=-5)


@pytest.mark.parametrize("given", [{"by": None}, {"reason": ""}])
def test_an_adjustment_names_a_person_and_a_reason(member: Account, given: dict) -> None:
    terms = {"kind": "adjust", "points": 5, "reason": "goodwill", "by": make_user("clerk")} | given

    with pytest.raises(DatabaseError, match="adjustment_has_a_reason_and_a_person"), transaction.atomic():
        Transaction.objects.create(program=member.program, account=member, occurred_at=NOW, posted_at=NOW, **terms)


def test_an_erasure_empties_the_note_and_nothing_else(member: Account) -> None:
    given = ledger.adjust(member.pk, 5, reason="goodwill", note="for Kim", by=make_user("clerk"), now=NOW)

    Transaction.objects.filter(pk=given.transaction_id).update(note="")

    assert Transaction.objects.get(pk=given.transaction_id).note == ""


def test_the_role_of_the_application_is_not_granted_to_change_what_is_booked() -> None:
    """A superuser is beyond grants, so that the grants of an ordinary owner are read where they are written."""
    kept = ["loyalty_entry", "loyalty_lotmove", "loyalty_lotpostponement", "loyalty_ruleversion", "loyalty_transaction"]
    never_deleted = [*kept, "loyalty_lot", "loyalty_hold"]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, acl.privilege_type FROM pg_class, aclexplode(relacl) acl WHERE acl.grantee = relowner"
            " AND (relname = ANY(%s) AND acl.privilege_type = 'UPDATE'"
            "   OR relname = ANY(%s) AND acl.privilege_type = 'DELETE')",
            [kept, never_deleted],
        )
        granted = cursor.fetchall()

    assert granted == []


def test_a_receipt_is_booked_once_whoever_writes_it(member: Account) -> None:
    booked = Transaction.objects.filter(account=member, kind="redeem").values(
        *("program_id", "account_id", "kind", "points", "source_system", "reference", "line"), "occurred_at"
    )

    with pytest.raises(DatabaseError, match="receipt_once"), transaction.atomic():
        Transaction.objects.create(**booked.get(), posted_at=NOW)

    assert numbers(member) == (70, 0, 0, 0)


def test_a_hold_is_resolved_once(member: Account) -> None:
    resolved = Hold.objects.get(account=member)

    with pytest.raises(DatabaseError, match="resolved once"), transaction.atomic():
        Hold.objects.filter(pk=resolved.pk).update(expires_at=NOW)
