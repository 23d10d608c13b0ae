"""Which campaign earned an order: the last click by a person before it, within the campaign's window.

A pure reading of orders, messages and hits: it may run twice, late or over everything again, and always leaves the
same credits. An order is credited once, with its revenue of now; a refund lowers the credit (U-20).
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from analytics.models import AttributedOrder, AttributionProgress

# The oldest moment at which something may still be written that was stamped before now: a transaction under way, or a
# hit without its verdict. Taken before looking, so nothing falls between two runs.
SAFELY_SEEN = """
SELECT clock_timestamp(),
       least(clock_timestamp(),
             (SELECT min(xact_start) FROM pg_stat_activity
               WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()),
             (SELECT min(occurred_at) FROM campaigns_hit WHERE is_machine IS NULL)) - interval '1 minute'
"""

# A click matters to the orders after it; the minute is for those before it whose verdict it changed.
FRESH_ORDERS = """
SELECT id FROM customers_order WHERE changed_at >= %(since)s
UNION
SELECT bought.id
  FROM campaigns_hit AS hit
  JOIN campaigns_message AS message ON message.id = hit.message_id
  JOIN customers_order AS bought
       ON bought.customer_id = message.customer_id AND bought.placed_at >= hit.occurred_at - interval '1 minute'
 WHERE hit.kind = 'click' AND hit.occurred_at >= %(since)s
"""

ALL_ORDERS = """
SELECT order_id AS id FROM analytics_attributedorder
UNION
SELECT bought.id FROM campaigns_message AS message
  JOIN customers_order AS bought ON bought.customer_id = message.customer_id
 WHERE message.clicked_at <= bought.placed_at
"""

ATTRIBUTE = """
WITH affected AS MATERIALIZED ({orders}),
due AS MATERIALIZED (
    SELECT DISTINCT ON (bought.id) bought.id AS order_id, message.campaign_id, message.id AS message_id,
           hit.occurred_at AS touched_at, bought.placed_at, bought.revenue
      FROM affected
      JOIN customers_order AS bought ON bought.id = affected.id AND bought.is_purchase
      JOIN campaigns_message AS message
           ON message.customer_id = bought.customer_id AND message.clicked_at <= bought.placed_at
      JOIN campaigns_campaign AS campaign ON campaign.id = message.campaign_id
      JOIN campaigns_hit AS hit ON hit.message_id = message.id AND hit.kind = 'click' AND NOT hit.is_machine
           AND hit.occurred_at <= bought.placed_at
           AND hit.occurred_at > bought.placed_at - make_interval(days => campaign.attribution_days)
     ORDER BY bought.id, hit.occurred_at DESC, hit.id DESC
), taken_back AS (
    DELETE FROM analytics_attributedorder AS credit USING affected
     WHERE credit.order_id = affected.id AND credit.model = %(model)s
       AND NOT EXISTS (SELECT FROM due WHERE due.order_id = credit.order_id)
    RETURNING 1
), credited AS (
    INSERT INTO analytics_attributedorder AS credit
           (order_id, model, campaign_id, message_id, touched_at, placed_at, revenue, attributed_at)
    SELECT order_id, %(model)s, campaign_id, message_id, touched_at, placed_at, revenue, clock_timestamp() FROM due
    ON CONFLICT (order_id, model) DO UPDATE
       SET campaign_id = excluded.campaign_id, message_id = excluded.message_id, touched_at = excluded.touched_at,
           placed_at = excluded.placed_at, revenue = excluded.revenue, attributed_at = excluded.attributed_at
     WHERE (credit.message_id, credit.touched_at, credit.placed_at, credit.revenue)
           IS DISTINCT FROM (excluded.message_id, excluded.touched_at, excluded.placed_at, excluded.revenue)
    RETURNING 1
)
SELECT (SELECT count(*) FROM credited), (SELECT count(*) FROM taken_back)
"""


@dataclass(frozen=True, slots=True)
class Attributed:
    """What a run changed: credits written (new or different) and credits taken back."""

    credited: int
    taken_back: int


def attribute_fresh(model: str = AttributedOrder.Model.LAST_CLICK) -> Attributed:
    """Credit the orders that changed, or whose customers clicked, since the last run."""
    progress = AttributionProgress.objects.filter(pk=model).first()
    return _attribute(FRESH_ORDERS, model, since=progress.looked_until if progress else "-infinity")


def attribute_everything(model: str = AttributedOrder.Model.LAST_CLICK) -> Attributed:
    """Credit every order anew; changes nothing where all is as it should be."""
    return _attribute(ALL_ORDERS, model)


def _attribute(orders: str, model: str, **parameters: datetime | str) -> Attributed:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(SAFELY_SEEN)
        ran_at, looked_until = cursor.fetchone()
        cursor.execute(ATTRIBUTE.format(orders=orders), {"model": str(model), **parameters})
        attributed = Attributed(*cursor.fetchone())
        AttributionProgress.objects.update_or_create(
            pk=model, defaults={"looked_until": looked_until, "ran_at": ran_at}
        )
    return attributed
