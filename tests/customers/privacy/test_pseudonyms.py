"""For analysis people leave as pseudonyms that nobody leads back and no other file shares (P-12)."""

import csv
from datetime import date, timedelta
from pathlib import Path
from unittest.mock import Mock

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from customers import stats
from customers.errors import ExportRefused
from customers.models import Customer, ExportRequest, PseudonymUse, SegmentMembership
from customers.privacy import exports, pseudonyms
from tests.factories import make_customer, make_order, make_segment, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]
TODAY = date(2026, 11, 20)


@pytest.fixture(autouse=True)
def _folder(settings: Settings, tmp_path: Path) -> None:
    settings.EXPORT_DIR = tmp_path / "exports"


@pytest.fixture
def analyst() -> User:
    return make_user("analyst", "customers.export_pseudonyms", "customers.view_exportrequest", "customers.view_segment")


def asked(by: User, **given: object) -> ExportRequest:
    terms = {"reason": "재구매 분석", "purpose": "statistics", "used_until": timezone.localdate()}
    return pseudonyms.ask(Customer.objects.all(), by=by, **terms | given)


def written(export: ExportRequest) -> list[dict[str, str]]:
    """Make the file and read it."""
    exports.make(export.pk)
    export.refresh_from_db()
    with exports.export_files.path_of(export).open(encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def a_crowd(count: int = 5, **given: object) -> list[Customer]:
    alike = {"birthday": date(1990, 3, 4), "gender": "f", "region": "서울특별시 성동구"}
    return [make_customer(**alike | given) for _number in range(count)]


def test_p_12_the_file_says_nothing_by_which_somebody_is_found(analyst: User) -> None:
    people = a_crowd(name="홍길동", phone="+821012345678", attributes={"memo": "단골"})
    make_order(people[0], placed_at=timezone.now(), paid=123_456, shipping=0)
    stats.rebuild()

    export = asked(analyst)
    rows = written(export)

    text = exports.export_files.path_of(export).read_text("utf-8-sig")
    personal = {"홍길동", "1012345678", "성동구", "단골", "1990-03-04", "123456"}
    personal |= {each.external_id for each in people} | {each.email for each in people}
    assert {each for each in personal if each in text} == set()
    assert {(row["Region"], row["Gender"]) for row in rows} == {("서울특별시", "f")}
    assert sorted(row["Total spend"] for row in rows) == ["0", "0", "0", "0", "120000"]
    assert len({row["Pseudonym"] for row in rows}) == 5


def test_p_12_two_files_of_the_same_people_cannot_be_joined(analyst: User) -> None:
    a_crowd()

    first, second = (written(asked(analyst)) for _time in range(2))

    assert {row["Pseudonym"] for row in first}.isdisjoint({row["Pseudonym"] for row in second})


def test_p_12_the_rows_stand_in_the_order_of_the_pseudonyms(analyst: User) -> None:
    a_crowd(20)

    names = [row["Pseudonym"] for row in written(asked(analyst))]

    assert names == sorted(names)


def test_p_12_what_few_people_share_is_left_out(analyst: User) -> None:
    a_crowd(5)
    a_crowd(4, region="제주특별자치도 제주시")

    told = [(row["Age"], row["Gender"], row["Region"]) for row in written(asked(analyst))]

    assert sorted(set(told)) == [("", "", ""), ("30–39", "f", "서울특별시")]
    assert told.count(("", "", "")) == 4


@pytest.mark.parametrize(
    ("birthday", "age"),
    [
        (None, ""),
        (date(2006, 11, 21), "<20"),
        (date(2006, 11, 20), "20–29"),
        (date(1966, 11, 21), "50–59"),
        (date(1966, 11, 20), "60+"),
    ],
)
def test_age_is_told_in_tens_of_years(birthday: date | None, age: str) -> None:
    assert pseudonyms.coarse(birthday, "m", "경기도 수원시 영통구", today=TODAY) == (age, "m", "경기도")


def test_what_it_is_used_for_is_kept_and_that_it_was_destroyed(analyst: User) -> None:
    a_crowd(1)
    export = asked(analyst, recipient="한국대학교", used_until=timezone.localdate() + timedelta(days=30))
    with pytest.raises(ExportRefused):
        pseudonyms.note_destroyed(export, by=analyst)  # not made yet
    written(export)

    pseudonyms.note_destroyed(export, by=analyst)

    use = PseudonymUse.objects.get()
    assert (use.purpose, use.recipient, use.items[:3]) == ("statistics", "한국대학교", ["Pseudonym", "Age", "Gender"])
    assert (use.destroyed_on, use.destroyed_by) == (timezone.localdate(), analyst)
    with pytest.raises(ExportRefused):
        pseudonyms.note_destroyed(export, by=analyst)


def test_our_own_file_is_destroyed_with_the_others(analyst: User) -> None:
    a_crowd(1)
    export = asked(analyst)
    written(export)
    path = exports.export_files.path_of(export)

    pseudonyms.note_destroyed(export, by=analyst)

    export.refresh_from_db()
    assert (path.exists(), export.status, export.file_name) == (False, "expired", "")


def test_a_file_that_cannot_be_deleted_is_not_recorded_as_destroyed(
    analyst: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_crowd(1)
    export = asked(analyst)
    written(export)
    monkeypatch.setattr(Path, "unlink", Mock(side_effect=PermissionError))

    with pytest.raises(PermissionError):
        pseudonyms.note_destroyed(export, by=analyst)

    export.refresh_from_db()
    assert (PseudonymUse.objects.get().destroyed_on, export.status) == (None, "ready")


def test_it_takes_a_permission_of_its_own_and_the_way_of_every_export(analyst: User, settings: Settings) -> None:
    settings.EXPORT_APPROVAL_FROM = 1
    a_crowd(1)

    with pytest.raises(PermissionDenied):
        asked(make_user("other", "customers.export_customers"))

    assert asked(analyst).status == "waiting"


def test_a_use_that_is_over_is_refused(analyst: User) -> None:
    a_crowd(1)

    with time_machine.travel(TODAY, tick=False), pytest.raises(ExportRefused):
        asked(analyst, used_until=TODAY - timedelta(days=1))

    assert not ExportRequest.objects.exists()


@pytest.mark.parametrize(
    ("choice", "days"), [("used", [0, 30]), ("over", [-1]), ("destroyed", [-2, 2])], ids=["in use", "over", "destroyed"]
)
def test_the_list_tells_files_in_use_from_those_to_be_destroyed(analyst: User, choice: str, days: list[int]) -> None:
    for day in (-2, -1, 0, 2, 30):
        export = ExportRequest.objects.create(kind="pseudonyms", asked_by=analyst, made_at=timezone.now())
        until = timezone.localdate() + timedelta(days=day)
        terms = {"destroyed_on": timezone.localdate(), "destroyed_by": analyst} if abs(day) == 2 else {}
        PseudonymUse.objects.create(export=export, purpose="statistics", items=["Age"], used_until=until, **terms)
    client = Client()
    client.force_login(analyst)

    page = client.get(reverse("admin:customers_exportrequest_changelist"), {"pseudonyms": choice})

    shown = [(row.pseudonym_use.used_until - timezone.localdate()).days for row in page.context["cl"].result_list]
    assert sorted(shown) == days


def test_an_analyst_asks_for_a_segment_and_records_the_destruction(analyst: User) -> None:
    segment, member = make_segment(), make_customer()
    SegmentMembership.objects.create(segment=segment, customer=member)
    client = Client()
    client.force_login(analyst)
    url = reverse("admin:customers_segment_pseudonyms", args=[segment.pk])
    until = timezone.localdate() + timedelta(days=30)

    refused = client.post(url, {"purpose": "research", "reason": "", "used_until": "2020-01-01"}).content.decode()
    client.post(url, {"purpose": "research", "reason": "연령별 재구매", "used_until": until.isoformat()})
    export = ExportRequest.objects.get()
    exports.make(export.pk)
    page = reverse("admin:customers_exportrequest_change", args=[export.pk])
    shown = client.get(page).content.decode()
    client.post(reverse("admin:customers_exportrequest_destroyed", args=[export.pk]))

    assert "This field is required." in refused
    assert "Scientific research" in shown
    assert "Every copy is destroyed" in shown
    assert "Every copy is destroyed" not in client.get(page).content.decode()
    found = client.get(reverse("admin:customers_exportrequest_changelist"), {"pseudonyms": "destroyed"})
    assert page in found.content.decode()
