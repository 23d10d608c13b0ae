"""What Excel does to a file: repaired where it is clear what stood there, refused with a way out where it is not."""

from pathlib import Path

import pytest

from customers.errors import BadValue
from customers.imports import repairs
from customers.ingest import values
from customers.ingest.schema import FieldRefused
from customers.models import Customer, Order
from tests.customers.imports.workbook_files import rewrite, write_workbook
from tests.customers.ingest.test_import_command import Imported, write

FILES = Path(__file__).parent / "files"
database = pytest.mark.django_db
LOST = "A spreadsheet shortened this number; its last digits are lost."


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        pytest.param("20261121-0001234", "20261121-0001234", id="nothing to repair"),
        pytest.param("007", "007", id="zeros stay"),
        pytest.param('="00123"', "00123", id="kept as text by a formula"),
        pytest.param("'5001", "5001", id="kept as text by an apostrophe"),
        pytest.param("1.23456789012345E+14", "123456789012345", id="scientific, with all its digits"),
        pytest.param("2.02611E+15", None, id="scientific, shortened"),
        pytest.param("2.02611211234567E+15", None, id="sixteen digits of which fifteen are left"),
        pytest.param("5E3", "5E3", id="a product number that only looks scientific"),
    ],
)
def test_numbers_of_things(written: str, meant: str | None) -> None:
    if meant is None:
        with pytest.raises(FieldRefused, match="뒷자리가 사라졌습니다"):
            repairs.number("order_id", written)
    else:
        assert repairs.number("order_id", written) == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-11-21 09:30:00", "2026-11-21T09:30:00+09:00"),
        ("2026-11-21T00:30:00Z", "2026-11-21T00:30:00+00:00"),
        ("2026-11-20 09:30:00 +0900", "2026-11-20T09:30:00+09:00"),
        ("46347", "2026-11-21T00:00:00+09:00"),
        ("46347.395833", "2026-11-21T09:30:00+09:00"),
        ("2026. 11. 21. 오후 9:30:05", "2026-11-21T21:30:05+09:00"),
        ("2026-11-21 오전 12:10", "2026-11-21T00:10:00+09:00"),
        ("2026.11.21", "2026-11-21T00:00:00+09:00"),
        ("2026/1/5 9:05", "2026-01-05T09:05:00+09:00"),
        ("2026년 11월 21일", "2026-11-21T00:00:00+09:00"),
        ("20261121093005", "2026-11-21T09:30:05+09:00"),
        ("0000-00-00", None),
        ("0000-00-00 00:00:00", None),
        ("-", None),
    ],
)
def test_times(written: str, meant: str | None) -> None:
    read = values.moment(repairs.moment("placed_at", written))

    assert (read and read.isoformat()) == meant


@pytest.mark.parametrize("written", ["11/21/2026", "21.11.2026", "2026-13-01", "261121", "4634", "내일"])
def test_times_that_may_mean_several_things_are_refused(written: str) -> None:
    with pytest.raises(BadValue):
        values.moment(repairs.moment("placed_at", written))


@pytest.mark.parametrize(
    ("written", "meant"), [("32936", "1990-03-04"), ("1990.3.4", "1990-03-04"), ("19900304", "1990-03-04")]
)
def test_days(written: str, meant: str) -> None:
    assert values.day(repairs.day("birthday", written)).isoformat() == meant


@database
@pytest.mark.usefixtures("in_english")
def test_a_workbook_with_everything_damaged_says_what_it_repaired_and_refused(tmp_path: Path) -> None:
    people = [["고객번호", "이름", "휴대폰", "생년월일", "가입일"], [1, "홍길동", 1012345678, 32936, 46027.5]]
    orders = [
        ["주문 내역", None, None, None],
        [],
        ["주문번호", "고객번호", "주문일시", "결제금액"],
        [123456789012345, 1, 46347.395833, 24680],
        [2.02611211234568e15, 1, 46347, 1000],
        ["2026112112345678", 1, 46347, 24680.5],
    ]
    Imported("customers", write_workbook(tmp_path / "people.xlsx", {"고객": people}), *MAPPED_PEOPLE)

    done = Imported("orders", write_workbook(tmp_path / "orders.xlsx", {"표지": [], "주문": orders}), *MAPPED_ORDERS)

    hong = Customer.objects.get()
    assert (hong.external_id, hong.phone, hong.birthday.isoformat()) == ("1", "+821012345678", "1990-03-04")
    assert Order.objects.get().external_id == "123456789012345"
    assert Order.objects.get().placed_at.isoformat() == "2026-11-21T00:30:00+00:00"
    assert done.code == 1
    assert [line.partition(":")[0] for line in done.err.splitlines()] == [
        "line 5, order_id “2.02611211234568E+15”",
        "line 6, paid “24680.5”",
    ]
    assert LOST in done.err


