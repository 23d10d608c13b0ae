"""The files of Cafe24, Smartstore and Shopify in their own shapes, through the command of the shell."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from customers.models import ConsentEntry, ConsentState, Customer, Order, OrderLine, Product
from tests.customers.imports.workbook_files import write_workbook
from tests.customers.ingest.test_import_command import Imported, write

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]
FILES = Path(__file__).parent / "files"
MEMBERS = (
    "member_id,name,group_name,created_date,birthday,gender,cellphone,email,sms,news_mail,member_authentication,"
    "use_blacklist,join_path\n"
    "hong,홍길동,VIP,2025-03-04 10:20:30,1990-03-04,M,010-1234-5678,hong@example.com,T,F,T,F,naver\n"
    "33578422@n,김단골,일반,2025-04-05T11:00:00+09:00,,F,1098765432,kim@example.com,T,T,F,F,\n"
    "child,이아이,일반,2025-05-06 09:00:00,2015-05-06,F,010-1111-2222,child@example.com,T,T,J,F,\n"
    "angry,박불량,일반,2025-05-06 09:00:00,1980-01-01,M,010-3333-4444,angry@example.com,T,T,T,T,\n"
)
SMARTSTORE_NAMES = (
    "상품주문번호,주문번호,주문상태,클레임상태,구매자명,구매자ID,구매자연락처,상품번호,상품명,옵션정보,수량,"
    "상품별 총 주문금액,배송비 묶음번호,배송비 합계,결제일,수취인명,수취인연락처1,통합배송지,배송메세지"
)
SMARTSTORE_ROWS = (
    "2026112112345671|2026112100000001|배송완료||홍길동|hong****|010-1234-5678|8001|우유 1리터||2|5,800|P1|3,000"
    "|2026-11-21 09:30:00|김수취|010-9|서울|문 앞",
    "2026112112345672|2026112100000001|배송완료|반품완료|홍길동|hong****|010-1234-5678|8002|치즈||1|7,000|P1|3,000"
    "|2026-11-21 09:30:00|김수취|010-9|서울|문 앞",
    "2026112112345673|2026112100000002|결제완료||김단골|chld****|0505-123-4567|8001|우유 1리터||1|2,900|P2|0"
    "|2026-11-21 10:00:00|김단골|010-9|부산|",
)
SMARTSTORE = [
    ["이 파일은 개인정보를 포함하고 있습니다. 취급에 유의해 주십시오."],
    SMARTSTORE_NAMES.split(","),
    *(row.split("|") for row in SMARTSTORE_ROWS),
]
SHOPIFY_ORDERS = (
    "Name,Email,Financial Status,Paid at,Currency,Subtotal,Shipping,Taxes,Total,Discount Code,Discount Amount,"
    "Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Refunded Amount,Id,Phone,Billing Name\n"
    "#1001,hong@example.com,paid,2026-11-20 10:00:00 +0900,KRW,24680,3000,0,27680,WELCOME,1000,"
    "2026-11-20 09:59:00 +0900,2,우유 1리터,2900.00,MILK,0,'5001,'+821012345678,Gildong Hong\n"
    "#1001,,,,,,,,,,,,1,치즈,19880,,,,,\n"
    "#1002,hong@example.com,partially_refunded,2026-11-21 10:00:00 +0900,KRW,10000,0,0,10000,,0,"
    "2026-11-21 09:59:00 +0900,1,빵,10000,BREAD,4000,'5002,,Gildong Hong\n"
)


def orders() -> dict[str, tuple[str, int, int, int]]:
    rows = Order.objects.values_list("external_id", "status", "paid", "shipping", "refunded")
    return {number: (status, paid, shipping, refunded) for number, status, paid, shipping, refunded in rows}


def test_cafe24_members_come_with_their_group_and_without_undated_consents(tmp_path: Path) -> None:
    done = Imported("customers", write(tmp_path / "members.csv", MEMBERS), "--platform", "cafe24")

    assert done.code == 0, done.err
    hong = Customer.objects.get(source="cafe24", external_id="hong")
    assert (hong.name, hong.phone, hong.gender) == ("홍길동", "+821012345678", "m")
    assert (hong.acquisition_source, hong.attributes) == ("naver", {"group": "VIP"})
    assert hong.joined_at == datetime(2025, 3, 4, 1, 20, 30, tzinfo=UTC)
    assert Customer.objects.get(external_id="33578422@n").phone == "+821098765432"
    assert Customer.objects.get(external_id="child").attributes["under_14"] == "Y"
    assert Customer.objects.get(external_id="angry").attributes["blacklist"] == "Y"
    assert not ConsentEntry.objects.exists()
    assert "3 consents without a date are left out." in done.err


def test_a_cafe24_no_withdraws_a_consent_that_we_hold(tmp_path: Path) -> None:
    dated = "customer_id,consent.email,consent.email.at\nhong,Y,2025-01-05\n"
    Imported("customers", write(tmp_path / "own.csv", dated), "--source", "cafe24")

    done = Imported("customers", write(tmp_path / "members.csv", MEMBERS), "--platform", "cafe24")

    assert not ConsentState.objects.get(customer__external_id="hong", channel="email").is_granted
    assert "1 consents that we held are withdrawn, as the file says no." in done.err
    Imported("customers", tmp_path / "members.csv", "--platform", "cafe24")
    assert ConsentEntry.objects.count() == 2


def test_a_real_old_workbook_of_cafe24_members_is_read(tmp_path: Path) -> None:
    done = Imported("customers", FILES / "members.xls", "--platform", "cafe24")

    assert done.code == 0, done.err
    hong = Customer.objects.get(external_id="hong")
    assert (hong.phone, hong.birthday.isoformat()) == ("+821012345678", "1990-03-04")


def test_cafe24_orders_take_a_status_from_all_their_products(tmp_path: Path) -> None:
    Imported("customers", write(tmp_path / "members.csv", MEMBERS), "--platform", "cafe24")
    text = (
        "주문번호,주문자ID,주문일시,주문상태,상품코드,주문상품명,수량,판매가,총 결제금액,총 배송비,"
        "사용한 적립금액,총 환불금액\n"
        "20261120-0000001,hong,2026-11-20 09:00:00,N40,P1,우유,2,2900,27580.00,2500,1000,0\n"
        "20261120-0000001,hong,2026-11-20 09:00:00,C40,P2,치즈,1,19280.00,27580.00,2500,1000,0\n"
        "20261120-0000002,,2026-11-20 10:00:00,N00,P1,우유,1,2900,2900.00,0,,\n"
        "20261120-0000003,33578422@n,2026-11-20 11:00:00,R40,P1,우유,1,2900,2900.00,0,0,2900\n"
    )

    done = Imported("orders", write(tmp_path / "orders.csv", text, encoding="cp949"), "--platform", "cafe24")

    assert done.code == 0, done.err
    assert orders() == {
        "20261120-0000001": ("delivered", 27_580, 2_500, 0),
        "20261120-0000002": ("pending", 2_900, 0, 0),
        "20261120-0000003": ("refunded", 2_900, 0, 2_900),
    }
    assert Order.objects.get(external_id="20261120-0000002").customer is None
    lines = OrderLine.objects.filter(order__external_id="20261120-0000001").order_by("position")
    assert list(lines.values_list("product__sku", "quantity", "amount")) == [("P1", 2, 5_800), ("P2", 1, 19_280)]
    assert dict(Product.objects.values_list("sku", "name")) == {"P1": "우유", "P2": "치즈"}


def test_an_order_arrived_when_the_last_of_its_products_did(tmp_path: Path) -> None:
    row_of = "20261120-000000{},,2026-11-20 09:00:00,{},{},우유,1,2900,5800.00,{}\n"
    rows = [(1, "N40", "P1", "2026-11-22 15:00:00"), (1, "N40", "P2", "2026-11-23 16:00:00")]
    rows += [(2, "N30", "P1", ""), (2, "N30", "P2", "")]
    text = "주문번호,주문자ID,주문일시,주문상태,상품코드,주문상품명,수량,판매가,총 결제금액,배송완료일\n"
    text += "".join(row_of.format(*row) for row in rows)

    done = Imported("orders", write(tmp_path / "orders.csv", text), "--platform", "cafe24")

    assert done.code == 0, done.err
    assert dict(Order.objects.values_list("external_id", "delivered_at")) == {
        "20261120-0000001": datetime(2026, 11, 23, 7, tzinfo=UTC),
        "20261120-0000002": None,
    }


def test_smartstore_orders_bring_marketplace_contacts_without_consent(tmp_path: Path) -> None:
    file = write_workbook(tmp_path / "발주발송관리.xlsx", {"발주발송관리": SMARTSTORE})

    done = Imported("orders", file, "--platform", "smartstore")

    assert done.code == 0, done.err
    assert orders() == {
        # 5,800 + 7,000 + one parcel's 3,000; the cheese went back
        "2026112100000001": ("delivered", 15_800, 3_000, 7_000),
        "2026112100000002": ("paid", 2_900, 0, 0),
    }
    buyer = Customer.objects.get()
    assert (buyer.source, buyer.name, buyer.phone) == ("smartstore", "홍길동", "+821012345678")
    assert buyer.is_marketplace_contact
    assert "hong" not in buyer.external_id
    assert Order.objects.get(external_id="2026112100000001").customer == buyer
    # A safe number and a masked id tell nobody apart: the order is a guest's.
    assert Order.objects.get(external_id="2026112100000002").customer is None
    assert not ConsentEntry.objects.exists()


def test_a_smartstore_file_twice_changes_nothing(tmp_path: Path) -> None:
    file = write_workbook(tmp_path / "orders.xlsx", {"발주발송관리": SMARTSTORE})
    Imported("orders", file, "--platform", "smartstore")
    before = list(Order.objects.values()), list(OrderLine.objects.values()), list(Customer.objects.values())

    done = Imported("orders", file, "--platform", "smartstore")

    assert "0 new, 0 changed, 2 unchanged, 0 refused" in done.out
    assert (list(Order.objects.values()), list(OrderLine.objects.values()), list(Customer.objects.values())) == before


def test_shopify_customers_and_orders_are_the_same_people(tmp_path: Path) -> None:
    customers = (
        "Customer ID,First Name,Last Name,Email,Phone,Default Address Phone,Accepts Email Marketing,"
        "Accepts SMS Marketing,Total Spent,Total Orders,Tags,Tax Exempt\n"
        "'7001,Gildong,Hong,hong@example.com,'+821012345678,,yes,no,100000,3,vip,no\n"
        ",단골,김,kim@example.com,,010-2222-3333,no,no,0,0,,no\n"
    )

    first = Imported("customers", write(tmp_path / "customers.csv", customers), "--platform", "shopify")
    second = Imported("orders", write(tmp_path / "orders.csv", SHOPIFY_ORDERS), "--platform", "shopify")

    assert (first.code, second.code) == (0, 0), first.err + second.err
    hong = Customer.objects.get(email="hong@example.com")
    assert (hong.external_id, hong.name, hong.attributes) == ("7001", "Gildong Hong", {"tags": "vip"})
    assert Customer.objects.get(email="kim@example.com").name == "김단골"
    assert Customer.objects.count() == 2
    assert orders() == {"#1001": ("paid", 27_680, 3_000, 0), "#1002": ("paid", 10_000, 0, 4_000)}
    assert set(Order.objects.values_list("customer", flat=True)) == {hong.pk}
    assert list(OrderLine.objects.filter(order__external_id="#1001").values_list("product__sku", "amount")) == [
        ("MILK", 5_800),
        ("치즈", 19_880),
    ]


def test_shopify_orders_in_another_currency_are_refused_whole(tmp_path: Path) -> None:
    file = write(tmp_path / "orders.csv", SHOPIFY_ORDERS.replace("KRW,24680", "USD,24.68"))

    done = Imported("orders", file, "--platform", "shopify")

    assert done.code == 1
    assert "Only orders in won (KRW) can be imported." in done.err
    assert list(orders()) == ["#1002"]


@pytest.mark.parametrize(
    ("said", "with_nul", "lines"),
    [(",,Gildong Hong", ",,Gil\0dong Hong", [("#1001", 2)]), (",빵,", ",빵\0,", [("#1001", 2), ("#1002", 1)])],
    ids=["buyer", "product"],
)
@pytest.mark.parametrize("is_known", [False, True])
def test_a_buyer_or_product_that_cannot_be_stored_is_refused_by_its_name_whether_known_or_not(
    tmp_path: Path, said: str, with_nul: str, lines: list[tuple[str, int]], is_known: bool
) -> None:
    first, _end, last = SHOPIFY_ORDERS.rpartition("#1002")
    if is_known:
        Imported("orders", write(tmp_path / "before.csv", SHOPIFY_ORDERS), "--platform", "shopify")
        Order.objects.all().delete()
    file = write(
        tmp_path / "orders.csv", f"{first}#1002{last.replace(said, with_nul)}#1002,,,,,,,,,,,,1,우유,5000,M2,,,,\n"
    )

    done = Imported("orders", file, "--platform", "shopify")

    assert "This contains a NUL character." in done.err
    assert [(each.external_id, each.lines.count()) for each in Order.objects.order_by("external_id")] == lines


def test_an_order_of_shopify_with_a_byte_that_is_no_letter_in_the_address_is_a_guests(tmp_path: Path) -> None:
    content = SHOPIFY_ORDERS.encode().replace(b"#1002,hong@example.com", b"#1002,hong@exam\x80ple.com")

    done = Imported("orders", write(tmp_path / "orders.csv", content), "--platform", "shopify")

    assert done.code == 0, done.err
    assert dict(Order.objects.values_list("external_id", "customer__email")) == {
        "#1001": "hong@example.com",
        "#1002": None,
    }


def test_a_platform_is_asked_for_what_it_exports_only(tmp_path: Path) -> None:
    done = Imported("products", write(tmp_path / "p.csv", "sku,name\n1,a\n"), "--platform", "smartstore")

    assert done.code == 2
    assert "No file of products is known from Naver Smartstore." in done.err
