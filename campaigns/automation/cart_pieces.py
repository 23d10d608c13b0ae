"""What a journey asks of the cart: pieces of SQL over the row `journey`, up to the moment `at`."""

from customers import carts

# Since a week before the anchor: older carts are forgotten, not left.
CART_SINCE = "journey.anchor_at - interval '7 days'"
LAST_PUT_IN = f"""
    coalesce((
        SELECT max(put.occurred_at) FROM customers_event AS put
        WHERE put.customer_id = journey.customer_id AND put.kind = 'cart_add'
          AND put.occurred_at > {CART_SINCE} AND put.occurred_at <= journey.anchor_at
    ), journey.anchor_at)
"""
# As the trigger counts: since the last order alone, by pieces of each product.
STILL_IN_CART = f"""
    EXISTS (
        SELECT FROM (
            SELECT id, kind, product_id, occurred_at, properties ->> 'quantity' AS quantity FROM customers_event
            WHERE customer_id = journey.customer_id AND kind IN ('cart_add', 'cart_remove')
              AND occurred_at > {CART_SINCE} AND occurred_at <= {{at}}
              AND occurred_at >= coalesce((
                  SELECT max(bought.placed_at) FROM customers_order AS bought
                  WHERE bought.customer_id = journey.customer_id AND bought.{carts.IS_ORDER}
                    AND bought.placed_at <= {{at}}
              ), '-infinity')
        ) AS touch
        GROUP BY touch.product_id HAVING {carts.STILL_IN}
    )
"""
TAKEN_OUT = f"""
    EXISTS (
        SELECT FROM customers_event AS out
        WHERE out.customer_id = journey.customer_id AND out.kind = 'cart_remove'
          AND out.occurred_at > {CART_SINCE} AND out.occurred_at <= {{at}}
    )
"""
