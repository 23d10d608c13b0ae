"""The generated shop as CSV files in the columns of `docs/data.md`, written the untidy ways shops write them."""

from pathlib import Path

from django.db.backends.utils import CursorWrapper

from crm_project.demo.console import Console
from crm_project.demo.generated.database import LINES, at
from crm_project.demo.generated.size import Size

# A phone as people type it: with hyphens, without, from abroad, with spaces.
PHONE = """
    CASE WHEN digits <> '' THEN CASE number % 4
        WHEN 0 THEN '010-0' || left(digits, 3) || '-' || right(digits, 4)
        WHEN 1 THEN '0100' || digits
        WHEN 2 THEN '+82 10-0' || left(digits, 3) || '-' || right(digits, 4)
        ELSE '010 0' || left(digits, 3) || ' ' || right(digits, 4) END END
"""
EMAIL = "nullif(CASE WHEN number % 5 = 0 THEN upper(email) ELSE email END, '')"


def write(cursor: CursorWrapper, size: Size, folder: Path, console: Console) -> None:
    """Write customers, stores, products, orders, events and consents, each into a file of `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, query in _queries(size).items():
        path = folder / f"{name}.csv"
        copied = f"COPY ({query}) TO STDOUT WITH (FORMAT csv, HEADER)"
        with console.step(path.name), path.open("wb") as file, cursor.copy(copied) as copy:
            file.writelines(copy)


def _queries(size: Size) -> dict[str, str]:
    return {
        "stores": "SELECT number AS store_id, name FROM generated_store ORDER BY number",
        "products": "SELECT sku, name, category, brand, price FROM generated_product ORDER BY number",
        "customers": f"""
            SELECT number AS customer_id, name, {EMAIL} AS email, {PHONE} AS phone, birthday, gender, locale,
                   {_iso(size, "joined")} AS joined_at, home_store AS store_id, region, acquisition_source
            FROM generated_customer ORDER BY number
        """,
        "consents": f"""
            SELECT customer AS customer_id, purpose, channel, action, {_iso(size, "second")} AS occurred_at
            FROM generated_consent ORDER BY customer, second, purpose, channel
        """,
        "orders": f"""
            SELECT sale.number AS order_id, customer AS customer_id, {_iso(size, "second")} AS placed_at, status,
                   CASE WHEN is_store THEN 'store' ELSE 'online' END AS channel,
                   CASE WHEN is_store THEN store END AS store_id, items AS items_amount, discount,
                   points AS points_used, shipping, paid, refunded, line.sku, line.quantity, line.amount AS line_amount
            FROM generated_sale sale JOIN ({LINES}) line ON line.order_id = sale.number
            ORDER BY sale.number, line.position
        """,
        "events": f"""
            SELECT external_id AS event_id, kind, customer AS customer_id, visitor AS visitor_id,
                   {_iso(size, "second")} AS occurred_at, product.sku, query AS "prop.query"
            FROM (SELECT * FROM generated_order_event UNION ALL SELECT * FROM generated_visit_event) event
            LEFT JOIN generated_product product ON product.number = event.product
        """,
    }


def _iso(size: Size, second: str) -> str:
    shown = """'YYYY-MM-DD"T"HH24:MI:SS"+09:00"'"""
    return f"to_char({at(size.start, second)} AT TIME ZONE 'Asia/Seoul', {shown})"
