"""Visits to the web shop: the views `generated_order_event` and `generated_visit_event`.

Who buys online looked, put it in the cart and went to the checkout before. The rest of the events are visits of three
steps without a purchase, some of which leave something in the cart. Every third customer's browser is known; some
visitors never say who they are.
"""

from django.db.backends.utils import CursorWrapper

from crm_project.demo.generated.chance import Chance
from crm_project.demo.generated.people import SHARE_JOINED_BEFORE
from crm_project.demo.generated.purchases import POPULARITY
from crm_project.demo.generated.size import SECONDS_A_DAY, Size

STEPS = 3
SECONDS_A_STEP = 40
SECONDS_BEFORE_ORDER = (900, 600, 120)
SHARE_ABANDONED, SHARE_SEARCH, SHARE_APP = 0.18, 0.25, 0.2
SHARE_ANONYMOUS = 0.15
BROWSER_KNOWN_ONE_IN = 3
SEARCHES = ("원두", "기저귀", "사료", "선물", "세일", "원피스", "텐트", "샴푸", "비타민", "생수", "커튼", "그림책")


def make_views(cursor: CursorWrapper, size: Size, chance: Chance) -> None:
    """Make the two views. Both yield (external_id, kind, customer, visitor, second, product, query)."""
    cursor.execute(_order_events())
    cursor.execute("SELECT count(*) FROM generated_order_event")
    cursor.execute(_visit_events(size, chance, visits=max(size.events - cursor.fetchone()[0], 0) // STEPS))


def _order_events() -> str:
    return f"""
        CREATE TEMP VIEW generated_order_event AS
        SELECT 'O' || number || '-' || step AS external_id,
               (ARRAY['product_view', 'cart_add', 'checkout'])[step] AS kind, customer,
               {_browser("customer")} AS visitor, second - (ARRAY{list(SECONDS_BEFORE_ORDER)})[step] AS second, product,
               NULL::text AS query
        FROM (SELECT number, customer, second, product, generate_series(1, {STEPS}) AS step
              FROM generated_sale WHERE NOT is_store) online
    """


def _visit_events(size: Size, chance: Chance, *, visits: int) -> str:
    members = (
        f"{size.customers} * ({SHARE_JOINED_BEFORE} + {1 - SHARE_JOINED_BEFORE}"
        f" * least(start::float8 / {(size.days - 14) * SECONDS_A_DAY}, 1)) - 1"
    )
    who = f"CASE WHEN {chance.share('anonymous', 'visit')} >= {SHARE_ANONYMOUS} THEN known.number END"
    product = f"1 + floor({size.products} * power({chance.share('looks at', 'visit * 4 + step')}, {POPULARITY}))::int"
    return f"""
        CREATE TEMP VIEW generated_visit_event AS
        SELECT 'V' || visit || '-' || step AS external_id, kind, customer,
               CASE WHEN customer IS NULL THEN 'a' || visit / 2 ELSE {_browser("customer")} END AS visitor,
               (start + (step - 1) * {SECONDS_A_STEP})::int AS second,
               CASE WHEN kind IN ('product_view', 'cart_add') THEN {product} END AS product,
               CASE WHEN kind = 'search' THEN {chance.one_of(SEARCHES, "searches", "visit")} END AS query
        FROM (
            SELECT visit, start, {who} AS customer, generate_series(1, {STEPS}) AS step
            FROM ({_likely_visitors(size, chance, members, visits)}) likely
            LEFT JOIN generated_customer known
                ON known.number = likely.customer AND known.left_day > start / {SECONDS_A_DAY}
        ) visiting
        CROSS JOIN LATERAL (SELECT CASE step
            WHEN 1 THEN CASE WHEN {chance.share("searches first", "visit")} < {SHARE_SEARCH} THEN 'search'
                             WHEN {chance.share("by app", "visit")} < {SHARE_APP} THEN 'app_open' ELSE 'page_view' END
            WHEN 2 THEN 'product_view'
            ELSE CASE WHEN {chance.share("abandons", "visit")} < {SHARE_ABANDONED} THEN 'cart_add'
                      ELSE 'product_view' END END AS kind) does
    """


def _likely_visitors(size: Size, chance: Chance, members: str, visits: int) -> str:
    """Return the SQL of when each visit began and whose it is: of two candidates the one who buys more."""
    seconds_between = (size.seconds - STEPS * SECONDS_A_STEP - 1) / max(visits, 1)
    one, other = (f"1 + {chance.below('members', f'visitor {which}', 'visit')}" for which in ("one", "other"))
    return f"""
        SELECT visit, start, CASE WHEN {chance.share("buys", "one")} > {chance.share("buys", "other")}
                                  THEN one ELSE other END AS customer
        FROM (
            SELECT visit, start, {one} AS one, {other} AS other
            FROM (SELECT visit, start, greatest({members}, 1) AS members
                  FROM (SELECT visit, floor(visit * {seconds_between})::int AS start
                        FROM generate_series(1, {visits}) visit) spread) begun
            OFFSET 0 -- so that each candidate is drawn once
        ) drawn
    """


def _browser(customer: str) -> str:
    return f"CASE WHEN {customer} % {BROWSER_KNOWN_ONE_IN} = 0 THEN 'c' || {customer} END"
