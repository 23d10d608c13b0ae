"""All advice: asked by a job, read by pages, without what was put away and what the reader may not act on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.core.cache import cache

from analytics import periods
from analytics.advice import automations_at_work, campaigns_sent, customers_to_reach, putting_away, upkeep
from analytics.advice.adviser import ADVISERS, Adviser, Finding, Said
from analytics.rollups import kept

# The modules whose advisers there are.
OF = (automations_at_work, campaigns_sent, customers_to_reach, upkeep)
QUESTION = "advice"
# What the job keeps is minutes old; beyond that pages need not even read it each time.
KEPT_SECONDS = 60
TONES = ("bad", "wait", "accent")


@dataclass(frozen=True, slots=True)
class Advice:
    """A finding in words, with who found it."""

    adviser: Adviser
    finding: Finding
    said: Said

    @property
    def key(self) -> str:
        """Return what tells it from all other advice."""
        return f"{self.adviser.key}:{self.finding.about}"


def advice_for(reader: User | AbstractBaseUser | AnonymousUser) -> list[Advice]:
    """Return the advice that the reader may act on: what is broken first, then what is to decide, then chances."""
    may = [adviser for adviser in ADVISERS if reader.has_perms(adviser.permissions)]  # type: ignore[union-attr]
    away = putting_away.away_on(periods.today())
    found = cache.get_or_set("advice:findings", _findings, KEPT_SECONDS)
    given = [
        Advice(adviser, finding, adviser.say(finding))
        for adviser in sorted(may, key=lambda adviser: TONES.index(adviser.tone))
        for finding in found[adviser.key]
    ]
    return [each for each in given if each.key not in away]


def _findings() -> dict[str, list[Finding]]:
    """Return what each adviser found, as last asked."""
    keys = ADVISERS.names()
    answers = kept.read(QUESTION, keys)
    return {key: [Finding(*row) for row in answer.figures] for key, answer in zip(keys, answers, strict=True)}


def _ask(keys: Sequence[str]) -> list[list[Any]]:
    answers = [ADVISERS[key].ask(periods.today()) for key in keys]
    return [[[finding.about, dict(finding.numbers)] for finding in answer] for answer in answers]


# By adviser and not by day: what was found before midnight stands until the job has asked again.


kept.QUESTIONS.register(QUESTION, kept.Question(QUESTION, _ask, ADVISERS.names))
