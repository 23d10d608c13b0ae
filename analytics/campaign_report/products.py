"""What was in the orders that a campaign earned."""

from dataclasses import dataclass

from analytics.campaign_report.funnel import MODEL
from analytics.statements import tuples
from campaigns.models import Campaign

MOST_PRODUCTS = 10

PRODUCTS = """
SELECT product.name, sum(line.quantity)::bigint, sum(line.amount)::bigint
  FROM analytics_attributedorder AS credit
  JOIN customers_orderline AS line ON line.order_id = credit.order_id
  JOIN customers_product AS product ON product.id = line.product_id
 WHERE credit.campaign_id = %s AND credit.model = %s
 GROUP BY product.id, product.name ORDER BY 3 DESC, product.id LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class ProductSold:
    """A product of credited orders; `amount` is won."""

    name: str
    quantity: int
    amount: int


def products_sold(campaign: Campaign) -> list[ProductSold]:
    """Return what was in the credited orders, the greatest amount first."""
    return [ProductSold(*row) for row in tuples(PRODUCTS, [campaign.pk, MODEL.value, MOST_PRODUCTS])]
