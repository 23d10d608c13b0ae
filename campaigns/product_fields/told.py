"""A product as content sees it."""

from campaigns.product_fields.showing import PRODUCT
from customers.models import Product

TOLD = ("name", "price", "category", "brand", "url", "image_url")
ONES = [
    {
        "name": "우유 1리터",
        "price": 2_900,
        "category": "유제품",
        "url": "https://shop.example/milk",
        "image_url": "",
    },
    {"name": "제주 감귤 3kg", "price": 15_900, "category": "과일", "url": "https://shop.example/tangerine"},
    {"name": "현미 10kg", "price": 38_000, "category": "쌀", "url": "https://shop.example/rice"},
]


def told(product: Product) -> dict[str, object]:
    """Return what content may say of a product; what it lacks is left out, so that the template can tell."""
    known = {name: getattr(product, name) for name in TOLD}
    return {PRODUCT: product.pk, **{name: value for name, value in known.items() if value not in (None, "")}}
