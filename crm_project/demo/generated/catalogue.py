"""Stores and products. A product that is used up has a true cycle: the median of days until its buyers need the next.

Products with a cycle come first (`number` from 1), so that the SQL of purchases can draw from either part.
"""

from dataclasses import dataclass
from random import Random

from django.db.backends.utils import CursorWrapper

from crm_project.demo.generated.size import Size
from crm_project.demo.made_up import store_names

# Category: days of its cycle, lowest and highest price in won.
USED_UP = {
    "원두커피": (21, 9_000, 28_000),
    "생수·음료": (14, 6_000, 18_000),
    "반려동물 사료": (30, 15_000, 70_000),
    "기저귀": (18, 22_000, 55_000),
    "스킨케어": (55, 12_000, 80_000),
    "샴푸·바디": (45, 8_000, 30_000),
    "세탁세제": (60, 9_000, 26_000),
    "비타민·건강": (60, 15_000, 60_000),
    "면도·위생": (40, 5_000, 25_000),
    "쌀·잡곡": (35, 18_000, 62_000),
}
LASTING = {
    "여성의류": (19_000, 190_000),
    "남성의류": (19_000, 170_000),
    "주방용품": (8_000, 140_000),
    "생활가전": (30_000, 490_000),
    "도서": (9_000, 32_000),
    "인테리어": (12_000, 220_000),
    "완구": (9_000, 90_000),
    "캠핑": (15_000, 260_000),
}
BRANDS = ("단골", "하루", "온마을", "초록들", "소담", "달빛", "모아", "비온뒤", "담다", "새벽", "오롯", "결")
SHARE_USED_UP = 0.6
# What share of the products is bought together with a certain other one, and how often.
SHARE_PAIRED, TOGETHER = 0.4, 0.3


@dataclass(frozen=True)
class Product:
    """A product with what is true of it: its cycle in days, and what it is bought together with."""

    number: int
    name: str
    category: str
    brand: str
    price: int
    cycle_days: int | None
    partner: int | None

    @property
    def sku(self) -> str:
        """Return its stock keeping unit."""
        return f"G{self.number:05}"


def used_up(size: Size) -> int:
    """Return how many products have a cycle: those with the numbers from 1 up to it, a multiple of three."""
    return int(size.products * SHARE_USED_UP) // 3 * 3


def products(size: Size) -> list[Product]:
    """Return the catalogue."""
    return [_product(number, size) for number in range(1, size.products + 1)]


def make_tables(cursor: CursorWrapper, size: Size) -> None:
    """Make the temporary tables `generated_store` and `generated_product`."""
    cursor.execute("CREATE TEMP TABLE generated_store (number int, name text)")
    with cursor.copy("COPY generated_store FROM STDIN") as copy:
        for row in store_names(list(range(1, size.stores + 1))).items():
            copy.write_row(row)
    cursor.execute(
        "CREATE TEMP TABLE generated_product (number int, sku text, name text, category text, brand text,"
        " price int, cycle_days int, partner int)"
    )
    with cursor.copy("COPY generated_product FROM STDIN") as copy:
        for each in products(size):
            row = (each.number, each.sku, each.name, each.category, each.brand)
            copy.write_row((*row, each.price, each.cycle_days, each.partner))
    cursor.execute("ANALYZE generated_store, generated_product")


def _product(number: int, size: Size) -> Product:
    random = Random(f"{size.seed} product {number}")
    has_cycle = number <= used_up(size)
    if has_cycle:
        category = list(USED_UP)[number % len(USED_UP)]
        days, lowest, highest = USED_UP[category]
    else:
        category = list(LASTING)[number % len(LASTING)]
        lowest, highest = LASTING[category]
    brand = random.choice(BRANDS)
    return Product(
        number=number,
        name=f"{brand} {category} {number}호",
        category=category,
        brand=brand,
        price=random.randrange(lowest, highest, 100),
        cycle_days=round(days * random.uniform(0.8, 1.25)) if has_cycle else None,
        partner=_partner(random, number, size),
    )


def _partner(random: Random, number: int, size: Size) -> int | None:
    if random.random() >= SHARE_PAIRED:
        return None
    partner = random.randint(1, used_up(size))
    return partner if partner != number else None
