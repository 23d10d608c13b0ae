"""The pages of an import, as an operator walks them."""

import csv
import io

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from customers.imports import passes
from customers.models import Customer, ImportMapping, ImportRun
from tests.customers.imports.test_runs import PEOPLE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]
ADD = "/admin/customers/importrun/add/"


@pytest.fixture
def operator(client: Client) -> Client:
    user = User.objects.create_user("operator", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="import_facts"))
    client.force_login(user)
    return client


def file(text: str | bytes, name: str = "회원.csv") -> io.BytesIO:
    content = io.BytesIO(text if isinstance(text, bytes) else text.encode())
    content.name = name
    return content


def page(run: ImportRun, name: str = "change") -> str:
    return reverse(f"admin:customers_importrun_{name}", args=[run.pk])


def brought(operator: Client, text: str | bytes = PEOPLE) -> ImportRun:
    operator.post(ADD, {"file": file(text)})
    return ImportRun.objects.get()


def checked(operator: Client, text: str = PEOPLE) -> ImportRun:
    run = brought(operator, text)
    operator.post(page(run, "columns"), {"column": run.mapping})
    passes.carry_on(run.pk)
    return run


def test_a_file_leads_to_its_columns_with_masked_samples(operator: Client) -> None:
    answer = operator.post(ADD, {"file": file(PEOPLE.encode("cp949"))}, follow=True)

    html = answer.content.decode()
    assert answer.redirect_chain[-1][0].endswith("/columns/")
    assert "CP949 (EUC-KR)" in html
    assert "홍*동" in html
    assert "홍길동" not in html
    assert "010-****-5678" in html
    assert '<option value="customer_id" selected>' in html


def test_a_file_that_cannot_be_read_stays_on_the_page_and_says_why(operator: Client) -> None:
    answer = operator.post(ADD, {"file": file(b"PK\x03\x04 broken", "people.xlsx")})

    assert answer.status_code == 200
    assert "The workbook is damaged." in answer.content.decode()
    assert not ImportRun.objects.exists()


def test_a_wrong_choice_of_columns_keeps_what_was_chosen(operator: Client) -> None:
    run = brought(operator)

    answer = operator.post(page(run, "columns"), {"column": ["", "name", "phone"]})

    html = answer.content.decode()
    assert "Choose the column that is “Customer number”" in html
    assert '<option value="phone" selected>' in html
    assert not ImportMapping.objects.exists()


def test_what_a_file_is_can_be_said_anew(operator: Client) -> None:
    run = brought(operator, "번호,이름\nP1,우유\n")

    operator.post(page(run, "look"), {"kind": "products", "platform": "", "source": "pos"})

    run.refresh_from_db()
    assert (run.kind, run.source, run.mapping) == ("products", "pos", ["", ""])


def test_the_check_is_shown_with_its_first_errors_and_waits_for_a_word(operator: Client) -> None:
    run = checked(operator)

    html = operator.get(page(run)).content.decode()

    assert "Checked: nothing is stored yet." in html
    assert "This is not a phone number." in html
    assert "Go on without the 1 refused lines" in html
    assert not Customer.objects.exists()

    operator.post(page(run, "start"))
    run.refresh_from_db()
    assert run.status == ImportRun.Status.CHECKED

    operator.post(page(run, "start"), {"without_refused": "on"})
    passes.carry_on(run.pk)
    assert "The import is done" in operator.get(page(run)).content.decode()
    assert Customer.objects.count() == 2


def test_the_page_refreshes_itself_while_it_runs_only(operator: Client) -> None:
    run = brought(operator)
    operator.post(page(run, "columns"), {"column": run.mapping})
    assert "data-refresh=" in operator.get(page(run)).content.decode()

    passes.carry_on(run.pk)

    assert "data-refresh=" not in operator.get(page(run)).content.decode()


def test_the_error_file_opens_in_a_spreadsheet_and_runs_nothing_there(operator: Client) -> None:
    run = checked(operator, "회원번호,휴대폰,생일\n1,010-1234-5678,=HYPERLINK(1)\n2,12,\n3,,1990-03-04\n")

    content = b"".join(operator.get(page(run, "errors")).streaming_content)

    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert rows[0] == ["Line", "Column", "Value", "What is wrong", "What to do"]
    assert [row[:3] for row in rows[1:]] == [["2", "생일", "'=HYP*********"], ["3", "휴대폰", "**"]]
    assert all(row[4] for row in rows[1:])


def test_evidence_of_consents_without_a_date_is_kept_with_its_hash(operator: Client) -> None:
    run = brought(operator, "회원번호,이메일 수신동의\n1,Y\n")
    told = {"column": run.mapping, "undated": "with_evidence", "evidence_note": "가입 신청서"}

    refused = operator.post(page(run, "columns"), told)
    assert "Bring the evidence of these consents" in refused.content.decode()

    operator.post(page(run, "columns"), told | {"evidence": file(b"scan", "form.pdf")})
    run.refresh_from_db()
    assert run.status == ImportRun.Status.CHECKING
    assert run.consent_evidence == {
        "file": "form.pdf",
        "sha256": "59ad1b2fc74287ded1bba7af67765d23ad4a49f1ae51902cc2ed3f8ebee96cfa",
        "note": "가입 신청서",
    }
