"""Figures that cannot be added up from sums (distinct people, intervals): a job asks, pages read what it kept.

A page says when its figures were asked. What nobody keeps is asked while the page waits, so a new shop, a test and a
period that somebody typed show the facts of the moment.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from analytics.models import KeptFigures
from crm_project import queue
from crm_project.registry import Registry

# Asking may take this share of a worker's time: what took ten seconds is asked again after two hundred.
SHARE_OF_THE_TIME = 0.05
LEAST_BETWEEN = timedelta(minutes=5)
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
    """Ask what is to be kept and was not asked lately, drop what nobody keeps any more; return how many were asked."""
    asked = 0
    for question in QUESTIONS:
        wanted = list(question.abouts())
        KeptFigures.objects.filter(question=question.name).exclude(about__in=wanted).delete()
        for about in wanted:
            if queue.out_of_time():
                return asked
            asked += _keep_if_due(question, about)
            queue.progress()
    return asked


def _keep_if_due(question: Question, about: str) -> bool:
    kept = KeptFigures.objects.filter(question=question.name, about=about).first()
    if kept and timezone.now() < kept.computed_at + _between(kept):
        return False
    now, started = timezone.now(), time.monotonic()
    [figures] = question.ask([about])
    spent = int((time.monotonic() - started) * 1_000)
    KeptFigures.objects.update_or_create(
        question=question.name,
        about=about,
        defaults={"figures": figures, "computed_at": now, "milliseconds": spent},
    )
    return True


def _between(kept: KeptFigures) -> timedelta:
    return max(LEAST_BETWEEN, timedelta(milliseconds=kept.milliseconds) / SHARE_OF_THE_TIME)
