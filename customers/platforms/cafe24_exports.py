"""Files that Cafe24 writes: members and orders, under the Korean names of its spreadsheets and those of its API (I-01).

Amounts are texts such as "24680.00", flags T, F and M. Its consents to SMS and mail have no date (I-08).
"""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from customers.ingest.schema import LINE
from customers.platforms.exports import RAW, Export, Found, Record, text, without_raw
from customers.platforms.order_groups import amount, delivered_at, filled_head, line_columns, status_of_all

PLATFORM = "cafe24"
UNDER_14 = "J"
NO_MAIL, NO_TEXT = "consent.email", "consent.sms"

MEMBERS = {
    "customer_id": "member_id 아이디 회원아이디 회원ID",
    "name": "name 이름 회원명 성명",
    "email": "email 이메일 이메일주소",
    "phone": "cellphone 휴대폰번호 휴대전화 휴대폰 휴대전화번호",
    "birthday": "birthday 생년월일 생일",
    "gender": "gender 성별",
    "joined_at": "created_date 회원가입일 가입일 회원가입일시 가입일시",
    "acquisition_source": "join_path 가입경로 유입경로",
    "consent.sms": "sms SMS수신여부 SMS수신동의 SMS수신동의여부 SMS수신",
    "consent.email": "news_mail 이메일수신여부 메일수신여부 뉴스메일수신여부 뉴스메일 메일수신동의 이메일수신동의",
    "attr.nickname": "nick_name 닉네임 별명",
    "attr.group": "group_name 회원등급 등급 회원그룹",
    "attr.member_type": "member_type 회원구분 회원유형",
    "attr.app_user": "use_mobile_app 모바일앱이용여부",
    RAW + "authentication": "member_authentication 인증구분 회원인증여부 회원인증",
    RAW + "blacklist": "use_blacklist 불량회원 불량회원설정 불량회원여부",
}
ORDERS = {
    "order_id": "order_id 주문번호",
    "customer_id": "member_id 주문자ID 주문자아이디 회원아이디 아이디",
    "placed_at": "order_date 주문일시 주문일 주문일자 결제일시(입금확인일) 결제일시",
    "status": "order_status 주문상태 주문상태코드",
    "delivered_at": "delivered_date 배송완료일 배송완료일시",
    "items_amount": "order_price_amount 총상품구매금액 총상품금액 상품구매금액(총)",
    "discount": "total_discount 총할인금액 쿠폰할인금액 할인금액합계",
    "points_used": "points_spent_amount 사용한적립금액 사용적립금 사용한적립금액(최종) 적립금사용금액",
    "shipping": "shipping_fee 총배송비 배송비 총배송비(KRW)",
    "paid": "payment_amount actual_payment_amount 총결제금액 총결제금액(KRW) 실결제금액 총실결제금액 결제금액",
    "refunded": "refund_amount 총실제환불금액 총환불금액 환불금액 실제환불금액 총실제환불금액(최초정보)",
    "sku": "product_code custom_product_code 상품코드 자체상품코드 상품번호 상품품목코드",
    "quantity": "quantity 수량",
    "line_amount": "line_amount 상품별결제금액 상품구매금액 품목별결제금액 상품구매금액(KRW)",
    RAW + "product_name": "product_name 주문상품명 상품명 주문상품명(기본)",
    RAW + "unit_price": "product_price 판매가 상품단가 옵션+판매가",
}


def members(rows: Sequence[Record]) -> Found:
    """Return members; from children and those the shop blocked no consent is taken."""
    return Found(records=[_member(row) for row in rows])


def _member(row: Record) -> Record:
    record = without_raw(row)
    is_child = text(row, RAW + "authentication").upper() == UNDER_14
    is_blocked = text(row, RAW + "blacklist").upper() in ("T", "Y")
    if is_child:
        record["attr.under_14"] = "Y"
    if is_blocked:
        record["attr.blacklist"] = "Y"
    if is_child or is_blocked:
        record |= {name: "F" for name in (NO_MAIL, NO_TEXT) if name in record}
    return record


def orders(rows: Sequence[Record]) -> Found:
    """Return an order with a line for each product; its status is that of its products together."""
    heads = filled_head(rows, but=frozenset({"status", "delivered_at"}))
    status = status_of_all(text(row, "status") for row in rows)
    together = {"status": status, "delivered_at": delivered_at(rows, "delivered_at", status=status)}
    records, products = [], []
    for row, head in zip(rows, heads, strict=True):
        line = _line(row)
        said = {name: value for name, value in together.items() if name in row}
        records.append({LINE: row[LINE], **head, **said, **line})
        name = text(row, RAW + "product_name")
        if name and text(line, "sku"):
            products.append({LINE: row[LINE], "sku": line["sku"], "name": name[:300]})
    return Found(records=records, products=products)


def _line(row: Record) -> Record:
    line = line_columns(row)
    if text(row, "sku") and text(row, RAW + "unit_price") and not text(row, "line_amount"):
        line["line_amount"] = amount(row, RAW + "unit_price") * (amount(row, "quantity") or 1)
    return line


EXPORTS = (
    Export(
        PLATFORM,
        "customers",
        columns={theirs: ours for ours, names in MEMBERS.items() for theirs in names.split()},
        signature=frozenset(
            ["member_id", "news_mail", "뉴스메일수신여부", "불량회원설정", "SMS수신여부", "use_blacklist"]
        ),
        complete=members,
        labels={
            RAW + "authentication": _("How the member was identified"),
            RAW + "blacklist": _("Blocked by the shop"),
            "attr.group": _("Member group"),
        },
    ),
    Export(
        PLATFORM,
        "orders",
        columns={theirs: ours for ours, names in ORDERS.items() for theirs in names.split()},
        signature=frozenset(
            ["order_place_id", "payment_amount", "주문자ID", "품목별주문번호", "총결제금액", "사용한적립금액"]
        ),
        group_by="order_id",
        complete=orders,
        labels={RAW + "product_name": _("Name of the product"), RAW + "unit_price": _("Price of one")},
    ),
)
