"""A shop as pandas reads it from the files that the importer takes (`docs/data.md`)."""

from pathlib import Path

import pandas as pd

from tests.analytics.in_pandas.shop import NO_LINES, NO_VISITS, Shop

SEOUL = "Asia/Seoul"
PURCHASES = ("paid", "shipped", "delivered")
VISITS = ("page_view", "product_view", "search", "cart_add", "cart_remove", "checkout", "app_open")


def read(folder: Path) -> Shop:
    """Read orders.csv, and customers.csv, products.csv, events.csv, spend.csv where they are there."""
    rows = _table(folder / "orders.csv")
    rows["placed_at"] = _moments(rows["placed_at"])
    each = rows.groupby("order_id", sort=False)[list(rows.columns.difference(["order_id"]))].first()
    each = each[_column(each, "status", "paid").isin(PURCHASES) & (each["customer_id"] != "")]
    orders = pd.DataFrame(
        {
            "customer": each["customer_id"],
            "store": _column(each, "store_id"),
            "placed_at": each["placed_at"],
            "won": _won(each, "paid") - _won(each, "refunded") - _won(each, "shipping"),
        }
    )
    people = _table(folder / "customers.csv")
    return Shop(
        orders=orders,
        source_of=dict(zip(people["customer_id"], _column(people, "acquisition_source"), strict=True)),
        last_day=orders["placed_at"].max().date(),
        lines=_lines(rows, folder / "products.csv"),
        visits=_visits(folder / "events.csv"),
        spend=_spend(folder / "spend.csv"),
    )


def _table(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")


def _column(frame: pd.DataFrame, name: str, otherwise: str = "") -> pd.Series:
    if name not in frame:
        return pd.Series(otherwise, index=frame.index)
    return frame[name].replace("", otherwise)


def _won(frame: pd.DataFrame, name: str) -> pd.Series:
    return _column(frame, name, "0").str.replace(",", "").astype("int64")


def _moments(texts: pd.Series) -> pd.Series:
    """Korean time without a zone; a text without a zone is Korean time."""
    days = texts.str.fullmatch(r"\d{4}-\d\d-\d\d")
    texts = texts.mask(days, texts + "T00:00:00")
    zoned = texts.str.contains(r"(?:Z|[+-]\d\d:?\d\d)$", regex=True)
    moments = pd.to_datetime(texts.where(zoned, texts + "+09:00"), utc=True, format="ISO8601")
    return moments.dt.tz_convert(SEOUL).dt.tz_localize(None)


def _lines(rows: pd.DataFrame, products: Path) -> pd.DataFrame:
    if "sku" not in rows or not products.exists():
        return NO_LINES
    listed = _table(products)
    categories = dict(zip(listed["sku"], listed["category"], strict=True))
    return pd.DataFrame(
        {
            "order": rows["order_id"],
            "category": rows["sku"].map(categories).fillna(""),
            "won": _won(rows, "line_amount"),
            "quantity": _column(rows, "quantity", "1").astype("int64"),
        }
    )[rows["sku"] != ""]


def _visits(events: Path) -> pd.DataFrame:
    """Visits of customers; of browsers, those of the one customer who is named with them."""
    if not events.exists():
        return NO_VISITS
    rows = _table(events)
    named = rows[(rows["customer_id"] != "") & (rows["visitor_id"] != "")]
    whose = named.drop_duplicates("visitor_id").set_index("visitor_id")["customer_id"]
    seen = rows[rows["kind"].isin(VISITS)]
    customer = seen["customer_id"].where(seen["customer_id"] != "", seen["visitor_id"].map(whose))
    return pd.DataFrame({"customer": customer, "visitor": seen["visitor_id"], "day": _moments(seen["occurred_at"])})


def _spend(path: Path) -> dict:
    if not path.exists():
        return {}
    rows = _table(path)
    months = pd.to_datetime(rows["month"] + "-01").dt.date
    return dict(zip(zip(months, rows["source"], strict=True), _won(rows, "amount"), strict=True))
