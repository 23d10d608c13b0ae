"""What the messages of automations led to, from the roll-ups of their campaigns."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from analytics.automations.journeys import weeks_shown
from analytics.campaign_report.funnel import MODEL, Funnel, buyers_of, cells_of
from analytics.statements import tuples
from campaigns.automation.path import Node, Path
from campaigns.models import Automation, AutomationStep, AutomationVersion, Campaign

OF_WEEKS = """
SELECT date_trunc('week', day)::date AS week, sum(sent)::bigint, 0::bigint
  FROM analytics_campaignday WHERE campaign_id = ANY(%(campaigns)s) AND day >= %(since)s GROUP BY 1
UNION ALL
SELECT date_trunc('week', day)::date, 0, (sum(revenue) - sum(refunded))::bigint
  FROM analytics_earningday
 WHERE campaign_id = ANY(%(campaigns)s) AND day >= %(since)s AND model = %(model)s GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class StepResult:
    """A message of the path and what it led to, with what its copies in other versions did."""

    step: AutomationStep
    number: int
    funnel: Funnel
    is_present: bool


def funnels_of(automations: Collection[Automation]) -> dict[int, Funnel]:
    """Return what the messages of each automation led to, by id, in a few statements for all of them."""
    found = {automation.pk: Funnel() for automation in automations}
    owners = dict(
        AutomationStep.objects.filter(version__automation__in=found, campaign__isnull=False).values_list(
            "campaign", "version__automation"
        )
    )
    for cell in cells_of(owners) if owners else ():
        found[owners[cell.campaign_id]] += cell.funnel
    return found


def steps_of(automation: Automation) -> list[StepResult]:
    """Return the messages of the version in force, else of the newest, in their order; then those that are gone."""
    messages = list(
        AutomationStep.objects.filter(version__automation=automation, campaign__isnull=False)
        .select_related("version", "campaign")
        .order_by("-version__number", "position", "pk")
    )
    funnels = _funnels([step.campaign_id for step in messages])
    shown = automation.live_version or (messages[0].version if messages else None)
    return [
        StepResult(steps[0], number, sum((funnels[step.campaign_id] for step in steps), Funnel()), is_present)
        for number, (steps, is_present) in enumerate(_by_line(messages, shown), start=1)
    ]


def _by_line(
    messages: list[AutomationStep], shown: AutomationVersion | None
) -> Iterator[tuple[list[AutomationStep], bool]]:
    """Yield the steps that were copied from each other together, the one shown first, in the order of its path."""
    origins = {step.pk: step.origin_id for step in messages}
    order = {step.pk: place for place, step in enumerate(_in_order(Path.of(shown).nodes()))} if shown else {}
    lines: dict[int, list[AutomationStep]] = defaultdict(list)
    for step in sorted(messages, key=lambda step: (order.get(step.pk, len(order)), -step.version.number)):
        lines[_first_of(step.pk, origins)].append(step)
    for steps in lines.values():
        yield steps, steps[0].pk in order


def _in_order(nodes: Sequence[Node]) -> Iterator[AutomationStep]:
    for node in nodes:
        yield node.step
        for lane in node.lanes.values():
            yield from _in_order(lane)


def _first_of(pk: int, origins: dict[int, int | None]) -> int:
    while (origin := origins.get(pk)) in origins:
        pk = origin  # type: ignore[assignment]
    return pk


def _funnels(campaign_ids: list[int]) -> dict[int, Funnel]:
    found = {pk: Funnel() for pk in campaign_ids}
    for cell in cells_of(campaign_ids):
        found[cell.campaign_id] += cell.funnel
    buyers = buyers_of(campaign_ids)
    return {pk: replace(funnel, buyers=buyers.get(pk, 0)) for pk, funnel in found.items()}


def by_week(automation: Automation) -> dict[date, tuple[int, int]]:
    """Return (messages sent, won earned after refunds) of each of the last weeks, by its Monday (KST)."""
    campaigns = list(Campaign.objects.filter(automation=automation).values_list("pk", flat=True))
    given = {"campaigns": campaigns, "since": weeks_shown()[0], "model": MODEL.value}
    found = dict.fromkeys(weeks_shown(), (0, 0))
    for week, sent, won in tuples(OF_WEEKS, given):
        if week in found:
            found[week] = found[week][0] + sent, found[week][1] + won
    return found
