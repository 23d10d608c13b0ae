"""The pages beside the builder: comparing segments, uploading lists, asking for a file of the members."""

from hashlib import sha256

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from customers.models import ExportRequest, SegmentMembership, UploadedList
from customers.privacy import audience_export
from tests.factories import make_customer, make_segment, make_user, set_consent

pytestmark = pytest.mark.django_db

COMPARE = "/admin/customers/segment/compare/"


def signed_in(*permissions: str) -> Client:
    client = Client()
    client.force_login(make_user("operator", *permissions))
    return client


def test_two_segments_are_drawn_with_a_way_to_make_each_part_a_segment() -> None:
    both = make_customer()
    first, second = make_segment(name="First"), make_segment(name="Second")
    for segment in (first, second):
        SegmentMembership.objects.create(segment=segment, customer=both)

    page = signed_in("customers.view_segment", "customers.add_segment").get(
        COMPARE, {"segment": [first.pk, second.pk, ""]}
    )

    assert [(drawn.region.size, bool(drawn.make_url)) for drawn in page.context["regions"]] == [
        (1, True),
        (0, True),
        (0, True),
    ]
    assert page.context["together"] == 1


@pytest.mark.parametrize("chosen", [[], ["1"], ["x", "999"], ["\0", "1"]])
def test_a_choice_that_makes_no_sense_asks_to_choose(chosen: list[str]) -> None:
    make_segment()

    page = signed_in("customers.view_segment").get(COMPARE, {"segment": chosen})

    assert page.status_code == 200
    assert "regions" not in page.context


def test_who_may_not_see_segments_may_not_compare_them() -> None:
    assert signed_in("customers.view_customer").get(COMPARE).status_code == 403


def test_a_list_is_uploaded_from_a_file_of_a_korean_spreadsheet() -> None:
    customer = make_customer(external_id="손님-1")
    client = signed_in("customers.view_uploadedlist", "customers.add_uploadedlist")
    file = SimpleUploadedFile("guests.csv", "손님-1,비고\r\n".encode("cp949"))

    answer = client.post(reverse("admin:customers_uploadedlist_add"), {"name": "guests", "file": file})

    assert answer.status_code == 302
    assert list(UploadedList.objects.get().entries.values_list("customer", flat=True)) == [customer.pk]


def test_lines_that_fit_nobody_are_shown_once_and_nothing_typed_is_lost_on_refusal() -> None:
    make_customer(external_id="C-1")
    client = signed_in("customers.view_uploadedlist", "customers.add_uploadedlist", "customers.view_segment")
    url = reverse("admin:customers_uploadedlist_add")

    refused = client.post(url, {"name": "guests", "lines": "nobody-1"})
    taken = client.post(url, {"name": "guests", "lines": "C-1\nnobody-2"})

    assert "nobody-1" in refused.content.decode()
    assert "nobody-2" in taken.content.decode()
    assert UploadedList.objects.get().size == 1


def test_an_export_of_the_members_is_asked_for_with_a_reason() -> None:
    member, _other = make_customer(), make_customer()
    segment = make_segment()
    SegmentMembership.objects.create(segment=segment, customer=member)
    client = signed_in("customers.view_segment", "customers.export_customers", "customers.view_exportrequest")
    url = reverse("admin:customers_segment_export", args=[segment.pk])

    without = client.post(url, {"kind": "audience_meta", "reason": ""})
    client.post(url, {"kind": "audience_meta", "reason": "autumn audience"})

    assert without.status_code == 200
    asked = ExportRequest.objects.get()
    assert (asked.kind, asked.row_count) == ("audience_meta", 1)
    assert list(asked.people.values_list("customer", flat=True)) == [member.pk]


def test_contacts_are_hashed_as_the_networks_want_them() -> None:
    customer = make_customer(email="gil.dong+shop@gmail.com", phone="+821012345678")

    assert audience_export.for_meta(customer) == [
        sha256(b"gil.dong+shop@gmail.com").hexdigest(),
        sha256(b"821012345678").hexdigest(),
    ]
    assert audience_export.for_google(customer) == [
        sha256(b"gildong@gmail.com").hexdigest(),
        sha256(b"+821012345678").hexdigest(),
    ]


def test_only_who_agreed_to_marketing_use_is_in_an_audience() -> None:
    agreed, silent = make_customer(), make_customer()
    set_consent(agreed, "marketing_use")
    export = ExportRequest.objects.create(kind="audience_meta", asked_by=make_user("operator"), reason="autumn")
    for customer in (agreed, silent):
        export.people.create(customer=customer)

    rows = list(audience_export.EXPORTS["audience_meta"].rows(export))

    assert rows == [audience_export.for_meta(agreed)]
