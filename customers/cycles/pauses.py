"""Pauses between purchases as SQL, of which every reading here is made."""

from dataclasses import dataclass

# From so many pauses on, a customer's own median says more about them than everybody else's. Fewer are too few: the
# median of one or two is whatever happened once, and with three one odd pause no longer moves it.
ENOUGH_OF_ONES_OWN = 3
# From so many on, the cycle of a category or product stands in for customers who have none of their own.
ENOUGH_OF_ALL = 30

IN_SEOUL = "AT TIME ZONE 'Asia/Seoul'"


@dataclass(frozen=True)
class Subject:
    """What is bought again: the SQL of its key on a line of an order, and the table of its cycles."""

    key: str
    table: str
    column: str
    only: str = "true"


CATEGORY = Subject("product.category", "customers_categorycycle", "category", only="product.category <> ''")
PRODUCT = Subject("line.product_id", "customers_productcycle", "product_id")


def pauses_of(subject: Subject, *, among: str = "IS NOT NULL", until: str = "%(until)s", only: str = "true") -> str:
    """Return the SQL of every day on which a customer bought the subject, with the pause before it.

    Rows: subject, customer_id, day, gap; the first purchase has no gap. Nothing placed at or after `until` counts.
    `among` completes "customer_id …"; `only` narrows the subjects. They stand in this order in the statement.
    """
    return f"""
        SELECT * FROM (
            SELECT subject, customer_id, day,
                   day - lag(day) OVER (PARTITION BY customer_id, subject ORDER BY day) AS gap
            FROM (
                SELECT {subject.key} AS subject, bought.customer_id, (bought.placed_at {IN_SEOUL})::date AS day
                FROM customers_order bought
                JOIN customers_orderline line ON line.order_id = bought.id AND line.quantity > 0
                JOIN customers_product product ON product.id = line.product_id
                WHERE bought.is_purchase AND bought.customer_id {among} AND bought.placed_at < {until}
                  AND {subject.only} AND {only}
            ) AS bought
        ) AS days
        WHERE gap IS DISTINCT FROM 0
    """


def own_cycles(pauses: str) -> str:
    """Return the SQL of one row a subject and customer: the last day, how many pauses, their quartiles."""
    return f"""
        SELECT subject, customer_id, max(day) AS last_day, count(gap) AS gaps,
               percentile_disc(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY gap) AS quartiles
        FROM ({pauses}) AS pauses GROUP BY subject, customer_id
    """


def confidence(*, lower: str, median: str, upper: str, gaps: str) -> str:
    """Return the SQL of how narrow a median is known, from 0 (not at all) to 1.

    One minus the half-width of the median's 95 % interval over the median. The half-width is the notch of McGill,
    Tukey and Larsen, "Variations of Box Plots" (The American Statistician 32, 1978): 1.57 × IQR ÷ √n. To the IQR a
    day is added, for days are whole: pauses of 7, 7 and 7 days may have been up to half a day longer or shorter.
    """
    return f"greatest(0, 1 - 1.57 * ({upper} - {lower} + 1) / (sqrt({gaps}) * {median}))"


def borrowed_or_own(own: str, others: str) -> str:
    """Return the SQL of the cycle that holds for a customer, in days: their own if it is known, else the subject's."""
    return (
        f"CASE WHEN {own}.gaps >= {ENOUGH_OF_ONES_OWN} THEN {own}.quartiles[2]"
        f" WHEN {others}.gaps >= {ENOUGH_OF_ALL} THEN {others}.median_days END"
    )
