"""Who was assigned to what, and what they bought: one statement for any number of campaigns.

Everybody counts in the group that chance put them into, whether or not the message arrived (intention to treat): whom
it reached is no matter of chance, and to compare only them would measure who is reachable. Left out are those whom the
gate removed when it was planned for a reason that is asked before the holdout: of them nobody was held out either.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from analytics.experiments.intervals import Arm
from campaigns import experiments
from campaigns.models import Campaign, SkipReason

ASKED_BEFORE_THE_HOLDOUT = SkipReason.values[: SkipReason.values.index(SkipReason.HOLDOUT)]

# A person enters a lasting campaign more than once, but counts once, from the first time. Whoever gets no advertising
# at all is in neither group: they lack the other campaigns too. A message that was skipped before anybody claimed it
# was removed by the plan; one that was claimed had been assigned, also if it was put off until it was too late: waiting
# is no attempt, but moves the day it is due. A message that left over a fallback says what that way has to say, which
# may be another arm's words; whom chance had put where is worked out again for it.
ARMS = """
WITH asked AS (
    SELECT campaign.id, campaign.entry = 'once' AS is_once, campaign.started_at, step.id AS step_id,
           make_interval(days => campaign.attribution_days) AS span
      FROM campaigns_campaign AS campaign
     CROSS JOIN LATERAL (
           SELECT id FROM campaigns_step WHERE campaign_id = campaign.id ORDER BY position LIMIT 1) AS step
     WHERE campaign.id = ANY(%(ids)s)
), arm AS (
    SELECT step_id, name, sum(weight) OVER (PARTITION BY step_id ORDER BY name) AS reached,
           sum(weight) OVER (PARTITION BY step_id) AS total
      FROM asked JOIN campaigns_variant AS variant USING (step_id) WHERE fallback_id IS NULL AND locale = ''
), assigned AS MATERIALIZED (
    SELECT DISTINCT ON (message.campaign_id, message.customer_id)
           message.campaign_id, message.customer_id, message.skip_reason = 'HOLDOUT' AS is_control,
           CASE WHEN message.skip_reason = 'HOLDOUT' THEN '' WHEN variant.fallback_id IS NULL THEN variant.name
                ELSE (SELECT name FROM arm
                       WHERE step_id = message.step_id AND {arm_bucket} < reached * {buckets} / total
                       ORDER BY reached LIMIT 1) END AS variant,
           message.status, message.planned_at, message.sent_at
      FROM asked
      JOIN campaigns_message AS message ON message.campaign_id = asked.id AND message.step_id = asked.step_id
      JOIN campaigns_variant AS variant ON variant.id = message.variant_id
     WHERE NOT (message.status = 'skipped' AND message.attempt = 0 AND message.skip_reason = ANY(%(before)s)
                AND message.due_at <= message.planned_at)
       AND (%(shared)s = 0 OR {shared_bucket} >= %(shared)s)
     ORDER BY message.campaign_id, message.customer_id, message.planned_at
), left_at AS (
    SELECT campaign_id, min(planned_at) AS opens, max(sent_at) AS last,
           count(*) FILTER (WHERE status IN ('planned', 'claimed', 'sending')) AS waiting
      FROM assigned GROUP BY campaign_id
), people AS (
    SELECT assigned.*, left_at.opens, left_at.waiting,
           CASE WHEN asked.is_once THEN coalesce(left_at.last, asked.started_at) ELSE assigned.planned_at END
               + asked.span AS closes
      FROM assigned JOIN asked ON asked.id = assigned.campaign_id JOIN left_at USING (campaign_id)
)
SELECT campaign_id, is_control, variant, min(opens), max(closes), max(waiting),
       count(*) FILTER (WHERE status IN ('sent', 'unknown')), count(*), count(*) FILTER (WHERE bought.orders > 0),
       coalesce(sum(bought.revenue), 0), coalesce(sum(bought.revenue * bought.revenue), 0),
       coalesce(sum(bought.revenue * bought.revenue * bought.revenue), 0)
  FROM people
 CROSS JOIN LATERAL (
       SELECT count(*) AS orders, coalesce(sum(revenue), 0) AS revenue FROM customers_order
        WHERE customer_id = people.customer_id AND is_purchase
          AND placed_at >= people.planned_at AND placed_at < people.closes) AS bought
 GROUP BY campaign_id, is_control, variant ORDER BY campaign_id, is_control DESC, variant
"""


@dataclass(frozen=True, slots=True)
class Assigned:
    """A group of a campaign and what it bought in its window. `waiting`: messages of all groups yet to leave."""

    is_control: bool
    variant: str
    opens: datetime
    closes: datetime
    waiting: int
    reached: int
    arm: Arm


def groups_of(campaigns: Collection[Campaign]) -> dict[int, list[Assigned]]:
    """Return the groups of each campaign by id, the holdout first; the window is the campaign's attribution window.

    It begins when a person's message was planned, for those held out too, and ends the campaign's days after its last
    message left; in a lasting campaign, those days after the person entered.
    """
    if not campaigns:
        return {}
    groups: dict[int, list[Assigned]] = {campaign.pk: [] for campaign in campaigns}
    with connection.cursor() as cursor:
        cursor.execute(
            ARMS.format(
                shared_bucket=_bucket(f"'{experiments.HELD_OUT_OF_ALL}:' || message.customer_id"),
                arm_bucket=_bucket("'variant:' || message.step_id || ':' || message.customer_id"),
                buckets=experiments.BUCKETS,
            ),
            {
                "ids": list(groups),
                "shared": experiments.shared_buckets(),
                "before": ASKED_BEFORE_THE_HOLDOUT,
            },
        )
        for campaign_id, *group, people, buyers, revenue, squares, cubes in cursor.fetchall():
            arm = Arm(people, buyers, int(revenue), int(squares), int(cubes))
            groups[campaign_id].append(Assigned(*group, arm))
    return groups


def _bucket(text: str) -> str:
    return experiments.BUCKET_OF.format(text=text)
