"""Each kept sum as one query over the facts: its definition, what mends it and what it is compared with.

The triggers of migration 0002 say the same of a single statement's rows; `check` finds where the two differ.
"""

from dataclasses import dataclass

from customers.cycles.pauses import IN_SEOUL

DAY = f"({{moment}} {IN_SEOUL})::date"
HOUR = f"extract(hour FROM {{moment}} {IN_SEOUL})::smallint"

# A purchase is a new customer's on the day of their first one; statistics are written with the order.
SALES = f"""
SELECT ({DAY.format(moment="bought.placed_at")}) AS day, bought.store_id, bought.channel,
       coalesce(customer.acquisition_source, '') AS source,
       CASE WHEN bought.customer_id IS NULL THEN 'guest'
            WHEN {DAY.format(moment="known.first_order_at")} < {DAY.format(moment="bought.placed_at")} THEN 'returning'
            ELSE 'new' END AS kind,
       count(*) AS orders, sum(bought.revenue)::bigint AS revenue, sum(bought.refunded)::bigint AS refunded
  FROM {{among}}
 WHERE bought.is_purchase
 GROUP BY 1, 2, 3, 4, 5
"""
ALL_ORDERS = """customers_order AS bought
  LEFT JOIN customers_customer AS customer ON customer.id = bought.customer_id
  LEFT JOIN customers_customerstats AS known ON known.customer_id = bought.customer_id"""
# Orders of some days, by the index on when they were placed. Whose they are is looked up order by order: joined as a
# whole, the planner would go through all customers for the orders of a day.
ORDERS_OF_DAYS = f"""({{days}}) AS chosen JOIN customers_order AS bought
       ON bought.placed_at >= chosen.day::timestamp {IN_SEOUL}
      AND bought.placed_at < (chosen.day + 1)::timestamp {IN_SEOUL}
  LEFT JOIN LATERAL (
       SELECT acquisition_source FROM customers_customer WHERE id = bought.customer_id OFFSET 0) AS customer ON true
  LEFT JOIN LATERAL (
       SELECT first_order_at FROM customers_customerstats WHERE customer_id = bought.customer_id OFFSET 0) AS known
       ON true"""

STATES = """
SELECT campaign_id, step_id, variant_id, account_id,
       CASE WHEN status IN ('planned', 'claimed', 'sending') THEN 'waiting' ELSE status END AS status,
       CASE status WHEN 'skipped' THEN skip_reason ELSE '' END AS skip_reason, is_sandbox, count(*) AS messages
  FROM campaigns_message WHERE {of_campaigns} GROUP BY 1, 2, 3, 4, 5, 6, 7
"""
DAYS = f"""
SELECT campaign_id, step_id, variant_id, account_id, {DAY.format(moment="moment")} AS day,
       {HOUR.format(moment="moment")} AS hour, sum(sent) AS sent, sum(delivered) AS delivered, sum(opened) AS opened,
       sum(clicked) AS clicked, sum(unsubscribed) AS unsubscribed, sum(part) AS cost
  FROM (SELECT campaign_id, step_id, variant_id, account_id, happened.*
          FROM campaigns_message
         CROSS JOIN LATERAL (SELECT coalesce(sent_at, sending_at, planned_at) AS at) AS departure
         CROSS JOIN LATERAL (VALUES
               (CASE status WHEN 'sent' THEN departure.at END, 1, 0, 0, 0, 0, 0),
               (CASE delivery WHEN 'delivered' THEN delivered_at END, 0, 1, 0, 0, 0, 0),
               (opened_at, 0, 0, 1, 0, 0, 0), (clicked_at, 0, 0, 0, 1, 0, 0), (unsubscribed_at, 0, 0, 0, 0, 1, 0),
               (CASE WHEN cost <> 0 THEN departure.at END, 0, 0, 0, 0, 0, cost)
               ) AS happened (moment, sent, delivered, opened, clicked, unsubscribed, part)
         WHERE {{of_campaigns}}
         UNION ALL
        SELECT message.campaign_id, message.step_id, closed.variant_id, closed.account_id,
               coalesce(closed.sent_at, closed.closed_at), 0, 0, 0, 0, 0, closed.cost
          FROM campaigns_closedleg AS closed JOIN campaigns_message AS message ON message.id = closed.message_id
         WHERE closed.cost <> 0 AND {{of_campaigns}}) AS happening
 WHERE moment IS NOT NULL GROUP BY 1, 2, 3, 4, 5, 6
"""
EARNINGS = f"""
SELECT model, campaign_id, step_id, variant_id, account_id, {DAY.format(moment="moment")} AS day,
       {HOUR.format(moment="moment")} AS hour, sum(orders) AS orders, sum(revenue) AS revenue, sum(refunded) AS refunded
  FROM (SELECT credit.model, message.campaign_id, step_id, variant_id, account_id, credit.placed_at AS moment,
               1 AS orders, credit.revenue, 0 AS refunded
          FROM analytics_attributedorder AS credit JOIN campaigns_message AS message ON message.id = credit.message_id
         WHERE {{of_campaigns}}
         UNION ALL
        SELECT credit.model, message.campaign_id, step_id, variant_id, account_id, refund.refunded_at, 0, 0,
               refund.amount
          FROM analytics_creditrefund AS refund
          JOIN analytics_attributedorder AS credit ON credit.id = refund.credit_id
          JOIN campaigns_message AS message ON message.id = credit.message_id
         WHERE {{of_campaigns}}) AS happening
 GROUP BY 1, 2, 3, 4, 5, 6, 7
"""
MACHINES = f"""
SELECT message.campaign_id, {DAY.format(moment="hit.occurred_at")} AS day, hit.kind, hit.machine_reason AS reason,
       count(*) AS hits
  FROM campaigns_hit AS hit JOIN campaigns_message AS message ON message.id = hit.message_id
 WHERE hit.is_machine AND {{of_campaigns}} GROUP BY 1, 2, 3, 4
"""


@dataclass(frozen=True, slots=True)
class Rollup:
    """A table of sums: the columns that tell rows apart, those that are summed, and the query it must equal."""

    table: str
    keys: tuple[str, ...]
    sums: tuple[str, ...]
    query: str

    @property
    def columns(self) -> str:
        """Return all its columns, keys first."""
        return ", ".join(self.keys + self.sums)


SALES_OF_DAYS = Rollup(
    "analytics_salesday",
    ("day", "store_id", "channel", "source", "kind"),
    ("orders", "revenue", "refunded"),
    SALES.format(among=ALL_ORDERS),
)
BY_STEP = ("campaign_id", "step_id", "variant_id", "account_id")
OF_CAMPAIGNS = (
    Rollup("analytics_campaignstate", (*BY_STEP, "status", "skip_reason", "is_sandbox"), ("messages",), STATES),
    Rollup(
        "analytics_campaignday",
        (*BY_STEP, "day", "hour"),
        ("sent", "delivered", "opened", "clicked", "unsubscribed", "cost"),
        DAYS,
    ),
    Rollup("analytics_earningday", ("model", *BY_STEP, "day", "hour"), ("orders", "revenue", "refunded"), EARNINGS),
    Rollup("analytics_machineday", ("campaign_id", "day", "kind", "reason"), ("hits",), MACHINES),
)


def sales_of_days(days: str) -> str:
    """Return the query of the sales of some days, given the SQL that yields them as `day`."""
    return SALES.format(among=ORDERS_OF_DAYS.format(days=days))
