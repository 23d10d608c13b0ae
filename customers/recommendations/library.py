"""A library's recommenders as a yardstick: `implicit` (matrix factorisation, and item to item by BM25).

Not needed to run the shop, so it is in requirements-evaluation.txt and looked for only when an evaluation asks.
"""

from collections.abc import Mapping
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.db import connection

from customers.recommendations.evaluation import LENGTH, Lists, Past, Recommender

# On how many days each customer bought each product.
COUNTS = """
    SELECT customer_id, product_id, count(DISTINCT (placed_at AT TIME ZONE 'Asia/Seoul')::date)
    FROM customers_order bought JOIN customers_orderline line ON line.order_id = bought.id AND line.quantity > 0
    WHERE is_purchase AND customer_id IS NOT NULL AND placed_at < %s
    GROUP BY customer_id, product_id
"""
# The settings that did best of those tried, on the very weeks it is measured on: the comparison favours the library.
MODELS: dict[str, tuple[str, dict[str, Any]]] = {
    "implicit ALS": (
        "implicit.als.AlternatingLeastSquares",
        {"factors": 128, "alpha": 2.0, "regularization": 0.05, "iterations": 15, "random_state": 0, "num_threads": 1},
    ),
    "implicit BM25": ("implicit.nearest_neighbours.BM25Recommender", {"K": 20, "num_threads": 1}),
}


def is_installed() -> bool:
    """Tell whether the library can be asked."""
    return find_spec("implicit") is not None


def rivals() -> Mapping[str, Recommender]:
    """Return the library's recommenders by name; none where it is not installed."""
    return {name: partial(_lists, path, options) for name, (path, options) in MODELS.items()} if is_installed() else {}


def _lists(path: str, options: dict[str, Any], past: Past, is_new: bool) -> Lists:
    rows, columns, counts, customers, products = _counted(past)
    matrix = import_module("scipy.sparse").csr_matrix((counts, (rows, columns)), dtype="float32")
    module, _dot, name = path.rpartition(".")
    model = getattr(import_module(module), name)(**options)
    model.fit(matrix, show_progress=False)
    asked = [customers[customer] for customer in past.customers if customer in customers]
    found, _scores = model.recommend(asked, matrix[asked], N=LENGTH, filter_already_liked_items=is_new)
    names = {place: customer for customer, place in customers.items()}
    return {names[row]: {products[item] for item in items} for row, items in zip(asked, found, strict=True)}


def _counted(past: Past) -> tuple[list[int], list[int], list[int], dict[int, int], list[int]]:
    """Return the matrix of counts by coordinates, the row of each customer and the product of each column."""
    with connection.cursor() as cursor:
        cursor.execute(COUNTS, [past.as_of])
        counted = cursor.fetchall()
    customers = {customer: place for place, customer in enumerate(sorted({row[0] for row in counted}))}
    products = sorted({row[1] for row in counted})
    column = {product: place for place, product in enumerate(products)}
    return (
        [customers[row[0]] for row in counted],
        [column[row[1]] for row in counted],
        [row[2] for row in counted],
        customers,
        products,
    )
