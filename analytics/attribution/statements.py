"""The SQL of attribution: touches of orders, what they are due under each model, and what refunds take back.

All of it is a reading of orders, refunds, messages and hits, for the orders of one chunk (`ids`). A touch is a click by
a person, or an advertising message that arrived; it counts from its campaign's window before the order up to the
order itself. A message counts once, however often it was clicked.

Every won has its place: with three messages, the first won is the first message's, the second the second's, the
fourth the first's again. So shares are whole, add up, and what is left after a refund is shared in the same way.
"""

# %(...)s are the orders and the models. A test send to the sandbox reaches nobody but the made-up customers of a demo.
DUE = """
CREATE TEMP TABLE attribution_due ON COMMIT DROP AS
WITH bought AS MATERIALIZED (
    SELECT bought.id, bought.customer_id, bought.placed_at, greatest(0, bought.paid - bought.shipping) AS brought,
           reader.is_demo
      FROM customers_order AS bought JOIN customers_customer AS reader ON reader.id = bought.customer_id
     WHERE bought.id = ANY(%(ids)s)
       AND (bought.is_purchase
            OR bought.status IN ('cancelled', 'refunded')
               AND EXISTS (SELECT FROM customers_refund AS refund WHERE refund.order_id = bought.id))
), touched AS MATERIALIZED (
    SELECT bought.id AS order_id, message.campaign_id, message.id AS message_id, bought.placed_at, bought.brought,
           clicked.occurred_at AS clicked_at, clicked.id AS click, arrived.arrived_at
      FROM bought
      JOIN campaigns_message AS message ON message.customer_id = bought.customer_id
      JOIN campaigns_campaign AS campaign ON campaign.id = message.campaign_id
     CROSS JOIN LATERAL (
           SELECT bought.placed_at - make_interval(days => campaign.attribution_days) AS opens) AS in_time
      LEFT JOIN LATERAL (
           SELECT hit.id, hit.occurred_at FROM campaigns_hit AS hit
            WHERE hit.message_id = message.id AND hit.kind = 'click' AND NOT hit.is_machine
              AND hit.occurred_at > in_time.opens AND hit.occurred_at <= bought.placed_at
            ORDER BY hit.occurred_at DESC, hit.id DESC LIMIT 1) AS clicked ON message.clicked_at <= bought.placed_at
           AND (bought.is_demo OR NOT message.is_sandbox)
      LEFT JOIN LATERAL (
           SELECT coalesce(message.delivered_at, message.sent_at) AS arrived_at) AS arrived
        ON message.status = 'sent' AND message.delivery <> 'failed' AND campaign.purpose = 'ad'
           AND (bought.is_demo OR NOT message.is_sandbox)
           AND arrived.arrived_at > in_time.opens AND arrived.arrived_at <= bought.placed_at
     WHERE clicked.id IS NOT NULL OR arrived.arrived_at IS NOT NULL
), clicks AS (
    SELECT DISTINCT ON (order_id) 'last_click' AS model, order_id, campaign_id, message_id, clicked_at AS touched_at,
           placed_at, brought AS revenue
      FROM touched WHERE click IS NOT NULL ORDER BY order_id, clicked_at DESC, click DESC
), arrivals AS (
    SELECT DISTINCT ON (order_id) 'last_delivered', order_id, campaign_id, message_id, arrived_at, placed_at, brought
      FROM touched WHERE arrived_at IS NOT NULL ORDER BY order_id, arrived_at DESC, message_id DESC
), shares AS (
    SELECT 'linear', order_id, campaign_id, message_id, touched_at, placed_at,
           brought / count(*) OVER sharers + (row_number() OVER in_turn <= brought %% count(*) OVER sharers)::int
      FROM (SELECT *, greatest(clicked_at, arrived_at) AS touched_at FROM touched) AS touched
    WINDOW sharers AS (PARTITION BY order_id), in_turn AS (PARTITION BY order_id ORDER BY touched_at, message_id)
)
SELECT * FROM (TABLE clicks UNION ALL TABLE arrivals UNION ALL TABLE shares) AS due WHERE model = ANY(%(models)s)
"""

