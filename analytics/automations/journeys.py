"""Journeys of automations added up, and the groups that a holdout compares: asked by a job, read by pages.

**The holdout.** Chance put each customer into a group as they entered, for good. A customer counts once, from the first
entry, with what they spent in the 30 days after it, whether or not a message reached them. Only whole months of entries
count whose last window is over: a figure that is looked at every day would be called a success on the day on which
chance made it look like one.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from analytics import periods
from analytics.experiments.comparison import Comparison, compare
from analytics.experiments.intervals import Arm
from analytics.experiments.verdict import Verdict, against_holdout
from analytics.periods import Period
from analytics.rollups import kept
from analytics.statements import tuples
from campaigns import experiments
from campaigns.models import Automation, Journey

QUESTION = "automation"
WINDOW_DAYS, WEEKS = 30, 13

ENDS = """
SELECT automation_id, status, end_reason, count(*) FROM campaigns_journey
 WHERE automation_id = ANY(%(ids)s) GROUP BY 1, 2, 3
"""
ENTRIES = """
SELECT automation_id, date_trunc('week', anchor_at AT TIME ZONE 'Asia/Seoul')::date, count(*)
  FROM campaigns_journey
 WHERE automation_id = ANY(%(ids)s) AND anchor_at >= %(since)s AND status NOT IN ('too_late', 'gave_way')
 GROUP BY 1, 2 ORDER BY 1, 2
"""
GROUPS = """
WITH entered AS (
    SELECT DISTINCT ON (automation_id, customer_id) automation_id, customer_id, is_control, anchor_at
      FROM campaigns_journey
     WHERE automation_id = ANY(%(ids)s) AND status NOT IN ('too_late', 'gave_way') AND anchor_at < %(before)s
       AND (%(shared)s = 0 OR {bucket} >= %(shared)s)
     ORDER BY automation_id, customer_id, anchor_at
)
SELECT automation_id, is_control, count(*), count(*) FILTER (WHERE bought.orders > 0), coalesce(sum(bought.revenue), 0),
       coalesce(sum(bought.revenue * bought.revenue), 0),
       coalesce(sum(bought.revenue * bought.revenue * bought.revenue), 0)
  FROM entered
 CROSS JOIN LATERAL (
       SELECT count(*) AS orders, coalesce(sum(revenue), 0) AS revenue FROM customers_order
        WHERE customer_id = entered.customer_id AND is_purchase AND placed_at > entered.anchor_at
          AND placed_at < entered.anchor_at + make_interval(days => %(days)s)) AS bought
 GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Journeys:
    """What became of the journeys of an automation. `ended`: (status, reason, number); `weeks`: (Monday, entries)."""

    ended: Sequence[tuple[str, str, int]]
    weeks: Sequence[tuple[date, int]]
    treated: Arm
    control: Arm
    as_of: datetime

    @property
    def entered(self) -> int:
        """Return how many journeys began; those found out too late or kept out by another automation did not."""
        return sum(count for status, _reason, count in self.ended if status not in NEVER_BEGAN)

    @property
    def inside(self) -> int:
        """Return how many are under way."""
        return self.counted(Journey.Status.INSIDE)

    def counted(self, status: str) -> int:
        """Return how many have that status."""
        return sum(count for each, _reason, count in self.ended if each == status)

    @property
    def lift(self) -> Comparison | None:
        """Return what those who got it spent beyond the holdout; None where nobody was held out."""
        if not self.control.people:
            return None
        return compare(_("Written to, against the holdout"), self.treated, self.control, is_over=True)

    @property
    def verdict(self) -> Verdict | None:
        """Return what the holdout says."""
        return against_holdout(self.lift) if self.lift else None


NEVER_BEGAN = (Journey.Status.TOO_LATE, Journey.Status.GAVE_WAY)


def journeys_of(automations: Collection[Automation]) -> dict[int, Journeys]:
    """Return the journeys of each automation by id, as of the last time they were asked for."""
    ids = [automation.pk for automation in automations]
    answers = kept.read(QUESTION, [_about(pk) for pk in ids]) if ids else []
    return {pk: _journeys(answer) for pk, answer in zip(ids, answers, strict=True)}


def _journeys(answer: kept.Figures) -> Journeys:
    ended, weeks, treated, control = answer.figures
    told = [(date.fromisoformat(week), count) for week, count in weeks]
    return Journeys([tuple(row) for row in ended], told, Arm(*treated), Arm(*control), answer.computed_at)


def _about(automation_id: int) -> str:
    """Name the automation, and the entries that are compared: those before the month that is still open."""
    return f"{automation_id}:{compared_before():%Y-%m-%d}"


def compared_before() -> date:
    """Return the first day (KST) whose entries are not compared yet."""
    return (periods.today() - timedelta(days=WINDOW_DAYS)).replace(day=1)


def _ask(abouts: Sequence[str]) -> list[Any]:
    ids = [int(about.partition(":")[0]) for about in abouts]
    bucket = experiments.BUCKET_OF.format(text=f"'{experiments.HELD_OUT_OF_ALL}:' || customer_id")
    given = {
        "ids": ids,
        "since": weeks_shown()[0],
        "before": Period(compared_before(), compared_before()).start,
        "days": WINDOW_DAYS,
        "shared": experiments.shared_buckets(),
    }
    ended, weeks = _by_automation(ENDS, given), _by_automation(ENTRIES, given)
    groups = _by_automation(GROUPS.format(bucket=bucket), given)
    return [
        [
            ended.get(pk, []),
            [[week.isoformat(), count] for week, count in weeks.get(pk, [])],
            *(_sums(groups.get(pk, []), is_control=is_control) for is_control in (False, True)),
        ]
        for pk in ids
    ]


def weeks_shown() -> list[date]:
    """Return the Mondays of the weeks that are shown, this week the last."""
    monday = periods.today() - timedelta(days=periods.today().weekday())
    return [monday - timedelta(weeks=ago) for ago in reversed(range(WEEKS))]


def _by_automation(sql: str, given: dict[str, Any]) -> dict[int, list[list[Any]]]:
    found: dict[int, list[list[Any]]] = {}
    for pk, *row in tuples(sql, given):
        found.setdefault(pk, []).append(row)
    return found


def _sums(groups: Iterable[Sequence[Any]], *, is_control: bool) -> list[int]:
    return next(([int(each) for each in sums] for control, *sums in groups if control == is_control), [0] * 5)


def _abouts() -> Iterable[str]:
    begun = Automation.objects.exclude(status=Automation.Status.DRAFT)
    return [_about(pk) for pk in begun.values_list("pk", flat=True)]


kept.QUESTIONS.register(QUESTION, kept.Question(QUESTION, _ask, _abouts))
