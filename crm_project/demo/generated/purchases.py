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
    drawn_staple = f"{chance.share('staple', f'customer * {MOST_STAPLES} + slot')}"
    staple = f"1 + slot + {MOST_STAPLES} * floor({staples // MOST_STAPLES} * power({drawn_staple}, {POPULARITY}))::int"
    phase = chance.share("phase", f"customer * {MOST_STAPLES} + slot")
    impulse = f"{staples + 1} + floor({lasting} * power({chance.share('impulse', KEY)}, {POPULARITY}))::int"
    return f"""
        SELECT customer, turn, product, NULL::int AS campaign,
               (day * {SECONDS_A_DAY} + (width_bucket({chance.share("hour", KEY)}, {hours}) - 1) * 3600
                + {chance.below("3600", "second of the hour", KEY)})::int AS second
        FROM (
            SELECT customer, turn,
                   CASE WHEN due > first_day THEN staple ELSE {impulse} END AS product,
                   CASE WHEN due > first_day THEN least(floor(due)::int, left_day - 1)
                        ELSE width_bucket(opens + {chance.share("day", KEY)} * (closes - opens), {shares}) - 1 END AS day
            FROM (
                SELECT customer, turn, first_day + 1 AS first_day, left_day, staple,
                       ({shares})[first_day + 2] AS opens, ({shares})[left_day + 1] AS closes,
                       left_day - cycle_days * pace * (turn / (staples + 1) + {phase}
                           + {CYCLE_JITTER} * {chance.normal("jitter", KEY)}) AS due
                FROM (SELECT number AS customer, * FROM generated_customer) buyer
                CROSS JOIN LATERAL generate_series(0, orders - 1) turn
                CROSS JOIN LATERAL (SELECT turn % (staples + 1) AS slot) taking_turns
                CROSS JOIN LATERAL (SELECT CASE WHEN slot < staples THEN {staple} END AS staple) chosen
                LEFT JOIN generated_product staple_of ON staple_of.number = staple
            ) planned
        ) placed
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
    staple = f"1 + floor({used_up(size)} * power({chance.share('second staple', KEY)}, {POPULARITY}))::int"
    third = f"1 + floor({size.products} * power({chance.share('third product', KEY)}, {POPULARITY}))::int"
    age = f"({size.days} - second / {SECONDS_A_DAY})"
    return f"""
        CREATE TEMP VIEW generated_sale AS
        SELECT *, CASE WHEN status IN ('cancelled', 'refunded') THEN paid
                       WHEN {chance.share("partly", KEY)} < {SHARE_PARTLY_REFUNDED} THEN least(amount1, paid)
                       ELSE 0 END AS refunded
        FROM (
            SELECT *, items - discount - points + shipping AS paid FROM (
                SELECT *, amount1 + coalesce(amount2, 0) + coalesce(amount3, 0) AS items,
                       {_a_share_of("amount1", 0.2, "discount", chance)} AS discount,
                       {_a_share_of("amount1", 0.1, "points", chance)} / 2 AS points,
                       CASE WHEN is_store OR amount1 + coalesce(amount2, 0) + coalesce(amount3, 0)
                                >= {FREE_SHIPPING_FROM} THEN 0 ELSE {SHIPPING} END AS shipping,
                       CASE WHEN status_draw < {SHARE_CANCELLED} THEN 'cancelled'
                            WHEN status_draw < {SHARE_CANCELLED + SHARE_REFUNDED} THEN 'refunded'
                            WHEN is_store THEN 'paid'
                            WHEN {age} < 2 THEN CASE WHEN status_draw > {1 - SHARE_PENDING} THEN 'pending' ELSE 'paid' END
                            WHEN {age} < 5 THEN 'shipped' ELSE 'delivered' END AS status
                FROM (
                    SELECT bought.*, first.sku AS sku1, quantity1, first.price * quantity1 AS amount1,
                           second.number AS product2, second.sku AS sku2, second.price AS amount2,
                           third.number AS product3, third.sku AS sku3, third.price AS amount3,
                           {chance.share("status", KEY)} AS status_draw,
                           {chance.share("channel", KEY)} < store_share AS is_store,
                           coalesce(home_store, 1 + customer.number % {size.stores})::int AS store
                    FROM generated_order bought
                    JOIN generated_customer customer ON customer.number = bought.customer
                    JOIN generated_product first ON first.number = bought.product
                    CROSS JOIN LATERAL (SELECT 1 + floor(2.2 * power({chance.share("quantity", KEY)}, 3))::int
                        AS quantity1) amount
                    LEFT JOIN generated_product second ON second.number = CASE
                        WHEN {chance.share("together", KEY)} < {TOGETHER} THEN coalesce(first.partner, 0)
                        WHEN {chance.share("has second", KEY)} < {SHARE_SECOND_STAPLE} THEN nullif({staple}, first.number)
                        END
                    LEFT JOIN generated_product third ON {chance.share("has third", KEY)} < {SHARE_THIRD}
                        AND third.number = nullif(nullif({third}, first.number), coalesce(second.number, 0))
                ) filled
            ) priced
        ) settled
    """


def _a_share_of(amount: str, share: float, about: str, chance: Chance) -> str:
    """Return the SQL of a tenth of an amount in whole hundreds of won, for a share of the orders."""
    return f"CASE WHEN {chance.share(about, KEY)} < {share} THEN {amount} / 1000 * 100 ELSE 0 END"
