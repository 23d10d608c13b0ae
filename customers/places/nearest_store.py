"""The store nearest to each region, as the crow flies."""

from django.db import connection, transaction

from customers.places.regions import known_regions

EARTH_KILOMETRES = 6371
# The haversine formula, between the middle of the region and the store.
KILOMETRES = f"""
    2 * {EARTH_KILOMETRES} * asin(sqrt(
        power(sind((store.latitude - region.latitude) / 2), 2)
        + cosd(region.latitude) * cosd(store.latitude) * power(sind((store.longitude - region.longitude) / 2), 2)
    ))
"""
FIND = f"""
    INSERT INTO customers_region AS stored (name, latitude, longitude, nearest_store_id, nearest_kilometres)
    SELECT region.name, region.latitude, region.longitude, nearest.id, round(nearest.kilometres::numeric, 1)
    FROM unnest(%s::text[], %s::float8[], %s::float8[]) AS region (name, latitude, longitude)
    LEFT JOIN LATERAL (
        SELECT store.id, {KILOMETRES} AS kilometres FROM customers_store store
        WHERE NOT store.is_online AND store.latitude IS NOT NULL AND store.longitude IS NOT NULL
        ORDER BY kilometres, store.id LIMIT 1
    ) AS nearest ON true
    ON CONFLICT (name) DO UPDATE SET latitude = EXCLUDED.latitude, longitude = EXCLUDED.longitude,
        nearest_store_id = EXCLUDED.nearest_store_id, nearest_kilometres = EXCLUDED.nearest_kilometres
    WHERE (stored.latitude, stored.longitude, stored.nearest_store_id, stored.nearest_kilometres) IS DISTINCT FROM
          (EXCLUDED.latitude, EXCLUDED.longitude, EXCLUDED.nearest_store_id, EXCLUDED.nearest_kilometres)
"""


@transaction.atomic
def find_nearest_stores() -> int:
    """Find the nearest store of every region, after stores came in; return how many regions changed.

    One statement over regions and stores, whatever the number of customers: theirs is that of their region. Online
    stores are near to nobody.
    """
    names, middles = list(known_regions()), list(known_regions().values())
    with connection.cursor() as cursor:
        cursor.execute(FIND, [names, [latitude for latitude, _ in middles], [longitude for _, longitude in middles]])
        return cursor.rowcount
