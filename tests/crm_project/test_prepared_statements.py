"""Statements that a connection plans once."""

import pytest
from django.db import connection, transaction

from crm_project import prepared_statements
from crm_project.prepared_statements import Call, PreparedStatement, array, remembered, text_array, together

pytestmark = pytest.mark.django_db


def known() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_prepared_statements")
        return {name for (name,) in cursor.fetchall()}


def test_a_statement_is_prepared_once_and_called_with_other_values() -> None:
    doubled = PreparedStatement("SELECT number * 2 FROM unnest($1) AS each(number) WHERE number < $2", "int[], int")

    assert doubled.rows(array([1, 2, 3]), 3) == [(2,), (4,)]
    assert doubled.rows(array([]), 3) == []
    assert doubled.name in known()


def test_what_the_orm_made_keeps_its_parameters() -> None:
    said = PreparedStatement("SELECT %s || ' 100%%' WHERE $1 > 0", "int", ["O'Brien"])

    assert said.rows(1) == [("O'Brien 100%",)]


def test_a_statement_outlives_the_transaction_that_prepared_it() -> None:
    one = PreparedStatement("SELECT 1 WHERE $1 > 0", "int")
    with transaction.atomic():
        one.rows(1)
        transaction.set_rollback(True)

    assert one.rows(1) == [(1,)]


def test_what_was_not_called_for_long_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepared_statements, "MOST_KNOWN", 2)
    first, second, third = [PreparedStatement("SELECT 1 WHERE $1 > 0", "int") for _number in range(3)]
    for statement in (first, second, first, third):
        statement.rows(1)

    assert known() & {first.name, second.name, third.name} == {first.name, third.name}
    assert second.rows(1) == [(1,)]


def test_a_statement_that_returns_nothing_has_no_rows() -> None:
    counted = PreparedStatement("UPDATE crm_project_job SET starts = $1 WHERE false", "int")

    assert counted.rows(1) == []


def test_statements_called_together_answer_each_for_itself() -> None:
    doubled = PreparedStatement("SELECT number * 2 FROM unnest($1) AS each(number)", "int[]")
    nothing = PreparedStatement("UPDATE crm_project_job SET starts = $1 WHERE false", "int")

    assert together(Call(doubled, [array([1, 2])]), Call(nothing, [1]), Call(doubled, [array([])])) == [
        [(2,), (4,)],
        [],
        [],
    ]


def test_a_statement_called_together_sees_what_those_before_it_wrote() -> None:
    write = PreparedStatement("INSERT INTO written_number VALUES ($1)", "int")
    read = PreparedStatement("SELECT number FROM written_number WHERE number > $1", "int")
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE written_number (number int)")

    assert together(Call(write, [7]), Call(read, [0])) == [[], [(7,)]]


@pytest.mark.parametrize(
    ("parameters", "is_same"), [(["a", 1], True), (["a", True], False), (["a", 2], False), ([["a"], 1], False)]
)
def test_what_says_exactly_the_same_is_the_same_statement(parameters: list[object], is_same: bool) -> None:
    first = remembered("SELECT %s WHERE $1 > %s", "int", ["a", 1])

    assert (remembered("SELECT %s WHERE $1 > %s", "int", parameters) is first) is is_same


@pytest.mark.parametrize(
    "texts", [[], [""], ["a,b", "{c}", "NULL", " d "], ['say "so"', "back\\slash", "줄\n바꿈", "O'Brien %s"]]
)
def test_texts_arrive_as_they_are(texts: list[str]) -> None:
    each = PreparedStatement(
        "SELECT text FROM unnest($1) WITH ORDINALITY AS each(text, place) ORDER BY place", "text[]"
    )

    assert [text for (text,) in each.rows(text_array(texts))] == texts
