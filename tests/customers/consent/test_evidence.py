"""The ledger as evidence: every entry with the words that had been read, by the way that personal data leaves."""

import csv
import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from customers import consent
from customers.consent import evidence
from customers.models import Customer, ExportRequest
from customers.privacy import export_files, exports
from tests.factories import make_customer, make_user, make_wording

pytestmark = pytest.mark.django_db

SAID_AT = datetime(2026, 3, 31, 15, 30, tzinfo=UTC)  # 1 April in Korea
REASON = "Answer to the authority"


@pytest.fixture
def officer(settings: object, tmp_path: Path) -> User:
    settings.EXPORT_DIR = tmp_path / "exports"
    return make_user("officer", "customers.export_consent_evidence", "customers.view_personal_data")


@pytest.fixture
def customer() -> Customer:
    make_wording(version="2026-01", aim="신상품 안내")
    customer = make_customer(name="홍길동", phone="+821012345678")
    said = {"purpose": "ad_receive", "channel": "sms", "method": "web"}
    consent.grant(customer.pk, occurred_at=SAID_AT, wording_version="2026-01", evidence={"form": "홍길동 서명"}, **said)
    consent.withdraw(customer.pk, occurred_at=SAID_AT.replace(month=5), **said)
    return customer


def made(export: ExportRequest) -> str:
    if export.status == ExportRequest.Status.WAITING:
        exports.approve(export, by=make_user("approver", "customers.approve_export"))
    exports.make(export.pk)
    export.refresh_from_db()
    assert export.status == ExportRequest.Status.READY, export.failure
    return export_files.path_of(export).read_text(encoding="utf-8-sig")


def test_a_customers_file_tells_what_was_said_when_and_what_had_been_read(officer: User, customer: Customer) -> None:
    text = made(evidence.ask_about_customer(customer, by=officer, reason=REASON))

    rows = list(csv.DictReader(text.splitlines()))
    assert [row["Action"] for row in rows] == ["granted", "withdrawn"]
    assert (rows[0]["Said at"], rows[0]["Wording version"]) == ("2026-04-01T00:30:00+09:00", "2026-01")
    assert (rows[0]["Purpose of use"], rows[1]["Purpose of use"]) == ("신상품 안내", "")


@pytest.fixture(autouse=True)
def _english(in_english: None) -> None:
    """Name columns as the source does."""


def test_it_is_masked_unless_a_second_person_agreed(officer: User, customer: Customer) -> None:
    masked = made(evidence.ask_about_customer(customer, by=officer, reason=REASON))
    asked = evidence.ask_about_customer(customer, by=officer, reason=REASON, is_unmasked=True)

    assert asked.status == ExportRequest.Status.WAITING
    unmasked = made(asked)
    assert not [word for word in ("홍길동", "1234-5678") if word in masked]
    assert [word for word in ("홍길동", "010-1234-5678", "서명") if word in unmasked] == [
        "홍길동",
        "010-1234-5678",
        "서명",
    ]


def test_json_has_the_same_rows(officer: User, customer: Customer) -> None:
    as_csv = made(evidence.ask_about_customer(customer, by=officer, reason=REASON))
    as_json = made(evidence.ask_about_customer(customer, by=officer, reason=REASON, form="json"))

    rows = json.loads(as_json)
    assert [{key: str(value) for key, value in row.items()} for row in rows] == [
        {key: value.removeprefix("'") for key, value in row.items()} for row in csv.DictReader(as_csv.splitlines())
    ]


@pytest.mark.parametrize(
    ("first", "last", "count"),
    [
        (date(2026, 4, 1), date(2026, 4, 1), 1),
        (date(2026, 3, 31), date(2026, 3, 31), 0),
        (date(2026, 4, 1), date(2026, 6, 1), 2),
    ],
)
def test_a_period_is_of_days_in_korea(customer: Customer, first: date, last: date, count: int) -> None:
    parameters = {"first": first.isoformat(), "last": last.isoformat()}

    assert evidence.entries_of(parameters).count() == count


def test_nobody_gets_it_without_the_right(customer: Customer) -> None:
    with pytest.raises(PermissionDenied):
        evidence.ask_about_customer(customer, by=make_user("clerk"), reason=REASON)

    assert not ExportRequest.objects.exists()


def test_the_page_asks_for_it_and_leads_to_the_export(client: Client, officer: User, customer: Customer) -> None:
    client.force_login(officer)
    page = reverse("admin:customers_consent_evidence")

    refused = client.post(page, {"customer_number": "no such", "format": "csv", "reason": REASON})
    empty = client.post(page, {"format": "csv", "reason": REASON})
    answer = client.post(page, {"customer_number": customer.external_id, "format": "json", "reason": REASON})

    export = ExportRequest.objects.get()
    assert (refused.status_code, empty.status_code) == (200, 200)
    assert answer["Location"] == reverse("admin:customers_exportrequest_change", args=[export.pk])
    assert export.parameters == {"customer": customer.pk, "format": "json"}
