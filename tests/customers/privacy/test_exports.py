"""Personal data leaves as a file only when it was asked for, approved, and written down (P-14, P-17)."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.test import RequestFactory

from crm_project.models import Kick
from customers.errors import ExportRefused, ReasonMissing
from customers.models import AccessLogEntry, Customer, ExportedCustomer, ExportRequest
from customers.privacy import customer_export, export_files, exports
from tests.factories import make_customer, make_user

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
KIND = customer_export.KIND


@pytest.fixture(autouse=True)
def _export_folder(settings, tmp_path) -> None:
    settings.EXPORT_DIR = tmp_path / "exports"


@pytest.fixture
def asker() -> User:
    return make_user("asker", "customers.export_customers")


@pytest.fixture
def privileged() -> User:
    return make_user("privileged", "customers.export_customers", "customers.view_personal_data")


@pytest.fixture
def approver() -> User:
    return make_user("approver", "customers.approve_export")


def ask(by: User, **given: object) -> ExportRequest:
    defaults = {"reason": "11월 우편 쿠폰", "customers": Customer.objects.all()}
    return exports.request_export(KIND, by=by, **defaults | given)


def downloaded(export: ExportRequest, by: User) -> str:
    request = RequestFactory().post("/")
    request.user = by
    return exports.download(request, export).read_bytes().decode()


def test_a_small_masked_export_needs_nobody_else(asker):
    make_customer(external_id="C-1", name="홍길동", email="gildong@example.com", phone="+821012345678")

    export = ask(asker)
    exports.make(export.pk)

    export.refresh_from_db()
    assert (export.status, export.row_count, export.decided_by) == ("ready", 1, None)
    assert Kick.objects.filter(job=exports.MAKE_JOB, argument=export.pk).exists()
    text = downloaded(export, asker)
    assert text.startswith("\ufeff")
    assert "C-1,홍*동,gi*****@example.com,010-****-5678" in text
    assert AccessLogEntry.objects.filter(
        action="export", user=asker, row_count=1, reason=f"export {export.pk}"
    ).exists()


def test_an_unmasked_export_waits_for_a_second_person(privileged, approver):
    make_customer(name="홍길동", phone="+821012345678")

    export = ask(privileged, is_unmasked=True)
    exports.make(export.pk)

    export.refresh_from_db()
    assert (export.status, export.file_name) == ("waiting", "")
    exports.approve(export, by=approver)
    exports.make(export.pk)
    export.refresh_from_db()
    assert (export.status, export.decided_by) == ("ready", approver)
    assert "홍길동,customer" in downloaded(export, privileged)


def test_a_large_export_waits_for_a_second_person(asker, settings):
    settings.EXPORT_APPROVAL_FROM = 2
    make_customer()
    assert ask(asker).status == "queued"

    make_customer()

    assert ask(asker).status == "waiting"


def test_who_asked_cannot_approve(approver):
    approver.user_permissions.set(
        make_user("x", "customers.export_customers", exports.MAY_APPROVE).user_permissions.all()
    )
    approver = User.objects.get(pk=approver.pk)
    make_customer()
    export = ask(approver)
    ExportRequest.objects.update(status="waiting")

    with pytest.raises(ExportRefused):
        exports.approve(export, by=approver)

    assert ExportRequest.objects.get().decided_by is None
    with pytest.raises(IntegrityError), transaction.atomic():
        ExportRequest.objects.update(decided_by=approver)


def test_a_refused_export_is_never_made(asker, approver, settings):
    settings.EXPORT_APPROVAL_FROM = 1
    make_customer()
    export = ask(asker)

    with pytest.raises(ExportRefused):
        exports.refuse(export, by=approver, note=" ")
    exports.refuse(export, by=approver, note="목적이 분명하지 않음")
    exports.make(export.pk)

    export.refresh_from_db()
    assert (export.status, export.file_name, export.decision_note) == ("refused", "", "목적이 분명하지 않음")
    with pytest.raises(ExportRefused):
        exports.approve(export, by=approver)


@pytest.mark.parametrize("reason", ["", "  ", "x"])
def test_no_file_without_a_reason(asker, reason):
    make_customer()

    with pytest.raises(ReasonMissing):
        ask(asker, reason=reason)

    assert not ExportRequest.objects.exists()


def test_no_file_of_nobody(asker):
    with pytest.raises(ExportRefused):
        ask(asker)

    assert not ExportRequest.objects.exists()


def test_no_unmasked_file_for_who_sees_masked(asker):
    make_customer()

    with pytest.raises(PermissionDenied):
        ask(asker, is_unmasked=True)


def test_a_permission_lost_meanwhile_stops_the_file(asker):
    make_customer()
    export = ask(asker)
    asker.user_permissions.clear()

    exports.make(export.pk)

    export.refresh_from_db()
    assert (export.status, export.file_name) == ("failed", "")
    assert export.failure != ""


def test_what_was_approved_is_what_leaves(asker):
    make_customer(external_id="C-1")
    export = ask(asker)
    make_customer(external_id="C-2")
    Customer.objects.filter(external_id="C-1").update(name="")

    exports.make(export.pk)

    text = downloaded(ExportRequest.objects.get(), asker)
    assert "C-1" in text
    assert "C-2" not in text
    assert [row.customer.external_id for row in ExportedCustomer.objects.all()] == ["C-1"]


def test_only_who_asked_downloads(asker, privileged):
    make_customer()
    export = ask(asker)
    exports.make(export.pk)
    export.refresh_from_db()

    with pytest.raises(PermissionDenied):
        downloaded(export, privileged)

    assert not AccessLogEntry.objects.exists()


def test_a_file_is_gone_after_its_hours(asker, time_machine):
    time_machine.move_to(NOW, tick=False)
    make_customer()
    export = ask(asker)
    exports.make(export.pk)
    export.refresh_from_db()
    path = export_files.path_of(export)

    time_machine.move_to(NOW + timedelta(hours=23, minutes=59))
    assert exports.delete_expired() == 0
    assert path.exists()
    time_machine.move_to(NOW + timedelta(hours=24))
    with pytest.raises(ExportRefused):
        downloaded(export, asker)
    assert exports.delete_expired() == 1

    export.refresh_from_db()
    assert (path.exists(), export.status) == (False, "expired")


@pytest.mark.parametrize(
    ("value", "cell"),
    [("=1+1", "'=1+1"), ("+82", "'+82"), ("-x", "'-x"), ("@a", "'@a"), ("\tx", "'\tx"), ("|x", "'|x"), ("%x", "'%x"),
     (-50, -50), ("홍", "홍"), (None, "")],
)  # fmt: skip
def test_no_cell_runs_in_a_spreadsheet(value, cell):
    assert export_files.safe(value) == cell
