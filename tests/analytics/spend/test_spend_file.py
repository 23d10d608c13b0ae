"""A file of spend: what it says line by line, and what is wrong with the lines that cannot be read."""

import csv
from datetime import date

import pytest

from analytics.errors import SpendFileRefused
from analytics.models import MarketingSpend
from analytics.spend import spend_file

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]

FILE = """month,source,amount,note
2026-10,네이버 검색,1200000,
2026-10,인스타그램,"950,000",가을 감사제
2026-11,네이버 검색,"₩1,300,000",
"""
HEAD = "month,source,amount\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
def test_a_file_says_what_each_month_and_source_cost(encoding: str) -> None:
    text = FILE.replace("₩", "") if encoding == "cp949" else FILE

    found = spend_file.read(text.encode(encoding))

    assert not found.problems
    assert [(line.month, line.source, line.amount) for line in found.lines] == [
        (date(2026, 10, 1), "네이버 검색", 1_200_000),
        (date(2026, 10, 1), "인스타그램", 950_000),
        (date(2026, 11, 1), "네이버 검색", 1_300_000),
    ]
    assert (found.total, MarketingSpend.objects.count()) == (3_450_000, 0)


def test_korean_columns_in_any_order_with_semicolons_are_known() -> None:
    found = spend_file.read("금액;월;유입 경로\n300원;2026년 9월;전단지\n".encode())

    assert [(each.month, each.source, each.amount) for each in found.lines] == [(date(2026, 9, 1), "전단지", 300)]


@pytest.mark.parametrize(
    ("line", "field", "cause"),
    [
        ("2026-13,검색,100", "month", "no month"),
        ("어제,검색,100", "month", "no month"),
        ("2026-11,,100", "source", "missing"),
        ("2026-11," + "가" * 61 + ",100", "source", "longer"),
        ("2026-11,검색,백만", "amount", "no amount"),
        ("2026-11,검색,-5", "amount", "no amount"),
        ("2026-11,검색,12.5", "amount", "no amount"),
        ("2026-11,검색", "amount", "no amount"),
        ("2026-10,검색,7", "source", "line 2"),
    ],
)
def test_a_line_that_cannot_be_read_says_where_why_and_how_to_mend_it(line: str, field: str, cause: str) -> None:
    found = spend_file.read(f"{HEAD}2026-10,검색,100\n\n{line}\n".encode())

    [problem] = found.problems
    assert (problem.line, problem.field) == (4, field)
    assert cause in str(problem.cause)
    assert str(problem.remedy)
    assert len(found.lines) == 1


def test_lines_may_end_as_old_computers_end_them() -> None:
    found = spend_file.read(FILE.replace("\n", "\r").encode())

    assert (found.total, found.problems) == (3_450_000, [])


def test_a_note_of_several_lines_does_not_move_the_numbers_of_those_below() -> None:
    text = 'month,source,amount,note\n2026-10,검색,100,"가을\n감사제"\n2026-13,검색,100,\n'

    assert [problem.line for problem in spend_file.read(text.encode()).problems] == [4]


def test_a_field_that_never_ends_is_refused() -> None:
    usual = csv.field_size_limit(1_000)
    try:
        with pytest.raises(SpendFileRefused, match="no text file"):
            spend_file.read((HEAD + "2026-11," + "a" * 1_001 + ",1").encode())
    finally:
        csv.field_size_limit(usual)


def test_a_file_without_notes_leaves_the_notes_that_are_there() -> None:
    MarketingSpend.objects.create(month=date(2026, 10, 1), source="검색", amount=100, note="가을 감사제")
    MarketingSpend.objects.create(month=date(2026, 11, 1), source="검색", amount=100, note="겨울")

    found = spend_file.read(f"{HEAD}2026-10,검색,100\n2026-11,검색,200\n2026-12,검색,300\n".encode())
    spend_file.store(found.lines)

    assert [line.state for line in found.lines] == ["same", "changed", "new"]
    assert list(MarketingSpend.objects.order_by("month").values_list("amount", "note")) == [
        (100, "가을 감사제"),
        (200, "겨울"),
        (300, ""),
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "Missing: month, source, amount"),
        (b"month,amount\n2026-11,5\n", "Missing: source"),
        (b"PK\x03\x04\x00\x00", "no text file"),
        (b"\xff\xfe\x00", "no text file"),
        (b"x" * 1_000_001, "larger than 1 MB"),
        ((HEAD + "2026-11,a,1\n" * 5_001).encode(), "more than 5,000 lines"),
    ],
)
def test_a_file_of_another_kind_is_refused_whole(content: bytes, words: str) -> None:
    with pytest.raises(SpendFileRefused, match=words):
        spend_file.read(content)


def test_storing_again_changes_nothing() -> None:
    MarketingSpend.objects.create(month=date(2026, 10, 1), source="인스타그램", amount=1, note="")
    MarketingSpend.objects.create(month=date(2026, 9, 1), source="전단지", amount=5)

    first = spend_file.read(FILE.encode())
    states = [line.state for line in first.lines]
    stored = [spend_file.store(first.lines), spend_file.store(spend_file.read(FILE.encode()).lines)]

    assert (states, stored) == (["new", "changed", "new"], [3, 0])
    assert sum(MarketingSpend.objects.values_list("amount", flat=True)) == 3_450_005
