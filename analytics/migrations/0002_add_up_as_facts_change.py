"""Roll-ups follow their facts: each statement that changes facts appends what it changed, once, with itself.

Sales: the days (KST) whose orders, first purchases or acquisition sources changed are marked; `analytics/rollups/sales`
adds those days up again. Campaigns: what a row adds to a sum depends on that row alone, so the plus of its new values
and the minus of its old ones are appended, and `analytics/rollups/campaigns` folds them. Appending waits for nobody.
The same sums as one query each, to compare with: `analytics/rollups/raw.py`.
"""

from django.db import migrations

DAY = "({moment} AT TIME ZONE 'Asia/Seoul')::date"
HOUR = "extract(hour FROM {moment} AT TIME ZONE 'Asia/Seoul')::smallint"

# What a statement changed, as plus and minus. The columns are those the body of the trigger reads.
ADDED = "SELECT 1 AS sign, {columns} FROM added"
REMOVED = "SELECT -1 AS sign, {columns} FROM removed"
FROM = {"insert": (ADDED,), "update": (ADDED, REMOVED), "delete": (REMOVED,)}
REFERENCING = {
    "insert": "NEW TABLE AS added",
    "update": "OLD TABLE AS removed NEW TABLE AS added",
    "delete": "OLD TABLE AS removed",
}

MARK_ORDERS = f"""
    INSERT INTO analytics_dirtyday (day)
    SELECT DISTINCT {DAY.format(moment="placed_at")} FROM ({{changed}}) AS changed;
"""

# Who is new on which day follows from the first purchase: the days between the old and the new one may tell otherwise.
MARK_FIRST_PURCHASES = f"""
    INSERT INTO analytics_dirtyday (day)
    SELECT DISTINCT {DAY.format(moment="bought.placed_at")}
      FROM (SELECT customer_id, min(first_order_at) AS since,
                   CASE count(*) WHEN 1 THEN 'infinity' ELSE max(coalesce(first_order_at, 'infinity')) END AS until
              FROM ({{changed}}) AS changed GROUP BY customer_id
            HAVING count(first_order_at) > 0 AND (count(*) = 1 OR count(*) <> count(first_order_at)
                   OR min(first_order_at) <> max(first_order_at))) AS moved
      JOIN customers_order AS bought ON bought.customer_id = moved.customer_id AND bought.is_purchase
           AND bought.placed_at >= moved.since - interval '1 day' AND bought.placed_at < moved.until + interval '1 day';
"""
MARK_SOURCES = f"""
    INSERT INTO analytics_dirtyday (day)
    SELECT DISTINCT {DAY.format(moment="bought.placed_at")}
      FROM (SELECT id FROM ({{changed}}) AS changed GROUP BY id
            HAVING min(acquisition_source) <> max(acquisition_source)) AS moved
      JOIN customers_order AS bought ON bought.customer_id = moved.id AND bought.is_purchase;
"""

