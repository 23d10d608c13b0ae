"""Files that Shopify writes: customers and orders (I-04).

Ids and phones may begin with an apostrophe. An order's further lines repeat its Name and leave its totals empty.
Neither file needs to name customers by a number: the e-mail, which is one customer's in a shop, tells them apart.
"""

from collections.abc import Sequence

from django.utils.translation import gettext as _text
from django.utils.translation import gettext_lazy as _

from customers.ingest.schema import LINE, FieldRefused
from customers.platforms.contact_identities import number_of, readable_email, readable_mobile
from customers.platforms.exports import RAW, Export, Found, Record, text, without_raw
from customers.platforms.order_groups import amount, filled_head, status_of

PLATFORM = "shopify"
FIRST, LAST, OTHER_PHONE = RAW + "first_name", RAW + "last_name", RAW + "default_phone"
EMAIL, PHONE, BUYER = RAW + "email", RAW + "phone", RAW + "buyer_name"
CURRENCY, CANCELLED, SUBTOTAL = RAW + "currency", RAW + "cancelled_at", RAW + "subtotal"
PRODUCT, PRICE, LINE_DISCOUNT, PAID_AT = (
    RAW + "product_name",
    RAW + "unit_price",
    RAW + "line_discount",
    RAW + "paid_at",
)
WON = "KRW"

CUSTOMERS = {
    "Customer ID": "customer_id",
    "First Name": FIRST,
    "Last Name": LAST,
    "Email": "email",
    "Phone": "phone",
    "Default Address Phone": OTHER_PHONE,
    "Accepts Email Marketing": "consent.email",
    "Accepts SMS Marketing": "consent.sms",
    "Accepts Marketing": "consent.email",
    "Tags": "attr.tags",
    "Note": "attr.note",
    "Company": "attr.company",
}
ORDERS = {
    "Name": "order_id",
    "Email": EMAIL,
    "Phone": PHONE,
    "Billing Name": BUYER,
    "Financial Status": "status",
    "Paid at": PAID_AT,
    "Created at": "placed_at",
    "Cancelled at": CANCELLED,
    "Currency": CURRENCY,
    "Subtotal": SUBTOTAL,
    "Shipping": "shipping",
    "Total": "paid",
    "Discount Amount": "discount",
    "Refunded Amount": "refunded",
    "Lineitem quantity": "quantity",
    "Lineitem name": PRODUCT,
    "Lineitem price": PRICE,
    "Lineitem sku": "sku",
    "Lineitem discount": LINE_DISCOUNT,
}
LABELS = {
    FIRST: _("First name"),
    LAST: _("Last name"),
    OTHER_PHONE: _("Phone of the address"),
    EMAIL: _("Buyer's e-mail"),
    PHONE: _("Buyer's phone"),
    BUYER: _("Buyer's name"),
    CURRENCY: _("Currency"),
    CANCELLED: _("Cancelled at"),
    SUBTOTAL: _("Amount of the products"),
    PRODUCT: _("Name of the product"),
    PRICE: _("Price of one"),
    LINE_DISCOUNT: _("Discount on the product"),
    PAID_AT: _("Paid at"),
}


def customers(rows: Sequence[Record]) -> Found:
    """Return customers; those without a number get one made of their e-mail or phone."""
    return Found(records=[_customer(row) for row in rows])


def _customer(row: Record) -> Record:
    record = without_raw(row)
    record["customer_id"] = text(row, "customer_id").lstrip("'") or _number(row.get("email"), row.get("phone"))
    record["phone"] = text(row, "phone").lstrip("'") or text(row, OTHER_PHONE).lstrip("'")
    first, last = text(row, FIRST), text(row, LAST)
    # A Korean name is the family's first, without a space.
    is_korean = all("가" <= letter <= "힣" for letter in first + last)
    record["name"] = last + first if is_korean else f"{first} {last}".strip()
    return record


def _number(email: object, phone: object) -> str:
    address = readable_email(email)
    return number_of(address) if address else number_of(readable_mobile(str(phone or "").lstrip("'")))


def orders(rows: Sequence[Record]) -> Found:
    """Return the order with all its lines, its buyer and its products.

    Raises:
        FieldRefused: it is in another currency, or an amount cannot be read.
    """
    head = filled_head(rows)[0]
    currency = next((text(row, CURRENCY) for row in rows if text(row, CURRENCY)), WON)
    if currency.upper() != WON:
        raise FieldRefused(CURRENCY, currency, _text("Only orders in won (KRW) can be imported."))
    buyer = _buyer(rows)
    head |= {
        "customer_id": buyer.get("customer_id", ""),
        "status": _status(rows),
        "items_amount": amount(rows[0], SUBTOTAL) + amount(rows[0], "discount"),
        "channel": "online",
        "refunded": head.get("refunded") or 0,
    }
    records = [{LINE: row[LINE], **head, **_line(row)} for row in rows]
    products = [
        {LINE: record[LINE], "sku": record["sku"], "name": text(row, PRODUCT)[:300]}
        for record, row in zip(records, rows, strict=True)
        if record["sku"] and text(row, PRODUCT)
    ]
    return Found(records=records, customers=[buyer] if buyer else [], products=products)


def _buyer(rows: Sequence[Record]) -> Record:
    email = next((text(row, EMAIL) for row in rows if text(row, EMAIL)), "")
    phone = next((text(row, PHONE).lstrip("'") for row in rows if text(row, PHONE)), "")
    number = _number(email, phone)
    if not number:
        return {}
    buyer = {LINE: rows[0][LINE], "customer_id": number, "email": readable_email(email)}
    name = text(rows[0], BUYER)
    return buyer | ({"phone": readable_mobile(phone)} if phone else {}) | ({"name": name} if name else {})


def _status(rows: Sequence[Record]) -> str:
    if any(text(row, CANCELLED) for row in rows):
        return status_of("cancelled")
    return status_of(next((text(row, "status") for row in rows if text(row, "status")), "paid"))


def _line(row: Record) -> Record:
    """Return the line's columns. One without a number of its own goes by its name: the shop gave the product none.

    Raises:
        FieldRefused: an amount cannot be read.
    """
    quantity = amount(row, "quantity") or 1
    return {
        "sku": text(row, "sku").lstrip("'") or text(row, PRODUCT)[:100],
        "quantity": quantity,
        "line_amount": amount(row, PRICE) * quantity - amount(row, LINE_DISCOUNT),
        "position": None,
    }


EXPORTS = (
    Export(
        PLATFORM,
        "customers",
        columns=CUSTOMERS,
        signature=frozenset({"Accepts Email Marketing", "Accepts SMS Marketing", "Total Orders", "Tax Exempt"}),
        complete=customers,
        labels=LABELS,
        is_known_by_email=True,
        made=frozenset({"customer_id"}),
    ),
    Export(
        PLATFORM,
        "orders",
        columns=ORDERS,
        signature=frozenset({"Financial Status", "Lineitem quantity", "Lineitem name", "Lineitem price"}),
        group_by="order_id",
        complete=orders,
        labels=LABELS,
        is_known_by_email=True,
        made=frozenset({"line_amount"}),
    ),
)
