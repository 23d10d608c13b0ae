"""What still lies in a cart, told alike by the trigger of left carts, by the exit and by the list of products."""

# Of the touches of one product, as `touch` with kind, quantity (text), occurred_at and id: either it was put in last,
# or more pieces were put in than taken out. What is taken out without a number of pieces is taken out whole.
STILL_IN = """(
    (array_agg(touch.kind ORDER BY touch.occurred_at DESC, touch.id DESC))[1] = 'cart_add'
    OR sum(
        CASE WHEN touch.kind = 'cart_add'
             THEN CASE WHEN touch.quantity ~ '^[0-9]+$' AND length(touch.quantity) <= 6
                       THEN touch.quantity::int ELSE 1 END
             ELSE CASE WHEN touch.quantity ~ '^[0-9]+$' AND length(touch.quantity) <= 6
                       THEN -touch.quantity::int ELSE -100000000 END END
    ) > 0
)"""
# What an order took along, which need not be paid yet: a transfer that is awaited empties the cart as well.
IS_ORDER = "status <> 'cancelled'"