SUM_MESSAGES = f"""
    INSERT INTO analytics_campaignstate
           (campaign_id, step_id, variant_id, account_id, status, skip_reason, is_sandbox, messages)
    SELECT campaign_id, step_id, variant_id, account_id,
           CASE WHEN status IN ('planned', 'claimed', 'sending') THEN 'waiting' ELSE status END,
           CASE status WHEN 'skipped' THEN skip_reason ELSE '' END, is_sandbox, sum(sign)
      FROM ({{changed}}) AS changed GROUP BY 1, 2, 3, 4, 5, 6, 7 HAVING sum(sign) <> 0;
    INSERT INTO analytics_campaignday (campaign_id, step_id, variant_id, account_id, day, hour,
                                       sent, delivered, opened, clicked, unsubscribed, cost)
    SELECT campaign_id, step_id, variant_id, account_id,
           {DAY.format(moment="moment")}, {HOUR.format(moment="moment")},
           sum(sign * is_sent), sum(sign * is_delivered), sum(sign * is_opened), sum(sign * is_clicked),
           sum(sign * is_unsubscribed), sum(sign * part)
      FROM (SELECT campaign_id, step_id, variant_id, account_id, coalesce(sent_at, sending_at, planned_at) AS left_at,
                   status = 'sent' AS was_sent, CASE delivery WHEN 'delivered' THEN delivered_at END AS delivered_at,
                   opened_at, clicked_at, unsubscribed_at, cost, sum(sign) AS sign
              FROM ({{changed}}) AS changed
             WHERE status = 'sent' OR delivered_at IS NOT NULL OR opened_at IS NOT NULL OR clicked_at IS NOT NULL
                OR unsubscribed_at IS NOT NULL OR cost <> 0
             GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 HAVING sum(sign) <> 0) AS message
     CROSS JOIN LATERAL (VALUES
           (CASE WHEN was_sent THEN left_at END, 1, 0, 0, 0, 0, 0), (delivered_at, 0, 1, 0, 0, 0, 0),
           (opened_at, 0, 0, 1, 0, 0, 0), (clicked_at, 0, 0, 0, 1, 0, 0), (unsubscribed_at, 0, 0, 0, 0, 1, 0),
           (CASE WHEN cost <> 0 THEN left_at END, 0, 0, 0, 0, 0, cost)
           ) AS happened (moment, is_sent, is_delivered, is_opened, is_clicked, is_unsubscribed, part)
     WHERE moment IS NOT NULL
     GROUP BY 1, 2, 3, 4, 5, 6
    HAVING sum(sign * is_sent) <> 0 OR sum(sign * is_delivered) <> 0 OR sum(sign * is_opened) <> 0
        OR sum(sign * is_clicked) <> 0 OR sum(sign * is_unsubscribed) <> 0 OR sum(sign * part) <> 0;
"""
SUM_CLOSED_WAYS = f"""
    INSERT INTO analytics_campaignday (campaign_id, step_id, variant_id, account_id, day, hour,
                                       sent, delivered, opened, clicked, unsubscribed, cost)
    SELECT message.campaign_id, message.step_id, closed.variant_id, closed.account_id,
           {DAY.format(moment="left_at")}, {HOUR.format(moment="left_at")}, 0, 0, 0, 0, 0, sum(sign * closed.cost)
      FROM (SELECT *, coalesce(sent_at, closed_at) AS left_at FROM ({{changed}}) AS changed WHERE cost <> 0) AS closed
      JOIN campaigns_message AS message ON message.id = closed.message_id
     GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(sign * closed.cost) <> 0;
"""
SUM_CREDITS = f"""
    INSERT INTO analytics_earningday (model, campaign_id, step_id, variant_id, account_id, day, hour,
                                      orders, revenue, refunded)
    SELECT credit.model, credit.campaign_id, message.step_id, message.variant_id, message.account_id,
           {DAY.format(moment="credit.placed_at")}, {HOUR.format(moment="credit.placed_at")},
           sum(sign), sum(sign * credit.revenue), 0
      FROM ({{changed}}) AS credit JOIN campaigns_message AS message ON message.id = credit.message_id
     GROUP BY 1, 2, 3, 4, 5, 6, 7 HAVING sum(sign) <> 0 OR sum(sign * credit.revenue) <> 0;
"""
# A credit's refunds are deleted by a statement of their own before it is, so it is still there to tell whose they were.
SUM_REFUNDS = f"""
    INSERT INTO analytics_earningday (model, campaign_id, step_id, variant_id, account_id, day, hour,
                                      orders, revenue, refunded)
    SELECT credit.model, credit.campaign_id, message.step_id, message.variant_id, message.account_id,
           {DAY.format(moment="refund.refunded_at")}, {HOUR.format(moment="refund.refunded_at")},
           0, 0, sum(sign * refund.amount)
      FROM ({{changed}}) AS refund
      JOIN analytics_attributedorder AS credit ON credit.id = refund.credit_id
      JOIN campaigns_message AS message ON message.id = credit.message_id
     GROUP BY 1, 2, 3, 4, 5, 6, 7 HAVING sum(sign * refund.amount) <> 0;
"""
# A message that goes on over another way takes what it earned along: few have, so row by row by the index of credits.
MOVE_EARNINGS = f"""
    INSERT INTO analytics_earningday (model, campaign_id, step_id, variant_id, account_id, day, hour,
                                      orders, revenue, refunded)
    SELECT model, campaign_id, step_id, variant_id, account_id,
           {DAY.format(moment="moment")}, {HOUR.format(moment="moment")},
           sum(sign * orders), sum(sign * revenue), sum(sign * refunded)
      FROM (SELECT id, step_id, variant_id, account_id, sum(sign) AS sign
              FROM ({{changed}}) AS changed GROUP BY 1, 2, 3, 4 HAVING sum(sign) <> 0) AS moved
     CROSS JOIN LATERAL (
           SELECT model, campaign_id, placed_at AS moment, 1 AS orders, revenue, 0 AS refunded
             FROM analytics_attributedorder WHERE message_id = moved.id
            UNION ALL
           SELECT credit.model, credit.campaign_id, refund.refunded_at, 0, 0, refund.amount
             FROM analytics_attributedorder AS credit JOIN analytics_creditrefund AS refund
                  ON refund.credit_id = credit.id
            WHERE credit.message_id = moved.id OFFSET 0) AS earned
     GROUP BY 1, 2, 3, 4, 5, 6, 7;
"""
SUM_MACHINES = f"""
    INSERT INTO analytics_machineday (campaign_id, day, kind, reason, hits)
    SELECT message.campaign_id, {DAY.format(moment="hit.occurred_at")}, hit.kind, hit.machine_reason, sum(sign)
      FROM (SELECT message_id, kind, occurred_at, machine_reason, sum(sign) AS sign
              FROM ({{changed}}) AS changed WHERE is_machine GROUP BY 1, 2, 3, 4 HAVING sum(sign) <> 0) AS hit
      JOIN campaigns_message AS message ON message.id = hit.message_id
     GROUP BY 1, 2, 3, 4 HAVING sum(sign) <> 0;
"""

