"""The order file of Naver Smartstore (발주/발송관리): a row for each product of an order (I-03).

Its first row is often a notice. Buyers' ids are masked (`chld****`), and their contacts were given for the delivery:
they come in as contacts of a marketplace, with no consent (I-07).
"""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from customers.ingest.schema import LINE
from customers.platforms.contact_identities import number_of, readable_mobile
from customers.platforms.exports import RAW, Export, Found, Record, text
from customers.platforms.order_groups import UNDONE, amount, delivered_at, status_of, status_of_all

PLATFORM = "smartstore"
ID, NAME, PHONE = RAW + "buyer_id", RAW + "buyer_name", RAW + "buyer_phone"
PRODUCT, UNIT_PRICE, OPTION_PRICE = RAW + "product_name", RAW + "unit_price", RAW + "option_price"
BUNDLE, DELIVERY, SHIPPING_DISCOUNT = RAW + "shipping_bundle", RAW + "delivery_fee", RAW + "delivery_discount"
EXTRA_DELIVERY = RAW + "extra_delivery_fee"
CLAIM, ITEM, PAID_AT, ORDERED_AT = RAW + "claim", RAW + "item_number", RAW + "paid_at", RAW + "ordered_at"
DISCOUNT = RAW + "line_discount"
ARRIVED = RAW + "arrived_at"

COLUMNS = {
    "order_id": "주문번호",
    "status": "주문상태 주문세부상태 상품주문상태",
    "sku": "상품번호",
    "quantity": "수량",
    "line_amount": "상품별총주문금액 상품별총결제금액 총주문금액 최종상품별총주문금액",
    ITEM: "상품주문번호",
    CLAIM: "클레임상태",
    ID: "구매자ID 구매자아이디",
    NAME: "구매자명",
    PHONE: "구매자연락처",
    PRODUCT: "상품명",
    UNIT_PRICE: "상품가격",
    OPTION_PRICE: "옵션가격",
    DISCOUNT: "상품별할인액 최종상품별할인액",
    PAID_AT: "결제일 결제일시",
    ORDERED_AT: "주문일시 주문일",
    ARRIVED: "배송완료일",
    BUNDLE: "배송비묶음번호 배송비묶음번호(최종)",
    DELIVERY: "배송비합계 배송비 최종배송비합계",
    EXTRA_DELIVERY: "제주/도서추가배송비",
    SHIPPING_DISCOUNT: "배송비할인액",
}
LABELS = {
    ITEM: _("Number of the ordered product"),
    CLAIM: _("Claim"),
    ID: _("Buyer's id (masked)"),
    NAME: _("Buyer's name"),
    PHONE: _("Buyer's phone"),
    PRODUCT: _("Name of the product"),
    UNIT_PRICE: _("Price of one"),
    OPTION_PRICE: _("Price of the option"),
    DISCOUNT: _("Discount on the product"),
    PAID_AT: _("Paid at"),
    ORDERED_AT: _("Ordered at"),
    ARRIVED: _("Delivered at"),
    BUNDLE: _("Parcel"),
    DELIVERY: _("Shipping fee of the parcel"),
    EXTRA_DELIVERY: _("Extra fee for islands"),
    SHIPPING_DISCOUNT: _("Discount on the shipping fee"),
}


def orders(rows: Sequence[Record]) -> Found:
    """Return the order with what its products add up to, its buyer and its products.

    Raises:
        FieldRefused: an amount cannot be read.
    """
    buyer = _buyer(rows[0])
    lines = [_line(row) for row in rows]
    head = _head(rows, lines) | {"customer_id": buyer.get("customer_id", "")}
    records = [{LINE: row[LINE], **head, **line} for row, line in zip(rows, lines, strict=True)]
    products = [
        {LINE: row[LINE], "sku": row["sku"], "name": text(row, PRODUCT)[:300]}
        for row in rows
        if text(row, "sku") and text(row, PRODUCT)
    ]
    return Found(records=records, customers=[buyer] if buyer else [], products=products)


def _buyer(row: Record) -> Record:
    """Return the buyer; nothing where only a safe number and a masked id are given, which tell nobody apart."""
    buyer_id, phone = text(row, ID), readable_mobile(row.get(PHONE))
    if "*" in buyer_id or not buyer_id:
        buyer_id = number_of(buyer_id, phone) if phone else ""
    if not buyer_id:
        return {}
    return {LINE: row[LINE], "customer_id": buyer_id, "name": text(row, NAME), "phone": phone}


def _head(rows: Sequence[Record], lines: Sequence[Record]) -> Record:
    shipping = _shipping(rows)
    # The amounts of the products are what was paid for them; what a claim undid is given back.
    amounts = [int(str(line["line_amount"] or 0)) for line in lines]
    undone = [each for each, row in zip(amounts, rows, strict=True) if _status(row) in UNDONE]
    is_all_undone = len(undone) == len(rows)
    discount = sum(amount(row, DISCOUNT) for row in rows)
    paid = sum(amounts) + shipping
    status = status_of_all(_word(row) for row in rows)
    return {
        "order_id": rows[0].get("order_id"),
        "placed_at": text(rows[0], PAID_AT) or text(rows[0], ORDERED_AT),
        "status": status,
        "delivered_at": delivered_at(rows, ARRIVED, status=status),
        "channel": "online",
        "items_amount": sum(amounts) + discount,
        "discount": discount,
        "shipping": shipping,
        "paid": paid,
        "refunded": paid if is_all_undone else sum(undone),
    }


def _line(row: Record) -> Record:
    """Return the line's columns; its amount is worked out where the file has only the price of one.

    Raises:
        FieldRefused: an amount or the number of pieces cannot be read.
    """
    quantity = amount(row, "quantity") or 1
    total = amount(row, "line_amount")
    if not text(row, "line_amount"):
        total = (amount(row, UNIT_PRICE) + amount(row, OPTION_PRICE)) * quantity - amount(row, DISCOUNT)
    return {"sku": row.get("sku"), "quantity": quantity, "line_amount": total, "position": None}


def _shipping(rows: Sequence[Record]) -> int:
    """Return the fees of the order's parcels; each is written on every row of its parcel."""
    parcels: dict[str, int] = {}
    for row in rows:
        fee = amount(row, DELIVERY) + amount(row, EXTRA_DELIVERY) - amount(row, SHIPPING_DISCOUNT)
        parcels.setdefault(text(row, BUNDLE), max(fee, 0))
    return sum(parcels.values())


def _word(row: Record) -> str:
    claim = text(row, CLAIM)
    return claim if claim and status_of(claim) in UNDONE else text(row, "status")


def _status(row: Record) -> str:
    return status_of(_word(row))


EXPORTS = (
    Export(
        PLATFORM,
        "orders",
        columns={theirs: ours for ours, names in COLUMNS.items() for theirs in names.split()},
        signature=frozenset(
            ["상품주문번호", "구매자ID", "구매자연락처", "배송메세지", "개인통관고유부호", "통합배송지"]
        ),
        group_by="order_id",
        complete=orders,
        labels=LABELS,
        is_marketplace=True,
        made=frozenset({"placed_at", "paid", "line_amount"}),
    ),
)
