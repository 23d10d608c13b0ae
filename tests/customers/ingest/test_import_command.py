"""Files from the shell: what is bad is named by line and field, what is good is stored."""

import csv
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from customers.models import ConsentEntry, Customer, Event, Order, OrderLine, PhoneOptOut, Product
from tests.factories import make_customer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]


class Imported:
    """What a run of the command said and how it ended."""

    def __init__(self, *arguments: object) -> None:
        out, err = StringIO(), StringIO()
        self.code = 0
        try:
            call_command("import_data", *map(str, arguments), stdout=out, stderr=err)
        except SystemExit as end:
            self.code = end.code
        except CommandError as refusal:
            self.code = refusal.returncode
            err.write(str(refusal))
        self.out, self.err = out.getvalue(), err.getvalue()


def write(path: Path, text: str | bytes, *, encoding: str = "utf-8") -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "file.csv"


def names() -> list[str]:
    return sorted(Customer.objects.values_list("external_id", flat=True))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
def test_hangul_is_read_in_the_encodings_shops_use(file: Path, encoding: str) -> None:
    write(file, "customer_id,name,phone\n1,홍길동,010-1234-5678\n", encoding=encoding)

    done = Imported("customers", file)

    assert done.code == 0
    assert Customer.objects.values_list("name", "phone").get() == ("홍길동", "+821012345678")


def test_calls_to_the_080_number_name_the_file_they_came_in(file: Path) -> None:
    write(file, "phone,called_at\n010-1234-5678,2026-01-20T10:00\n")

    done = Imported("opt_outs", file)

    assert done.code == 0
    assert PhoneOptOut.objects.values_list("file_name", "recorded_by").get() == ("file.csv", None)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_found(file: Path, delimiter: str) -> None:
    write(file, f"customer_id{delimiter}name\n1{delimiter}홍길동\n")

    assert Imported("customers", file).code == 0
    assert Customer.objects.get().name == "홍길동"


def test_a_file_without_a_required_column_is_refused_whole(file: Path) -> None:
    write(file, "customerid,name\n1,홍길동\n")

    done = Imported("customers", file)

    assert done.code == 2
    assert "“customer_id” is missing" in done.err
    assert "customerid, name" in done.err
    assert "--map customerid=customer_id" in done.err
    assert names() == []


def test_a_column_of_another_name_is_mapped(file: Path) -> None:
    write(file, "회원번호,이름\n1,홍길동\n")

    done = Imported("customers", file, "--map", "회원번호=customer_id", "이름=name")

    assert done.code == 0
    assert Customer.objects.get().name == "홍길동"


@pytest.mark.parametrize("mapping", ["nothing=customer_id", "customer_id=customer"])
def test_a_mapping_that_fits_nothing_is_refused(file: Path, mapping: str) -> None:
    write(file, "customer_id\n1\n")

    assert Imported("customers", file, "--map", mapping).code == 2
    assert names() == []


def test_an_unknown_column_is_said_and_the_rest_is_stored(file: Path) -> None:
    write(file, "customer_id,nmae,attr.size\n1,홍길동,L\n")

    done = Imported("customers", file)

    assert done.code == 0
    assert "“nmae” is not known and was left out. Did you mean “name”?" in done.err
    assert Customer.objects.get().attributes == {"size": "L"}


def test_a_line_that_is_neither_utf8_nor_cp949_is_named_and_the_others_are_stored(file: Path) -> None:
    write(file, "customer_id,name\n1,홍길동\n".encode() + b"2,\xff\xfe\xfa\n" + "3,김단골\n".encode())

    done = Imported("customers", file)

    assert done.code == 1
    assert "line 3, name" in done.err
    assert "neither UTF-8 nor CP949" in done.err
    assert names() == ["1", "3"]


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04xl", "customer_id\n1\n".encode("utf-16"), b"", b"\x00\x01\x02\n", b"\xff\xa0,\x81\n1,2\n"]
)
def test_what_is_no_text_is_refused_whole(file: Path, content: bytes) -> None:
    write(file, content)

    assert Imported("customers", file).code == 2
    assert names() == []


def test_bad_dates_are_named_by_line_and_field(file: Path) -> None:
    make_customer(external_id="C")
    write(
        file,
        "order_id,customer_id,placed_at,paid\n1,C,2026-13-01,100\n2,C,,100\n3,C,2026-11-20,100\n4,C,20.11.2026,100\n",
    )

    done = Imported("orders", file)

    assert done.code == 1
    assert [line[:17] for line in done.err.splitlines()] == [
        "line 2, placed_at",
        "line 3, placed_at",
        "line 5, placed_at",
    ]
    assert [order.external_id for order in Order.objects.all()] == ["3"]


@pytest.mark.parametrize(
    ("kind", "header", "bad", "good", "model"),
    [
        ("orders", "order_id,customer_id,placed_at,paid", "1,nobody,2026-11-20,5", "2,C,2026-11-20,5", Order),
        (
            "events",
            "event_id,kind,customer_id,occurred_at",
            "1,page_view,nobody,2026-11-20",
            "2,page_view,C,2026-11-20",
            Event,
        ),
    ],
)
def test_an_unknown_customer_is_named(file: Path, kind: str, header: str, bad: str, good: str, model: type) -> None:
    make_customer(external_id="C")
    write(file, f"{header}\n{bad}\n{good}\n")

    done = Imported(kind, file)

    assert done.code == 1
    assert "line 2, customer_id “nobody”" in done.err
    assert [row.external_id for row in model.objects.all()] == ["2"]


