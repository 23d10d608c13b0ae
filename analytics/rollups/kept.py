"""Figures that cannot be added up from sums (distinct people, intervals): a job asks, pages read what it kept.

A page says when its figures were asked. What nobody keeps is asked while the page waits, so a new shop, a test and a
period that somebody typed show the facts of the moment.
"""

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone

from analytics.models import KeptFigures
from crm_project import queue
from crm_project.registry import Registry

# All of it may take this share of a worker's time: what takes a minute together is asked again after five.
SHARE_OF_THE_TIME = 0.2
LEAST_BETWEEN = timedelta(minutes=5)
# The share of a run, every five minutes: whoever waits for the same worker does not wait longer.
MOST_SECONDS_A_RUN = 60
# What took less is not worth a figure of some minutes ago: it is asked while the page waits.
QUICK_MILLISECONDS = 5
# Older than this nobody asks any more; a page rather waits.
MOST_AGE = timedelta(hours=26)


@dataclass(frozen=True, slots=True)
class Question:
    """Something that takes long to ask. The figures are what JSON can hold.

    Args:
        ask: the figures about each of several things, in their order.
        abouts: the things about which the figures are to be kept, such as `2026-10-01:2026-10-31`.
    """

    name: str
    ask: Callable[[Sequence[str]], Sequence[Any]]
    abouts: Callable[[], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Figures:
    """What a question came to, and when."""

    figures: Any
    computed_at: datetime


QUESTIONS: Registry[Question] = Registry("question whose figures are kept")


def read(name: str, abouts: Sequence[str]) -> list[Figures]:
    """Return the figures about each of these, kept ones where there are any; the others are asked now, together."""
    now = timezone.now()
    rows = KeptFigures.objects.filter(question=name, about__in=abouts, computed_at__gt=now - MOST_AGE)
    rows = rows.filter(milliseconds__gte=QUICK_MILLISECONDS)
    found = {row.about: Figures(row.figures, row.computed_at) for row in rows}
    missing = [about for about in abouts if about not in found]
    if missing:
        answers = QUESTIONS[name].ask(missing)
        found |= {about: Figures(figures, now) for about, figures in zip(missing, answers, strict=True)}
    return [found[about] for about in abouts]


def keep_what_is_due() -> int:
    """Ask what is to be kept and was not asked lately, what was never asked first; return how many were asked.

    What nobody wants kept any more is dropped. Cut short, the next run goes on with what is oldest. A question that
    fails keeps none of the others from being asked; the run fails when it is through.
    """
    wanted = {(question.name, about): question for question in QUESTIONS for about in question.abouts()}
    kept = _drop_all_but(wanted.keys())
    fresh_since = timezone.now() - _between(kept.values())
    due = [key for key in wanted if key not in kept or kept[key].computed_at <= fresh_since]
    never = datetime.min.replace(tzinfo=UTC)
    due.sort(key=lambda key: kept[key].computed_at if key in kept else never)
    asked, until = 0, time.monotonic() + MOST_SECONDS_A_RUN
    failures: list[Exception] = []
    for key in due:
        if asked and (queue.out_of_time() or time.monotonic() >= until):
            break
        try:
            _keep(wanted[key], about=key[1])
        except Exception as failure:
            failures.append(failure)
        asked += 1
        queue.progress()
    if failures:
        raise ExceptionGroup("questions whose figures were to be kept", failures)
    return asked


def _drop_all_but(wanted: Collection[tuple[str, str]]) -> dict[tuple[str, str], KeptFigures]:
    rows = {(row.question, row.about): row for row in KeptFigures.objects.all()}
    KeptFigures.objects.filter(pk__in=[row.pk for key, row in rows.items() if key not in wanted]).delete()
    return {key: row for key, row in rows.items() if key in wanted}


def _keep(question: Question, *, about: str) -> None:
    now, started = timezone.now(), time.monotonic()
    [figures] = question.ask([about])
    spent = int((time.monotonic() - started) * 1_000)
    KeptFigures.objects.update_or_create(
        question=question.name,
        about=about,
        defaults={"figures": figures, "computed_at": now, "milliseconds": spent},
    )


def _between(kept: Iterable[KeptFigures]) -> timedelta:
    together = sum(row.milliseconds for row in kept)
    return max(LEAST_BETWEEN, timedelta(milliseconds=together) / SHARE_OF_THE_TIME)
