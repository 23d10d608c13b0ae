"""A run from upload to result: a check stores nothing, an import goes on where it stood, twice changes nothing."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone

from crm_project.models import Kick
from customers.errors import FileRefused, ImportRefused
from customers.imports import errors, files, passes, personal_files, runs, storing
from customers.models import ConsentEntry, ConsentState, Customer, ImportRun, Order, PhoneOptOut, Product
from customers.privacy import erasure
from tests.customers.imports.test_platforms import SHOPIFY_ORDERS
from tests.factories import make_customer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]
STATUS = ImportRun.Status


@pytest.fixture
def operator() -> User:
    return User.objects.create_user("operator")


def uploaded(text: str | bytes, by: User, *, name: str = "file.csv", **given: str) -> ImportRun:
    content = text if isinstance(text, bytes) else text.encode()
    return runs.upload([content], name=name, by=by, **given)


def checked(run: ImportRun, mapped: list[str] | None = None, **given: object) -> ImportRun:
    runs.check_columns(run, mapped or run.mapping, **{"evidence": {}} | given)
    passes.carry_on(run.pk)
    run.refresh_from_db()
    return run


def imported(run: ImportRun, *, leaves_lines_out: bool = False) -> ImportRun:
    runs.start(run, leaves_lines_out=leaves_lines_out)
    passes.carry_on(run.pk)
    run.refresh_from_db()
    return run


def numbers(counts: dict[str, int]) -> tuple[int, ...]:
    return tuple(counts[name] for name in ("read", "new", "changed", "unchanged", "refused"))


PEOPLE = "회원번호,이름,휴대폰\n1,홍길동,010-1234-5678\n2,김단골,1098765432\n3,이영희,12\n"


def test_columns_are_proposed_from_their_korean_names(operator: User) -> None:
    run = uploaded(PEOPLE, operator)

    assert (run.kind, run.source, run.mapping) == ("customers", "shop", ["customer_id", "name", "phone"])


def test_a_check_counts_and_stores_nothing(operator: User) -> None:
    run = checked(uploaded(PEOPLE, operator))

    assert run.status == STATUS.CHECKED
    assert numbers(run.found) == (3, 2, 0, 0, 1)
    assert not Customer.objects.exists()


def test_an_import_stores_what_was_checked_and_names_what_was_not(operator: User) -> None:
    run = imported(checked(uploaded(PEOPLE, operator)), leaves_lines_out=True)

    assert run.status == STATUS.DONE
    assert numbers(run.stored) == (3, 2, 0, 0, 1)
    assert dict(Customer.objects.values_list("external_id", "phone")) == {"1": "+821012345678", "2": "+821098765432"}
    [error] = errors.read(files.errors(run))
    assert (error.line, error.field, error.value) == (4, "휴대폰", "**")
    assert error.cause == "This is not a phone number."
    assert error.remedy == "Write it like 010-1234-5678."


def test_a_file_imported_twice_changes_nothing(operator: User) -> None:
    imported(checked(uploaded(PEOPLE, operator)), leaves_lines_out=True)
    before = list(Customer.objects.values())

    again = imported(checked(uploaded(PEOPLE, operator)), leaves_lines_out=True)

    assert numbers(again.stored) == (3, 0, 0, 2, 1)
    assert list(Customer.objects.values()) == before


def test_columns_once_chosen_are_proposed_for_the_next_file_of_the_source(operator: User) -> None:
    text = "코드,별명,이름\nA1,길동이,홍길동\n"
    first = uploaded(text, operator, kind="customers", source="pos")
    assert first.mapping == ["", "", "name"]

    checked(first, ["customer_id", "attr.nickname", ""])

    assert uploaded(text, operator, kind="customers", source="pos").mapping == ["customer_id", "attr.nickname", ""]
    assert uploaded(text, operator, kind="customers", source="other").mapping == ["", "", "name"]


@pytest.mark.parametrize(
    ("mapped", "sentence"),
    [
        (["", "name", "phone"], "Choose the column that is “Customer number”"),
        (["customer_id", "name", "name"], "Two columns are chosen as “Name”"),
        (["customer_id", "name", "paid"], "“paid” is no column of ours"),
    ],
)
def test_a_choice_of_columns_that_cannot_be_imported_is_refused(
    operator: User, mapped: list[str], sentence: str
) -> None:
    run = uploaded(PEOPLE, operator)

    with pytest.raises(FileRefused, match=sentence):
        runs.check_columns(run, mapped, evidence={})

    run.refresh_from_db()
    assert run.status == STATUS.UPLOADED


def test_more_refused_lines_than_usual_take_a_persons_word(operator: User) -> None:
    run = checked(uploaded(PEOPLE, operator))

    with pytest.raises(ImportRefused, match="without the refused lines"):
        runs.start(run, leaves_lines_out=False)

    run.refresh_from_db()
    assert run.status == STATUS.CHECKED
    assert not Customer.objects.exists()


def test_a_file_of_refused_lines_only_cannot_be_imported(operator: User) -> None:
    run = checked(uploaded("회원번호,휴대폰\n1,12\n", operator))

    with pytest.raises(ImportRefused, match="Every line of the file would be refused"):
        runs.start(run, leaves_lines_out=True)


def test_rows_of_an_order_are_stored_together_wherever_they_stand(
    operator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passes, "RECORDS_OF_A_CHUNK", 1)
    Product.objects.bulk_create(Product(sku=f"P{number}", name="우유") for number in range(14))
    text = "order_id,placed_at,paid,sku,line_amount\n" + "".join(
        f"O{number % 7},2026-11-20,700,P{number},100\n" for number in range(14)
    )

    run = imported(checked(uploaded(text, operator)))

    assert numbers(run.found) == numbers(run.stored) == (14, 7, 0, 0, 0)
    assert [order.lines.count() for order in Order.objects.all()] == [2] * 7


def people(count: int) -> str:
    return "customer_id,name,phone\n" + "".join(
        f"C{number:04},김단골,{'12' if number % 10 == 3 else f'010-{1234 + number // 10_000}-{number % 10_000:04}'}\n"
        for number in range(count)
    )


def test_a_check_refuses_what_the_import_will_though_an_earlier_chunk_brings_the_buyer(
    operator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passes, "RECORDS_OF_A_CHUNK", 2)
    text = SHOPIFY_ORDERS.replace(",,Gildong Hong", ",,Gil\0dong Hong")

    run = checked(uploaded(text, operator))
    found = numbers(run.found)
    stored = numbers(imported(run, leaves_lines_out=True).stored)

    assert found == stored == (3, 1, 0, 0, 1)
    assert [each.cause for each in errors.read(files.errors(run))] == ["This contains a NUL character."]


def test_an_import_that_was_cut_goes_on_where_it_stood(operator: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passes, "RECORDS_OF_A_CHUNK", 20)
    run = checked(uploaded(people(100), operator))
    runs.start(run, leaves_lines_out=True)
    stored, whole = [], storing.store

    def cut_in_the_third(*args: object, **kwargs: object) -> None:
        whole(*args, **kwargs)
        stored.append(1)
        if len(stored) == 3:
            raise ConnectionError

    with monkeypatch.context() as cut:
        cut.setattr(storing, "store", cut_in_the_third)
        with pytest.raises(ConnectionError):
            passes.carry_on(run.pk)
    run.refresh_from_db()
    assert (run.status, Customer.objects.count(), run.stored["read"]) == (STATUS.FAILED, 36, 40)

    runs.resume(run)
    passes.carry_on(run.pk)

    run.refresh_from_db()
    assert (run.status, numbers(run.stored)) == (STATUS.DONE, (100, 90, 0, 0, 10))
    assert [error.line for error in errors.read(files.errors(run))] == [number + 2 for number in range(3, 100, 10)]


def test_a_cancelled_import_keeps_what_it_stored_and_can_go_on(operator: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passes, "RECORDS_OF_A_CHUNK", 20)
    run = checked(uploaded(people(100), operator))
    runs.start(run, leaves_lines_out=True)
    whole = storing.store

    def ask_to_stop(*args: object, **kwargs: object) -> None:
        whole(*args, **kwargs)
        runs.cancel(run)

    with monkeypatch.context() as stopped:
        stopped.setattr(storing, "store", ask_to_stop)
        passes.carry_on(run.pk)
    run.refresh_from_db()
    assert (run.status, Customer.objects.count()) == (STATUS.CANCELLED, 18)

    runs.resume(run)
    passes.carry_on(run.pk)

    run.refresh_from_db()
    assert (run.status, numbers(run.stored)) == (STATUS.DONE, (100, 90, 0, 0, 10))


def test_a_run_whose_process_died_is_woken(operator: User) -> None:
    run = uploaded(PEOPLE, operator)
    runs.check_columns(run, run.mapping, evidence={})
    Kick.objects.all().delete()

    runs.wake_forgotten()

    assert Kick.objects.get().argument == run.pk


UNDATED = "customer_id,이메일 수신동의,SMS 수신동의\n1,Y,N\n2,Y,Y\n"


def test_consents_without_a_date_stay_out_unless_somebody_brings_evidence(operator: User) -> None:
    imported(checked(uploaded(UNDATED, operator)))

    assert not ConsentEntry.objects.exists()


def test_consents_without_a_date_come_in_with_their_evidence(operator: User) -> None:
    evidence = {"file": "form.pdf", "sha256": "0" * 64, "note": "가입 신청서"}
    run = checked(uploaded(UNDATED, operator), undated="with_evidence", evidence=evidence)

    run = imported(run)

    said = ConsentEntry.objects.values_list("customer__external_id", "channel", "is_undated", "evidence__note")
    assert sorted(said) == [
        ("1", "email", True, "가입 신청서"),
        ("2", "email", True, "가입 신청서"),
        ("2", "sms", True, "가입 신청서"),
    ]
    assert run.stored["granted"] == 3


def test_a_dated_withdrawal_outweighs_a_consent_without_a_date(operator: User) -> None:
    """I-08: whichever came in first."""
    dated = "customer_id,consent.email,consent.email.at\n1,N,2026-01-02\n"
    imported(checked(uploaded(dated, operator)))

    evidence = {"file": "form.pdf", "sha256": "0" * 64, "note": "가입 신청서"}
    imported(checked(uploaded(UNDATED, operator), undated="with_evidence", evidence=evidence))

    assert not ConsentState.objects.get(customer__external_id="1", channel="email").is_granted
    assert ConsentState.objects.get(customer__external_id="2", channel="email").is_granted


def test_a_consent_without_a_date_does_not_bring_back_what_an_erased_person_agreed_to(operator: User) -> None:
    """P-06: nobody knows whether it was said before the erasure, so it counts as before."""
    erasure.erase([make_customer(email="gildong@example.com").pk], by=None)
    with_contact = "customer_id,email,이메일 수신동의\n1,gildong@example.com,Y\n2,other@example.com,Y\n"

    evidence = {"file": "form.pdf", "sha256": "0" * 64, "note": "가입 신청서"}
    run = imported(checked(uploaded(with_contact, operator), undated="with_evidence", evidence=evidence))

    said = ConsentEntry.objects.filter(is_undated=True).values_list("customer__external_id", flat=True)
    assert (list(said), run.stored["granted"]) == (["2"], 1)


def test_evidence_must_be_brought_for_consents_without_a_date(operator: User) -> None:
    with pytest.raises(ImportRefused, match="Bring the evidence"):
        checked(uploaded(UNDATED, operator), undated="with_evidence")


def test_calls_to_the_080_number_are_a_kind_of_facts(operator: User) -> None:
    customer = make_customer(phone="+821012345678")
    text = "수신거부번호,수신거부일시\n01012345678,2026-11-20 10:00\n1099998888,2026-11-20 11:00\n12,2026-11-20 11:00\n"

    run = imported(checked(uploaded(text, operator)), leaves_lines_out=True)

    assert (run.kind, numbers(run.stored)) == ("opt_outs", (3, 2, 0, 0, 1))
    said = ConsentEntry.objects.get(customer=customer)
    heard = PhoneOptOut.objects.get(phone=customer.phone)
    assert (said.action, said.actor, said.evidence) == (
        "withdrawn",
        operator,
        {"opt_out": heard.pk, "file": run.file_name},
    )
    assert (heard.file_name, heard.recorded_by) == (run.file_name, operator)


def test_a_refused_file_leaves_nothing_behind(operator: User) -> None:
    with pytest.raises(FileRefused):
        uploaded(b"PK\x03\x04 no workbook", operator)

    assert not ImportRun.objects.exists()
    assert list(settings.IMPORT_DIR.iterdir()) == []


def test_old_files_are_deleted_and_the_numbers_stay(operator: User) -> None:
    run = imported(checked(uploaded(PEOPLE, operator)), leaves_lines_out=True)
    young = uploaded(PEOPLE, operator)
    ImportRun.objects.filter(pk=run.pk).update(created_at=timezone.now() - timedelta(days=15))

    assert runs.delete_old_files() == 1

    run.refresh_from_db()
    assert (files.folder(run).exists(), files.folder(young).exists()) == (False, True)
    assert numbers(run.stored) == (3, 2, 0, 0, 1)


def test_files_that_name_an_erased_person_are_deleted(operator: User) -> None:
    named = imported(checked(uploaded(PEOPLE.encode("cp949"), operator)), leaves_lines_out=True)
    others = uploaded("회원번호,이름\n9,박다른\n", operator)
    hong = Customer.objects.get(external_id="1")
    assert personal_files.search(["홍길동"]) == [str(files.records(named)), str(files.uploaded(named))]

    assert personal_files.delete_naming([hong]) == 1

    assert personal_files.search(["홍길동", "010-1234-5678"]) == []
    assert files.uploaded(others).exists()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_an_import_whose_process_is_killed_loses_and_doubles_nothing(operator: User, environment: dict) -> None:
    environment["VAR_DIR"] = str(Path(settings.IMPORT_DIR).parent)
    run = checked(uploaded(people(6_000), operator))
    runs.start(run, leaves_lines_out=True)
    program = f"from customers.imports import passes; passes.RECORDS_OF_A_CHUNK = 60; passes.carry_on({run.pk})"
    process = subprocess.Popen([sys.executable, "manage.py", "shell", "-c", program], env=environment)

    while not run.position:
        assert process.poll() is None
        run.refresh_from_db()
    process.kill()
    process.wait()

    run.refresh_from_db()
    assert 0 < Customer.objects.count() < 5_400
    passes.carry_on(run.pk)
    run.refresh_from_db()
    assert numbers(run.stored) == (6_000, 5_400, 0, 0, 600)
    assert Customer.objects.count() == 5_400
    assert sum(1 for _error in errors.read(files.errors(run))) == 600
