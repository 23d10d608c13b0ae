"""Asking for a file of customers, deciding about it and fetching it, in the admin."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from customers.models import AccessLogEntry, ExportRequest
from customers.privacy import exports
from tests.factories import make_customer, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]
LIST = "admin:customers_customer_changelist"
SEES = ("customers.view_customer", "customers.export_customers", "customers.view_exportrequest")


@pytest.fixture(autouse=True)
def _export_folder(settings, tmp_path) -> None:
    settings.EXPORT_DIR = tmp_path / "exports"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def ticked(*customers: object, **given: str) -> dict[str, object]:
    return {"action": "export_customers", "_selected_action": [customer.pk for customer in customers]} | given


def test_the_list_asks_what_the_file_is_for():
    client, customer = signed_in(make_user("asker", *SEES)), make_customer()

    page = client.post(reverse(LIST), ticked(customer)).content.decode()

    assert "What is it for?" in page
    assert "unmasked" not in page.partition("<main")[2]
    assert not ExportRequest.objects.exists()


def test_the_file_is_asked_for_made_and_fetched():
    client = signed_in(make_user("asker", *SEES))
    customer = make_customer(external_id="C-1", name="홍길동")
    make_customer(external_id="C-2")

    asked = client.post(reverse(LIST), ticked(customer, is_asked="1", reason="우편 쿠폰"), follow=True)
    export = ExportRequest.objects.get()
    exports.make(export.pk)
    page = client.get(reverse("admin:customers_exportrequest_change", args=[export.pk])).content.decode()
    file = client.post(reverse("admin:customers_exportrequest_download", args=[export.pk]))

    assert asked.redirect_chain[-1][0] == reverse("admin:customers_exportrequest_change", args=[export.pk])
    assert "Download the file" in page
    text = b"".join(file.streaming_content).decode()
    assert "C-1,홍*동" in text
    assert "C-2" not in text
    assert AccessLogEntry.objects.filter(action="export").count() == 1


def test_a_reason_is_needed():
    client = signed_in(make_user("asker", *SEES))

    answer = client.post(reverse(LIST), ticked(make_customer(), is_asked="1", reason=""))

    assert "What is it for?" in answer.content.decode()
    assert not ExportRequest.objects.exists()


def test_who_may_not_see_names_gets_none_unmasked_by_asking_for_them():
    client = signed_in(make_user("asker", *SEES))

    client.post(reverse(LIST), ticked(make_customer(), is_asked="1", reason="우편", is_unmasked="on"))

    assert ExportRequest.objects.get().is_unmasked is False


def test_the_list_offers_no_export_to_those_who_may_not():
    client, customer = signed_in(make_user("reader", "customers.view_customer")), make_customer()

    client.post(reverse(LIST), ticked(customer, is_asked="1", reason="우편 쿠폰"))

    assert not ExportRequest.objects.exists()


def test_a_second_person_decides_on_the_page(settings):
    settings.EXPORT_APPROVAL_FROM = 1
    asker = make_user("asker", *SEES)
    export = exports.request_export(
        "customers", by=asker, reason="우편 쿠폰", customers=type(make_customer()).objects.all()
    )
    client = signed_in(make_user("approver", "customers.view_exportrequest", "customers.approve_export"))
    page = reverse("admin:customers_exportrequest_change", args=[export.pk])

    assert "Approve the export" in client.get(page).content.decode()
    client.post(reverse("admin:customers_exportrequest_refuse", args=[export.pk]), {"note": ""})
    assert ExportRequest.objects.get().status == "waiting"
    client.post(reverse("admin:customers_exportrequest_approve", args=[export.pk]))

    export.refresh_from_db()
    assert (export.status, export.decided_by.username) == ("queued", "approver")
    asker_page = signed_in(asker).get(page).content.decode()
    assert "Approve the export" not in asker_page
