"""The groups of campaigns as the job kept them: a page of many large campaigns need not wait for their orders."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from analytics.experiments.arms import Assigned, groups_of
from analytics.experiments.intervals import Arm
from analytics.experiments.with_experiment import with_experiment
from analytics.rollups import kept
from campaigns.models import Campaign

QUESTION = "experiment"
# Older ones change by a late refund at most; whoever opens one waits for it.
KEPT_FOR = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class KeptGroups:
    """The groups of a campaign, and as of when."""

    groups: list[Assigned]
    as_of: datetime


def read(campaigns: Collection[Campaign]) -> dict[int, KeptGroups]:
    """Return the groups of each campaign by id, as of the last time they were asked for."""
    ids = [str(campaign.pk) for campaign in campaigns]
    answers = zip(ids, kept.read(QUESTION, ids) if ids else [], strict=True)
    return {
        int(about): KeptGroups([_group(row) for row in answer.figures], answer.computed_at) for about, answer in answers
    }


def _ask(abouts: Sequence[str]) -> list[Any]:
    found = groups_of(Campaign.objects.filter(pk__in=abouts))
    return [[_row(group) for group in found.get(int(about), [])] for about in abouts]


def _abouts() -> Iterable[str]:
    recent = with_experiment().filter(started_at__gt=timezone.now() - KEPT_FOR)
    return map(str, recent.values_list("pk", flat=True))


def _row(group: Assigned) -> list[Any]:
    arm = group.arm
    moments = [group.opens.isoformat(), group.closes.isoformat()]
    sums = [arm.people, arm.buyers, arm.revenue, arm.squares, arm.cubes]
    return [group.is_control, group.variant, *moments, group.waiting, group.reached, sums]


def _group(row: Sequence[Any]) -> Assigned:
    is_control, variant, opens, closes, waiting, reached, sums = row
    window = datetime.fromisoformat(opens), datetime.fromisoformat(closes)
    return Assigned(is_control, variant, *window, waiting, reached, Arm(*sums))


kept.QUESTIONS.register(QUESTION, kept.Question(QUESTION, _ask, _abouts))
