"""What was bought: `generated_order`, in the order of time, and the view `generated_sale` with its money and products.

A customer's purchases take turns: each of their staples on its cycle, counted back from the day they left (or the
last), and something for no reason, on a day drawn by season and weekday. A turn that lies before the customer joined
becomes one of the latter. So the median gap between purchases of a staple is its true cycle.
"""

from django.db.backends.utils import CursorWrapper

from crm_project.demo.generated.catalogue import TOGETHER, used_up
from crm_project.demo.generated.chance import Chance, floats
from crm_project.demo.generated.people import MOST_STAPLES
from crm_project.demo.generated.size import SECONDS_A_DAY, Size

CYCLE_JITTER = 0.1  # of the cycle, how far a purchase strays from its day (standard deviation)
POPULARITY = 2.0  # the power that makes few products sell most
TURNS = 1_048_576  # more than any customer has; a customer and a turn make one number
SHARE_SECOND_STAPLE, SHARE_THIRD = 0.25, 0.2
FREE_SHIPPING_FROM, SHIPPING = 50_000, 3_000
SHARE_CANCELLED, SHARE_REFUNDED, SHARE_PARTLY_REFUNDED, SHARE_PENDING = 0.03, 0.02, 0.01, 0.2
KEY = f"(customer * {TURNS} + turn)"


def make_tables(cursor: CursorWrapper, size: Size, chance: Chance) -> None:
    """Make the temporary table `generated_order` and the view `generated_sale` over it."""
    cursor.execute(_orders(size, chance))
    cursor.execute("ANALYZE generated_order")
    cursor.execute(_sales(size, chance))


def _orders(size: Size, chance: Chance) -> str:
    """Return the SQL of who bought which first product when; what else was bought follows from that."""
    return f"""
        CREATE TEMP TABLE generated_order AS
        SELECT row_number() OVER (ORDER BY second, customer, turn) AS number, customer, turn, second, product, campaign
        FROM ({_regular(size, chance)} UNION ALL {_by_campaign(size, chance)}) bought
        ORDER BY number
    """


def _regular(size: Size, chance: Chance) -> str:
    staples, lasting = used_up(size), size.products - used_up(size)
    shares, hours = floats(size.share_before_day), floats(size.share_before_hour)
    drawn_day = f"opens + {chance.share('day', KEY)} * (closes - opens)"
    impulse = f"{staples + 1} + floor({lasting} * power({chance.share('impulse', KEY)}, {POPULARITY}))::int"
    return f"""
        SELECT customer, turn, product, NULL::int AS campaign,
               (day * {SECONDS_A_DAY} + (width_bucket({chance.share("hour", KEY)}, {hours}) - 1) * 3600
                + {chance.below("3600", "second of the hour", KEY)})::int AS second
        FROM (
            SELECT customer, turn, CASE WHEN due > earliest THEN staple ELSE {impulse} END AS product,
                   CASE WHEN due > earliest THEN least(floor(due)::int, left_day - 1)
                        ELSE width_bucket({drawn_day}, {shares}) - 1 END AS day
            FROM (
                SELECT customer, turn, first_day + 1 AS earliest, left_day, staple,
                       ({shares})[first_day + 2] AS opens, ({shares})[left_day + 1] AS closes,
                       left_day - cycle_days * pace * (turn / (staples + 1) + phase
                           + {CYCLE_JITTER} * {chance.normal("jitter", KEY)}) AS due
                FROM ({_turns(size, chance)}) taken
                LEFT JOIN generated_product staple_of ON staple_of.number = staple
                OFFSET 0 -- so that each due day is drawn once
            ) planned
        ) placed
    """


def _turns(size: Size, chance: Chance) -> str:
    """Return the SQL of every turn of every customer, with its staple; the last turn of a round has none."""
    slot = f"customer * {MOST_STAPLES} + turn % (staples + 1)"
    products_a_slot = used_up(size) // MOST_STAPLES
    popular = f"floor({products_a_slot} * power({chance.share('staple', slot)}, {POPULARITY}))::int"
    return f"""
        SELECT customer, turn, first_day, left_day, staples, pace, {chance.share("phase", slot)} AS phase,
               CASE WHEN turn % (staples + 1) < staples
                    THEN 1 + turn % (staples + 1) + {MOST_STAPLES} * {popular} END AS staple
        FROM (SELECT number AS customer, * FROM generated_customer) buyer
        CROSS JOIN LATERAL generate_series(0, orders - 1) turn
    """


