"""A run from upload to result: a check stores nothing, an import goes on where it stood, twice changes nothing."""

from pathlib import Path

import pytest
from django.contrib.auth.models import User

from customers.imports import errors, files, passes, runs
from customers.models import Customer, ImportRun

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]
STATUS = ImportRun.Status


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path: Path) -> None:
    settings.IMPORT_DIR = tmp_path / "imports"


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
