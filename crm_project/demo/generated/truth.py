"""What was true while the shop was generated, so that an estimate made from its rows can be held against it."""

import json
from pathlib import Path

from django.db.backends.utils import CursorWrapper

from crm_project.demo.generated import browsing, catalogue, past_campaigns, people, purchases, size
from crm_project.demo.generated.size import Size

FILE = "truth.json"


def write(cursor: CursorWrapper, of: Size, folder: Path) -> Path:
    """Write everything that was drawn from, and what of it cannot be seen in the rows, into `folder`."""
    path = folder / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    told = {
        "size": {
            "customers": of.customers,
            "orders": of.orders,
            "events": of.events,
            "days": of.days,
            "seed": of.seed,
            "first_day": of.first_day.isoformat(),
            "last_day": of.last_day.isoformat(),
        },
        "people": _people(cursor),
        "consents": {
            "agreed_share": people.AGREED,
            "night_share": people.NIGHT,
            "withdrawn_share": people.WITHDRAWN,
        },
        "products": _products(of),
        "purchases": _purchases(cursor),
        "visits": {
            "abandoned_cart_share": browsing.SHARE_ABANDONED,
            "anonymous_share": browsing.SHARE_ANONYMOUS,
        },
        "campaigns": _campaigns(cursor, of),
    }
    path.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path


def _people(cursor: CursorWrapper) -> dict[str, object]:
    cursor.execute(
        "SELECT count(*) FILTER (WHERE left_day < (SELECT max(left_day) FROM generated_customer)),"
        " count(*) FILTER (WHERE person <> number), count(*) FILTER (WHERE orders = 0), max(orders)"
        " FROM generated_customer"
    )
    left, twice, without_orders, most_orders = cursor.fetchone()
    return {
        "left": left,
        "in_the_books_twice": twice,
        "without_orders": without_orders,
        "most_orders": most_orders,
        "tail_exponent": people.TAIL,
        "pace_spread": people.PACE_SPREAD,
        "opening_share": {
            "least": people.OPENING_LEAST,
            "most": people.OPENING_MOST,
            "power": people.OPENING_POWER,
        },
    }


def _products(of: Size) -> list[dict[str, object]]:
    return [
        {"sku": each.sku, "category": each.category, "cycle_days": each.cycle_days, "bought_with": _sku(each.partner)}
        for each in catalogue.products(of)
    ]


def _sku(number: int | None) -> str | None:
    return None if number is None else f"G{number:05}"


def _purchases(cursor: CursorWrapper) -> dict[str, object]:
    cursor.execute("SELECT count(*), count(DISTINCT customer) FROM generated_order")
    orders, buyers = cursor.fetchone()
    return {
        "orders": orders,
        "buyers": buyers,
        "together_share": catalogue.TOGETHER,
        "cycle_jitter": purchases.CYCLE_JITTER,
        "months": size.MONTHS,
        "weekdays": size.WEEKDAYS,
        "hours": size.HOURS,
        "cancelled_share": purchases.SHARE_CANCELLED,
        "refunded_share": purchases.SHARE_REFUNDED,
    }


def _campaigns(cursor: CursorWrapper, of: Size) -> list[dict[str, object]]:
    """Return, for each campaign, what its messages did; `caused_orders` would not be there without them."""
    cursor.execute(
        "SELECT campaign, count(*) FILTER (WHERE NOT is_control), count(*) FILTER (WHERE is_control), count(opened),"
        f" count(clicked), count(*) FILTER (WHERE bought < {of.seconds})"
        " FROM generated_enrollment GROUP BY campaign ORDER BY campaign"
    )
    names = ("sent", "held_out", "opened", "clicked", "caused_orders")
    return [
        {"name": past_campaigns.name_of(number), "strength": past_campaigns.strength_of(number)}
        | dict(zip(names, counts, strict=True))
        | {"lift": round(counts[-1] / max(counts[0], 1), 6)}
        for number, *counts in cursor.fetchall()
    ]