@pytest.mark.parametrize(
    ("kind", "text", "field", "model"),
    [
        ("customers", "customer_id,name\n1,a\n2,b\n1,a\n", "customer_id", Customer),
        ("products", "sku,name\n1,a\n2,b\n1,a\n", "sku", Product),
        ("orders", "order_id,placed_at,paid\n1,2026-11-20,5\n2,2026-11-20,5\n1,2026-11-20,5\n", "order_id", Order),
        (
            "events",
            "event_id,kind,visitor_id,occurred_at\n1,search,v,2026-11-20\n2,search,v,2026-11-20\n1,search,v,2026-11-20\n",
            "event_id",
            Event,
        ),
    ],
)
def test_a_repeated_line_is_named_with_the_line_it_repeats(
    file: Path, kind: str, text: str, field: str, model: type
) -> None:
    write(file, text)

    done = Imported(kind, file)

    assert done.code == 1
    assert done.err.strip() == f"line 4, {field} “1”: This repeats line 2 and was left out."
    assert model.objects.count() == 2


def test_a_field_of_ten_megabytes_is_named_and_the_other_lines_are_stored(file: Path) -> None:
    write(file, f"customer_id,name,email\n1,홍길동,\n2,{'x' * 10_000_000},\n3,김단골,\n")

    done = Imported("customers", file)

    assert done.code == 1
    assert done.err.startswith("line 3, name “xxx")
    assert "longer than 100000 characters" in done.err
    assert len(done.err) < 300
    assert names() == ["1", "3"]


def test_a_quoted_field_of_ten_megabytes_over_many_lines_is_refused(file: Path) -> None:
    lines = "\n".join(["y" * 1_000] * 10_000)
    write(file, f'customer_id,name\n1,홍길동\n2,"{lines}"\n3,김단골\n')

    done = Imported("customers", file)

    assert done.code == 1
    assert done.err.startswith("line 3, name")
    assert names() == ["1", "3"]


def test_a_quotation_mark_that_is_never_closed_costs_its_own_line_only(file: Path) -> None:
    write(file, 'customer_id,name\n1,"홍길동\n2,김단골\n3,"이""단골"\n4,"박\n단골"\n')

    done = Imported("customers", file)

    assert done.code == 1
    assert done.err.startswith("line 2, name")
    assert names() == ["2", "3", "4"]
    assert Customer.objects.get(external_id="4").name == "박\n단골"


def test_lines_with_too_many_or_too_few_fields_are_named(file: Path) -> None:
    write(file, "customer_id,name\n1,a,b\n2\n\n3,c\n")

    done = Imported("customers", file)

    assert done.code == 1
    assert [line.split(":")[0] for line in done.err.splitlines()] == ["line 2, name “”", "line 3, customer_id “”"]
    assert names() == ["3"]


def test_nul_characters_are_refused(file: Path) -> None:
    write(file, b"customer_id,name\n1,a\0b\n2,c\n")

    done = Imported("customers", file)

    assert (done.code, names()) == (1, ["2"])
    assert "line 2, name" in done.err


def test_a_dry_run_counts_and_stores_nothing(file: Path) -> None:
    write(file, "customer_id\n1\n2\n")

    done = Imported("customers", file, "--dry-run")

    assert done.code == 0
    assert "2 lines read: 2 new, 0 changed, 0 unchanged, 0 refused." in done.out
    assert "nothing was stored" in done.out
    assert names() == []


def test_a_second_import_changes_nothing(file: Path) -> None:
    make_customer(external_id="C")
    Imported("products", write(file, "sku,name\na,사과\nb,배\n"))
    write(
        file,
        "order_id,customer_id,placed_at,paid,sku,quantity,line_amount\n"
        "1,C,2026-11-20T10:00,30,a,1,10\n1,C,2026-11-20T10:00,30,b,1,20\n",
    )
    Imported("orders", file)
    before = list(Order.objects.values()), list(OrderLine.objects.values())

    done = Imported("orders", file)

    assert "2 lines read: 0 new, 0 changed, 1 unchanged, 0 refused." in done.out
    assert (list(Order.objects.values()), list(OrderLine.objects.values())) == before


def test_all_refused_lines_are_written_down(file: Path, tmp_path: Path) -> None:
    write(file, "customer_id,email\n" + "".join(f"{number},nobody\n" for number in range(1_200)))

    done = Imported("customers", file, "--errors", tmp_path / "errors.csv")

    with (tmp_path / "errors.csv").open(encoding="utf-8-sig", newline="") as errors:
        rows = list(csv.DictReader(errors))
    assert done.code == 1
    assert len(rows) == 1_200
    assert (rows[0]["line"], rows[0]["field"], rows[0]["value"]) == ("2", "email", "nobody")
    assert "… and 1190 more" in done.err


def test_consents_come_with_customers_and_need_the_time_they_were_said(file: Path) -> None:
    write(
        file,
        "customer_id,consent.email,consent.email.at,consent.sms.night,consent.sms.night.at\n"
        "1,Y,2026-01-05,,\n2,Y,,,\n3,,,Y,2026-01-05\n4,N,2026-01-06,,\n",
    )

    done = Imported("customers", file)

    assert done.code == 1
    assert [line.split(" “")[0] for line in done.err.splitlines()] == [
        "line 3, consent.email.at",
        "line 4, consent.sms.night",
    ]
    assert names() == ["1", "4"]
    said = ConsentEntry.objects.order_by("customer__external_id").values_list(
        "customer__external_id", "action", "method"
    )
    assert list(said) == [("1", "granted", "import"), ("4", "withdrawn", "import")]


def test_a_missing_file_is_said() -> None:
    done = Imported("customers", "/nowhere/file.csv")

    assert done.code == 2
    assert "/nowhere/file.csv" in done.err
