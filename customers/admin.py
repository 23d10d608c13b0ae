"""The admin of customers, a module an idea: customers, facts of the shop, records, segments."""

from customers import customer_admin, record_admin, segment_admin, shop_admin

__all__ = ["customer_admin", "record_admin", "segment_admin", "shop_admin"]
