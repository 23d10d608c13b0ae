"""Stores and products come in."""

from collections.abc import Iterable, Mapping

from django.db import connection, transaction

from customers.ingest import values
from customers.ingest.result import IngestResult, Progress
from customers.ingest.schema import Column, Schema
from customers.ingest.stage import Numbered, fill_stage, make_stage, refuse_repeated, report_refused, rows_of
from customers.ingest.upsert import Target, Upsert, rounds
from customers.places import find_nearest_stores

STORES = Schema(
    "stores",
    (
        Column("store_id", values.text(100), "text", required=True),
        Column("name", values.name(200), "text", required=True),
        Column("online", values.yes_or_no, "boolean"),
        Column("region", values.region, "text"),
        Column("address", values.name(300), "text"),
        Column("phone", values.text(20), "text"),
        Column("latitude", values.coordinate(90), "float8"),
        Column("longitude", values.coordinate(180), "float8"),
    ),
)
STORE_UPSERT = Upsert(
    "customers_store",
    "external_id",
    "r_store_id",
    (
        Target("name", "s.r_name"),
        Target("is_online", "s.r_online", STORES.bit("online"), "false"),
        Target("region", "s.r_region", STORES.bit("region"), "''"),
        Target("address", "s.r_address", STORES.bit("address"), "''"),
        Target("phone", "s.r_phone", STORES.bit("phone"), "''"),
        Target("latitude", "s.r_latitude", STORES.bit("latitude")),
        Target("longitude", "s.r_longitude", STORES.bit("longitude")),
    ),
)

PRODUCTS = Schema(
    "products",
    (
        Column("sku", values.text(100), "text", required=True),
        Column("name", values.name(300), "text", required=True),
        Column("category", values.name(200), "text"),
        Column("brand", values.name(200), "text"),
        Column("price", values.money(), "bigint"),
        Column("url", values.url, "text"),
        Column("image_url", values.url, "text"),
        Column("active", values.yes_or_no, "boolean"),
        # Below zero where a shop sells ahead of delivery.
        Column("stock", values.money(negative=True, most=values.MOST_COUNT), "bigint"),
    ),
)
PRODUCT_UPSERT = Upsert(
    "customers_product",
    "sku",
    "r_sku",
    (
        Target("name", "s.r_name"),
        Target("category", "s.r_category", PRODUCTS.bit("category"), "''"),
        Target("brand", "s.r_brand", PRODUCTS.bit("brand"), "''"),
        Target("price", "s.r_price", PRODUCTS.bit("price")),
        Target("url", "s.r_url", PRODUCTS.bit("url"), "''"),
        Target("image_url", "s.r_image_url", PRODUCTS.bit("image_url"), "''"),
        Target("is_active", "s.r_active", PRODUCTS.bit("active"), "true"),
        Target("stock", "s.r_stock", PRODUCTS.bit("stock")),
    ),
)


@transaction.atomic
def ingest_stores(
    records: Iterable[Mapping[str, object]],
    *,
    source: str = "shop",
    progress: Progress | None = None,
    result: IngestResult | None = None,
) -> IngestResult:
    """Store the shop's stores, and find which is now nearest to where."""
    result = _ingest(STORES, STORE_UPSERT, records, source=source, progress=progress, result=result)
    if result.new or result.changed:
        find_nearest_stores()
    return result


def ingest_products(
    records: Iterable[Mapping[str, object]],
    *,
    source: str = "shop",
    progress: Progress | None = None,
    result: IngestResult | None = None,
) -> IngestResult:
    """Store the shop's products."""
    return _ingest(PRODUCTS, PRODUCT_UPSERT, records, source=source, progress=progress, result=result)


@transaction.atomic
def _ingest(
    schema: Schema,
    upsert: Upsert,
    records: Iterable[Mapping[str, object]],
    *,
    source: str,
    progress: Progress | None,
    result: IngestResult | None,
) -> IngestResult:
    result = result or IngestResult()
    with connection.cursor() as cursor:
        make_stage(cursor, schema)
        numbered = Numbered(records, schema=schema, result=result, progress=progress)
        fill_stage(cursor, numbered, read=rows_of(schema), result=result)
        refuse_repeated(cursor, upsert.staged_key, field=schema.columns[0].name)
        for _round in rounds(cursor, upsert.staged_key):
            upsert.run(cursor, source=source, result=result)
        report_refused(cursor, result)
    return result