def _by_campaign(size: Size, chance: Chance) -> str:
    drawn = chance.share("by campaign", f"customer * {TURNS} + campaign")
    return f"""
        SELECT customer, {TURNS} - campaign, 1 + floor({size.products} * power({drawn}, {POPULARITY}))::int,
               campaign, bought
        FROM generated_enrollment WHERE bought < {size.seconds}
    """


def _sales(size: Size, chance: Chance) -> str:
    """Return the SQL of the orders with their customer, products, amounts and status."""
    age = f"({size.days} - second / {SECONDS_A_DAY})"
    partly = f"{chance.share('partly', KEY)} < {SHARE_PARTLY_REFUNDED}"
    return f"""
        CREATE TEMP VIEW generated_sale AS
        SELECT *, CASE WHEN status IN ('cancelled', 'refunded') THEN paid WHEN {partly} THEN least(amount1, paid)
                       ELSE 0 END AS refunded
        FROM (
            SELECT *, items - discount - points + shipping AS paid FROM (
                SELECT *, {_a_share_of("amount1", 0.2, "discount", chance)} AS discount,
                       {_a_share_of("amount1", 0.1, "points", chance)} / 2 AS points,
                       CASE WHEN is_store OR items >= {FREE_SHIPPING_FROM} THEN 0 ELSE {SHIPPING} END AS shipping,
                       CASE WHEN fate < {SHARE_CANCELLED} THEN 'cancelled'
                            WHEN fate < {SHARE_CANCELLED + SHARE_REFUNDED} THEN 'refunded'
                            WHEN is_store OR {age} = 1 AND fate < {1 - SHARE_PENDING} THEN 'paid'
                            WHEN {age} = 1 THEN 'pending'
                            WHEN {age} < 5 THEN 'shipped' ELSE 'delivered' END AS status
                FROM ({_baskets(size, chance)}) filled
            ) priced
            OFFSET 0 -- so that each amount is computed once
        ) settled
    """


def _baskets(size: Size, chance: Chance) -> str:
    """Return the SQL of the orders with up to three products; no product is in one twice."""
    staple = f"1 + floor({used_up(size)} * power({chance.share('second staple', KEY)}, {POPULARITY}))::int"
    third = f"1 + floor({size.products} * power({chance.share('third product', KEY)}, {POPULARITY}))::int"
    quantity = f"1 + floor(2.2 * power({chance.share('quantity', KEY)}, 3))::int"
    return f"""
        SELECT *, amount1 + coalesce(amount2, 0) + coalesce(amount3, 0) AS items FROM (
            SELECT bought.*, first.sku AS sku1, quantity1, first.price * quantity1 AS amount1,
                   second.number AS product2, second.sku AS sku2, second.price AS amount2,
                   third.number AS product3, third.sku AS sku3, third.price AS amount3,
                   coalesce(home_store, 1 + customer % {size.stores})::int AS store,
                   {chance.share("status", KEY)} AS fate, {chance.share("channel", KEY)} < store_share AS is_store
            FROM generated_order bought
            JOIN generated_customer buyer ON buyer.number = bought.customer
            JOIN generated_product first ON first.number = bought.product
            CROSS JOIN LATERAL (SELECT {quantity} AS quantity1) amount
            LEFT JOIN generated_product second ON second.number = CASE
                WHEN {chance.share("together", KEY)} < {TOGETHER} THEN first.partner
                WHEN {chance.share("has second", KEY)} < {SHARE_SECOND_STAPLE} THEN nullif({staple}, first.number) END
            LEFT JOIN generated_product third ON third.number = CASE
                WHEN {chance.share("has third", KEY)} < {SHARE_THIRD} THEN nullif({third}, first.number) END
                AND third.number IS DISTINCT FROM second.number
            OFFSET 0 -- so that each draw is made once
        ) chosen
    """


def _a_share_of(amount: str, share: float, about: str, chance: Chance) -> str:
    """Return the SQL of a tenth of an amount in whole hundreds of won, for a share of the orders."""
    return f"CASE WHEN {chance.share(about, KEY)} < {share} THEN {amount} / 1000 * 100 ELSE 0 END"