# What is no longer due; first what refunds had taken of it.
NOT_DUE = """
 credit.order_id = ANY(%(ids)s) AND credit.model = ANY(%(models)s)
 AND NOT EXISTS (SELECT FROM attribution_due AS due
                  WHERE (due.order_id, due.model, due.message_id)
                        = (credit.order_id, credit.model, credit.message_id))
"""
FORGET_REFUNDS = f"""
DELETE FROM analytics_creditrefund AS refund USING analytics_attributedorder AS credit
 WHERE refund.credit_id = credit.id AND {NOT_DUE}
"""
TAKE_BACK = f"DELETE FROM analytics_attributedorder AS credit WHERE {NOT_DUE}"

CREDIT = """
INSERT INTO analytics_attributedorder AS credit
       (order_id, model, campaign_id, message_id, touched_at, placed_at, revenue, refunded, attributed_at)
SELECT order_id, model, campaign_id, message_id, touched_at, placed_at, revenue, 0, clock_timestamp()
  FROM attribution_due
    ON CONFLICT (order_id, model, message_id) DO UPDATE
   SET campaign_id = excluded.campaign_id, touched_at = excluded.touched_at, placed_at = excluded.placed_at,
       revenue = excluded.revenue, refunded = least(credit.refunded, excluded.revenue),
       attributed_at = excluded.attributed_at
 WHERE (credit.campaign_id, credit.touched_at, credit.placed_at, credit.revenue)
       IS DISTINCT FROM (excluded.campaign_id, excluded.touched_at, excluded.placed_at, excluded.revenue)
RETURNING id
"""

# Each refund takes what is shared before it less what is shared after it; more than an order brought is not taken.
REVERSE = """
WITH credit AS MATERIALIZED (
    SELECT id, order_id, sum(revenue) OVER sharers AS brought, count(*) OVER sharers AS sharers,
           row_number() OVER (PARTITION BY order_id, model ORDER BY touched_at, message_id) AS place
      FROM analytics_attributedorder WHERE order_id = ANY(%(ids)s) AND model = ANY(%(models)s)
    WINDOW sharers AS (PARTITION BY order_id, model)
), refund AS (
    SELECT id, order_id, refunded_at, amount, sum(amount) OVER in_turn AS so_far
      FROM customers_refund WHERE order_id = ANY(%(ids)s)
    WINDOW in_turn AS (PARTITION BY order_id ORDER BY refunded_at, id)
), left_over AS (
    SELECT credit.id AS credit_id, refund.id AS refund_id, refund.refunded_at, credit.sharers, credit.place,
           (credit.brought - least(credit.brought, refund.so_far - refund.amount))::bigint AS before,
           (credit.brought - least(credit.brought, refund.so_far))::bigint AS after
      FROM credit JOIN refund USING (order_id)
), due AS MATERIALIZED (
    SELECT * FROM (
        SELECT credit_id, refund_id, refunded_at,
               before / sharers + (place <= before %% sharers)::int
               - after / sharers - (place <= after %% sharers)::int AS amount
          FROM left_over) AS shared
     WHERE amount > 0
), forgotten AS (
    DELETE FROM analytics_creditrefund AS taken USING credit
     WHERE taken.credit_id = credit.id
       AND NOT EXISTS (SELECT FROM due WHERE (due.credit_id, due.refund_id) = (taken.credit_id, taken.refund_id))
), taken AS (
    INSERT INTO analytics_creditrefund AS taken (credit_id, refund_id, refunded_at, amount)
    SELECT credit_id, refund_id, refunded_at, amount FROM due
        ON CONFLICT (credit_id, refund_id) DO UPDATE SET refunded_at = excluded.refunded_at, amount = excluded.amount
     WHERE (taken.refunded_at, taken.amount) IS DISTINCT FROM (excluded.refunded_at, excluded.amount)
)
UPDATE analytics_attributedorder AS credited SET refunded = coalesce(total.won, 0), attributed_at = clock_timestamp()
  FROM credit LEFT JOIN (SELECT credit_id, sum(amount) AS won FROM due GROUP BY credit_id) AS total
       ON total.credit_id = credit.id
 WHERE credited.id = credit.id AND credited.refunded <> coalesce(total.won, 0)
RETURNING credited.id
"""
