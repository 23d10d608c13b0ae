"""How many each reason removes: before the plan by asking, after it from what was stored."""

from dataclasses import dataclass

from django.db import connection
from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.models import Campaign, Message, SkipReason
from campaigns.pipeline import entry
from campaigns.pipeline.gate.ways import Ways, ways_of
from customers.models import Customer

EXCLUDED = "EXCLUDED"
AUDIENCE = "AUDIENCE"
COUNTED = """
    SELECT reason, waits_for, leg, count(*) FROM ({decided}) AS decided GROUP BY 1, 2, 3
    UNION ALL SELECT '{excluded_code}', '', 0, count(*) FROM ({excluded}) AS excluded
"""


@dataclass(frozen=True)
class Stage:
    """One bar of the waterfall: how many a reason removed, how many were left after it, how many it puts off."""

    code: str
    label: object
    removed: int
    left: int
    later: int = 0


def waterfall(campaign: Campaign) -> list[Stage]:
    """Return who falls out of the segment by which reason, in one query; the last `left` is who will receive.

    Counts the members of the last refresh; planning refreshes in full and counts again.
    """
    removed: dict[str, int] = {}
    later: dict[str, int] = {}
    ways = ways_of(campaign)
    for reason, waits_for, _leg, count in _counted(campaign, ways):
        removed[reason] = removed.get(reason, 0) + count
        if not reason and waits_for:
            later[waits_for] = later.get(waits_for, 0) + count
    return _stages(campaign, removed, codes=ways.codes(), later=later)


def recipients_by_leg(campaign: Campaign) -> dict[int, int]:
    """Return how many will receive it over each way: 0 is the step's own account, else the fallback's position."""
    found: dict[int, int] = {}
    for reason, _waits_for, leg, count in _counted(campaign, ways_of(campaign)):
        if not reason:
            found[leg] = found.get(leg, 0) + count
    return found


def planned_waterfall(campaign: Campaign) -> list[Stage]:
    """Return the same bars from what was stored for the campaign's planned rows."""
    messages = Message.objects.filter(campaign=campaign)
    by_status = messages.counts_by_status()
    skipped = messages.counts_by_reason()
    waiting = messages.filter(status=Message.Status.PLANNED).exclude(skip_reason="").order_by()
    later = dict(waiting.values_list("skip_reason").annotate(n=Count("pk")))
    received = sum(by_status.values()) - by_status.get(Message.Status.SKIPPED, 0)
    codes = [code for code in SkipReason.values if code in skipped or code in later]
    return _stages(campaign, skipped | {"": received}, codes=codes, later=later)


def recipients(stages: list[Stage]) -> int:
    """Return how many will receive, of a waterfall."""
    return stages[-1].left


def sample_removed(campaign: Campaign, code: str, size: int = 5) -> list[Customer]:
    """Return some of the customers whom this reason removes; no code: some of those who will receive."""
    if code == EXCLUDED:
        return list(entry.members(campaign).filter(entry.is_excluded(campaign)).order_by("pk")[:size])
    sql, parameters = ways_of(campaign).decided(entry.audience(campaign))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id FROM ({sql}) AS decided WHERE reason = %s ORDER BY id LIMIT %s",  # made by the ORM
            [*parameters, code, size],
        )
        ids = [row[0] for row in cursor.fetchall()]
    return list(Customer.objects.filter(pk__in=ids).select_related("stats", "home_store").order_by("pk"))


def label_of(code: str) -> object:
    """Return the words of a bar of the waterfall."""
    return gettext_lazy("in an excluded segment") if code == EXCLUDED else SkipReason(code).label


def _counted(campaign: Campaign, ways: Ways) -> list[tuple[str, str, int, int]]:
    sql, parameters = ways.decided(entry.audience(campaign))
    excluded = entry.members(campaign).filter(entry.is_excluded(campaign)).values("id")
    excluded_sql, excluded_parameters = excluded.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            COUNTED.format(decided=sql, excluded_code=EXCLUDED, excluded=excluded_sql),
            [*parameters, *excluded_parameters],
        )
        return cursor.fetchall()


def _stages(campaign: Campaign, removed: dict[str, int], *, codes: list[str], later: dict[str, int]) -> list[Stage]:
    left = sum(removed.values())
    audience = _("inside the automation") if campaign.automation_id else _("in the segment")
    stages = [Stage(AUDIENCE, audience, 0, left)]
    for code in [EXCLUDED, *dict.fromkeys(codes)]:
        count = removed.get(code, 0)
        left -= count
        if code != EXCLUDED or count:
            stages.append(Stage(code, label_of(code), count, left, later.get(code, 0)))
    return stages
