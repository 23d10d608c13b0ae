"""Figures that a job keeps for pages that could not wait for them."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from analytics.models import KeptFigures
from analytics.rollups import kept
from analytics.rollups.kept import Figures, Question
from crm_project.registry import Registry

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 22, 3, tzinfo=UTC)


class Counter:
    """A question whose answer tells how often it was asked."""

    def __init__(self) -> None:
        self.asked: list[Sequence[str]] = []
        self.abouts = ["october", "november"]

    def ask(self, abouts: Sequence[str]) -> list[int]:
        self.asked.append(list(abouts))
        return [len(self.asked)] * len(abouts)


@pytest.fixture
def counter(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter]:
    counter, questions = Counter(), Registry("question")
    questions.register("counted", Question("counted", counter.ask, lambda: counter.abouts))
    monkeypatch.setattr(kept, "QUESTIONS", questions)
    with time_machine.travel(NOON, tick=False):
        yield counter


def keep(about: str, figures: int, *, minutes_ago: float = 1, milliseconds: int = 9_000) -> None:
    KeptFigures.objects.create(
        question="counted",
        about=about,
        figures=figures,
        computed_at=NOON - timedelta(minutes=minutes_ago),
        milliseconds=milliseconds,
    )


def test_what_nobody_keeps_is_asked_at_once_and_together(counter: Counter) -> None:
    keep("october", 7)

    found = kept.read("counted", ["october", "november", "december"])

    assert found == [Figures(7, NOON - timedelta(minutes=1)), Figures(1, NOON), Figures(1, NOON)]
    assert counter.asked == [["november", "december"]]


@pytest.mark.parametrize("row", [{"milliseconds": 4}, {"minutes_ago": 27 * 60}], ids=["quick to ask", "too old"])
def test_figures_that_are_quick_to_ask_or_too_old_are_asked_anew(counter: Counter, row: dict[str, int]) -> None:
    keep("october", 7, **row)

    assert kept.read("counted", ["october"]) == [Figures(1, NOON)]


@pytest.mark.parametrize(
    ("seconds", "asked"),
    [(60, [["december"], ["october"], ["november"]]), (90, [["december"]])],
    ids=["a minute's work is due after five minutes", "more work is due later"],
)
def test_the_job_asks_what_is_missing_and_what_is_old_for_what_it_all_costs(
    counter: Counter, seconds: int, asked: list[list[str]]
) -> None:
    keep("october", 7, minutes_ago=6, milliseconds=seconds * 1_000 - 100)
    keep("november", 7, minutes_ago=5.5, milliseconds=100)
    counter.abouts.append("december")

    assert kept.keep_what_is_due() == len(asked)

    assert counter.asked == asked


def test_a_run_leaves_the_rest_to_the_next_when_its_time_is_up(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "MOST_SECONDS_A_RUN", 0)

    assert [kept.keep_what_is_due() for _run in range(3)] == [1, 1, 0]

    assert counter.asked == [["october"], ["november"]]


def test_a_question_that_fails_keeps_no_other_from_being_asked(counter: Counter) -> None:
    def fail(_abouts: Sequence[str]) -> list[int]:
        raise ValueError("no such month")

    kept.QUESTIONS.register("failing", Question("failing", fail, lambda: ["september"]))

    with pytest.raises(ExceptionGroup, match="figures"):
        kept.keep_what_is_due()

    assert counter.asked == [["october"], ["november"]]
    assert set(KeptFigures.objects.values_list("about", flat=True)) == {"october", "november"}


def test_the_job_drops_what_is_not_to_be_kept_any_more(counter: Counter) -> None:
    keep("september", 7)

    kept.keep_what_is_due()

    assert set(KeptFigures.objects.values_list("about", flat=True)) == {"october", "november"}