# A join is planned anew each time: a plan made for one row would be kept for a million, and the other way round.
PLANNED_ANEW = "    EXECUTE $joined${body}$joined$;"
JOINS = (MARK_FIRST_PURCHASES, MARK_SOURCES, SUM_CLOSED_WAYS, SUM_CREDITS, SUM_REFUNDS, SUM_MACHINES)
# Messages that change may do both. Rows that are all of one way and stay so take nothing to another.
FOLLOW_MESSAGES = f"""{SUM_MESSAGES}
    IF EXISTS (SELECT FROM ({{changed}}) AS changed HAVING (min(step_id), min(variant_id), min(account_id))
                                                        <> (max(step_id), max(variant_id), max(account_id)))
       AND EXISTS (SELECT id, step_id, variant_id, account_id FROM added
                   EXCEPT SELECT id, step_id, variant_id, account_id FROM removed) THEN
{PLANNED_ANEW.format(body=MOVE_EARNINGS)}
    END IF;
"""
# Most statements change nothing that these bodies look at. Of the three by which a message leaves, two only have it
# wait otherwise: what has neither left nor cost anything counts for its way and nothing else.
MATTERS = {
    FOLLOW_MESSAGES: """
    SELECT FROM ({changed}) AS changed
     WHERE status NOT IN ('planned', 'claimed', 'sending') OR cost <> 0 OR delivered_at IS NOT NULL
        OR opened_at IS NOT NULL OR clicked_at IS NOT NULL OR unsubscribed_at IS NOT NULL
) OR EXISTS (
    SELECT FROM ({changed}) AS changed
     GROUP BY id, campaign_id, step_id, variant_id, account_id, is_sandbox HAVING sum(sign) <> 0
""",
    SUM_MACHINES: "SELECT FROM ({changed}) AS changed WHERE is_machine",
}

OF_MESSAGES = (
    "campaign_id, step_id, variant_id, account_id, status, skip_reason, is_sandbox, planned_at, sending_at,"
    " sent_at, delivery, delivered_at, opened_at, clicked_at, unsubscribed_at, cost"
)
# name, table, statements, body, the columns it reads
TRIGGERS = (
    ("mark_orders", "customers_order", ("insert", "update", "delete"), MARK_ORDERS, "placed_at"),
    (
        "mark_first_purchases",
        "customers_customerstats",
        ("insert", "update", "delete"),
        MARK_FIRST_PURCHASES,
        "customer_id, first_order_at",
    ),
    ("mark_sources", "customers_customer", ("update",), MARK_SOURCES, "id, acquisition_source"),
    ("sum_messages", "campaigns_message", ("insert", "delete"), SUM_MESSAGES, OF_MESSAGES),
    ("follow_messages", "campaigns_message", ("update",), FOLLOW_MESSAGES, f"id, {OF_MESSAGES}"),
    (
        "sum_closed_ways",
        "campaigns_closedleg",
        ("insert", "update", "delete"),
        SUM_CLOSED_WAYS,
        "message_id, variant_id, account_id, cost, sent_at, closed_at",
    ),
    (
        "sum_credits",
        "analytics_attributedorder",
        ("insert", "update", "delete"),
        SUM_CREDITS,
        "model, campaign_id, message_id, placed_at, revenue",
    ),
    (
        "sum_refunds",
        "analytics_creditrefund",
        ("insert", "update", "delete"),
        SUM_REFUNDS,
        "credit_id, refunded_at, amount",
    ),
    (
        "sum_machines",
        "campaigns_hit",
        ("insert", "update", "delete"),
        SUM_MACHINES,
        "message_id, kind, occurred_at, is_machine, machine_reason",
    ),
)


def _make(name: str, table: str, statement: str, body: str, columns: str) -> str:
    changed = " UNION ALL ".join(part.format(columns=columns) for part in FROM[statement])
    function = f"analytics_{name}_on_{statement}"
    sums = body.format(changed=changed)
    rows = "SELECT FROM removed" if statement == "delete" else "SELECT FROM added"
    matters = MATTERS.get(body, rows).format(changed=changed)
    return f"""
CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS ({matters}) THEN
{PLANNED_ANEW.format(body=sums) if body in JOINS else sums}
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER {function} AFTER {statement.upper()} ON {table}
    REFERENCING {REFERENCING[statement]} FOR EACH STATEMENT EXECUTE FUNCTION {function}();
"""


def _operations() -> list[migrations.RunSQL]:
    return [
        migrations.RunSQL(
            _make(name, table, statement, body, columns),
            f"DROP TRIGGER analytics_{name}_on_{statement} ON {table}; DROP FUNCTION analytics_{name}_on_{statement}()",
        )
        for name, table, statements, body, columns in TRIGGERS
        for statement in statements
    ]


class Migration(migrations.Migration):
    """Adds a trigger a statement for every table whose facts are summed."""

    dependencies = [
        ("analytics", "0001_initial"),
        ("campaigns", "0002_check_what_messages_refer_to"),
        ("customers", "0001_initial"),
    ]
    operations = _operations()