MAPPED_PEOPLE = ["--map", "고객번호=customer_id", "이름=name", "휴대폰=phone", "생년월일=birthday", "가입일=joined_at"]
MAPPED_ORDERS = ["--sheet", "2", "--map"]
MAPPED_ORDERS += ["주문번호=order_id", "고객번호=customer_id", "주문일시=placed_at", "결제금액=paid"]


@database
@pytest.mark.usefixtures("in_english")
@pytest.mark.parametrize(
    ("header", "line"),
    [("", 1), ("\n\n", 3), ("안내: 개인정보를 포함합니다,,\n", 2), ("a,b\n공지\n,\n", 4)],
)
def test_the_header_is_found_in_the_first_five_lines(tmp_path: Path, header: str, line: int) -> None:
    file = write(tmp_path / "people.csv", f"{header}customer_id,name\n1,홍길동\n2,,\n", encoding="cp949")

    done = Imported("customers", file)

    assert list(Customer.objects.values_list("external_id", "name")) == [("1", "홍길동")]
    assert f"line {line + 2}, " in done.err


@database
@pytest.mark.usefixtures("in_english")
@pytest.mark.parametrize("encoding", ["utf-8", "cp949"])
def test_a_web_table_named_as_a_workbook_is_read(tmp_path: Path, encoding: str) -> None:
    cells = "".join(f"<td>{cell}</td>" for cell in ("1", "홍길동 &amp; 딸", "010-1234-5678"))
    page = (
        f'<html><head><meta charset="{encoding}"></head><body><table border=1><tr><th>customer_id<th>name<th>phone</tr>'
        f"<tr>{cells}</tr></table></body></html>"
    )

    done = Imported("customers", write(tmp_path / "people.xls", page, encoding=encoding))

    assert done.code == 0, done.err
    assert Customer.objects.values_list("name", "phone").get() == ("홍길동 & 딸", "+821012345678")


@pytest.mark.usefixtures("in_english")
@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param((FILES / "locked.xlsx").read_bytes(), "locked by a password", id="locked"),
        pytest.param(b"PK\x03\x04" + b"\0" * 100, "The workbook is damaged.", id="a broken archive"),
        pytest.param((FILES / "members.xls").read_bytes()[:2_000], "The workbook is damaged.", id="cut"),
        pytest.param("customer_id\n1\n".encode("utf-16"), "not a CSV file but UTF-16", id="UTF-16"),
        pytest.param(
            b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>',
            "XML spreadsheet of 2003",
            id="an XML spreadsheet",
        ),
        pytest.param(b"", "The file is empty.", id="empty"),
    ],
)
@database
def test_a_file_that_cannot_be_read_says_what_to_do(tmp_path: Path, content: bytes, message: str) -> None:
    done = Imported("customers", write(tmp_path / "file", content))

    assert done.code == 2
    assert message in done.err
    assert not Customer.objects.exists()


@database
@pytest.mark.usefixtures("in_english")
def test_a_small_workbook_that_unfolds_to_half_a_terabyte_is_refused(tmp_path: Path) -> None:
    """One cell at A1 and one at the far corner: the table between them has 17 billion cells."""
    file = write_workbook(tmp_path / "bomb.xlsx", {"s": [["customer_id"]]})
    far = tmp_path / "far.xlsx"
    rewrite(file, far, b"</row>", b'</row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')

    done = Imported("customers", far)

    assert done.code == 2
    assert "unfolds to more than can be read" in done.err
