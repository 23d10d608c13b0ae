"""Visits to the web shop: the views `generated_order_event` and `generated_visit_event`.

Who buys online looked, put it in the cart and went to the checkout before. The rest of the events are visits of three
steps without a purchase, some of which leave something in the cart. Every third customer's browser is known; some
visitors never say who they are.
"""

from django.db.backends.utils import CursorWrapper

from crm_project.demo.generated.chance import Chance
from crm_project.demo.generated.people import DAYS_BEFORE, SHARE_JOINED_BEFORE
from crm_project.demo.generated.purchases import POPULARITY
from crm_project.demo.generated.size import SECONDS_A_DAY, Size

STEPS = 3
ORDER_STEPS = ((1, "product_view", 900), (2, "cart_add", 600), (3, "checkout", 120))
SECONDS_A_STEP = 40
SHARE_ABANDONED, SHARE_SEARCH, SHARE_APP = 0.18, 0.25, 0.2
SHARE_ANONYMOUS = 0.15
# The one of so many candidates who buys most is the one who visits: who buys much looks much.
CANDIDATES = 3
BROWSER_KNOWN_ONE_IN = 3
SEARCHES = ("원두", "기저귀", "사료", "선물", "세일", "원피스", "텐트", "샴푸", "비타민", "생수", "커튼", "그림책")


def make_views(cursor: CursorWrapper, size: Size, chance: Chance) -> None:
    """Make the two views. Both yield (external_id, kind, customer, visitor, second, product, query)."""
    cursor.execute(_order_events())
    cursor.execute("SELECT count(*) FROM generated_order_event")
    cursor.execute(_visit_events(size, chance, visits=max(size.events - cursor.fetchone()[0], 0) // STEPS))


def _order_events() -> str:
    steps = ", ".join(f"({number}, '{kind}', {seconds})" for number, kind, seconds in ORDER_STEPS)
    return f"""
        CREATE TEMP VIEW generated_order_event AS
        SELECT 'O' || number || '-' || step.number_of AS external_id, step.kind, customer,
               {_browser("customer")} AS visitor, second - step.seconds AS second, product, NULL::text AS query
        FROM (SELECT number, customer, second, product FROM generated_sale WHERE NOT is_store OFFSET 0) online
        CROSS JOIN (VALUES {steps}) step (number_of, kind, seconds)
    """


def _visit_events(size: Size, chance: Chance, *, visits: int) -> str:
    draw = "visit"
    candidates = ", ".join(
        f"({chance.below('members', f'visitor {candidate}', draw)} + 1)" for candidate in range(CANDIDATES)
    )
    members = (
        f"{size.customers} * ({SHARE_JOINED_BEFORE} + {1 - SHARE_JOINED_BEFORE}"
        f" * least(second::float8 / {(size.days - 14) * SECONDS_A_DAY}, 1)) - 1"
    )
    product = f"1 + floor({size.products} * power({chance.share('looks at', 'visit * 4 + step')}, {POPULARITY}))::int"
    return f"""
        CREATE TEMP VIEW generated_visit_event AS
        SELECT 'V' || visit || '-' || step AS external_id, kind, who.customer,
               CASE WHEN who.customer IS NULL THEN 'a' || {size.customers} + visit / 2
                    ELSE {_browser("who.customer")} END AS visitor,
               (start + (step - 1) * {SECONDS_A_STEP})::int AS second,
               CASE WHEN kind IN ('product_view', 'cart_add') THEN {product} END AS product,
               CASE WHEN kind = 'search' THEN {chance.one_of(SEARCHES, "searches", "visit")} END AS query
        FROM (
            SELECT visit, start, CASE WHEN {chance.share("anonymous", draw)} >= {SHARE_ANONYMOUS}
                                           AND known.left_day > start / {SECONDS_A_DAY} THEN known.number END AS customer
            FROM (
                SELECT visit, second AS start, greatest({members}, 1) AS members
                FROM (SELECT visit, (({size.seconds - STEPS * SECONDS_A_STEP - 1})::bigint * visit / {max(visits, 1)})
                             AS second FROM generate_series(1, {visits}) visit) spread
            ) visiting
            CROSS JOIN LATERAL (SELECT each.number FROM (VALUES {candidates}) each (number)
                                ORDER BY {chance.share("buys", "each.number")} DESC LIMIT 1) likely
            LEFT JOIN generated_customer known ON known.number = likely.number
        ) who
        CROSS JOIN generate_series(1, {STEPS}) step
        CROSS JOIN LATERAL (SELECT CASE step
            WHEN 1 THEN CASE WHEN {chance.share("searches first", draw)} < {SHARE_SEARCH} THEN 'search'
                             WHEN {chance.share("by app", draw)} < {SHARE_APP} THEN 'app_open' ELSE 'page_view' END
            WHEN 2 THEN 'product_view'
            ELSE CASE WHEN {chance.share("abandons", draw)} < {SHARE_ABANDONED} THEN 'cart_add' ELSE 'product_view' END
            END AS kind) does
    """


def _browser(customer: str) -> str:
    return f"CASE WHEN {customer} % {BROWSER_KNOWN_ONE_IN} = 0 THEN 'c' || {customer} END"
