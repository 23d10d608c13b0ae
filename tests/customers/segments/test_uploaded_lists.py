"""Lists of customers named one by one, by number, phone or e-mail."""

import pytest
from django.utils import timezone

from customers.models import UploadedList, UploadedListEntry
from customers.segments import preview, uploaded_lists
from customers.segments.errors import ListRefused
from tests.factories import make_customer, make_segment, make_user

pytestmark = pytest.mark.django_db


def on(uploaded: UploadedList) -> set[int]:
    return set(UploadedListEntry.objects.filter(uploaded_list=uploaded).values_list("customer", flat=True))


def test_each_line_is_found_by_number_phone_or_email_however_it_is_written() -> None:
    by_number = make_customer(external_id="C-1001")
    by_phone = make_customer(phone="+821012345678")
    by_email = make_customer(email="gildong@example.com")
    make_customer()

    upload = uploaded_lists.upload(
        "guests", "C-1001\n010-1234-5678,홍길동\n\n GILDONG@Example.com \nnobody\n", by=make_user("operator")
    )

    assert on(upload.uploaded_list) == {by_number.pk, by_phone.pk, by_email.pk}
    assert (upload.lines, upload.uploaded_list.size) == (4, 3)
    assert [(each.line, each.number) for each in upload.unknown] == [(5, "nobody")]


def test_a_customer_named_twice_is_on_the_list_once() -> None:
    customer = make_customer(external_id="C-1", phone="+821012345678")

    upload = uploaded_lists.upload("guests", "C-1\nC-1\n01012345678", by=make_user("operator"))

    assert on(upload.uploaded_list) == {customer.pk}
    assert upload.unknown == []


def test_the_number_of_a_merged_customer_leads_to_the_one_that_was_kept() -> None:
    kept = make_customer(external_id="C-2")
    make_customer(external_id="C-1", merged_into=kept)

    upload = uploaded_lists.upload("guests", "C-1", by=make_user("operator"))

    assert on(upload.uploaded_list) == {kept.pk}


def test_whose_data_was_erased_is_nobody() -> None:
    make_customer(external_id="C-1", erased_at=timezone.now())

    with pytest.raises(ListRefused, match="고객을 찾지 못했습니다"):
        uploaded_lists.upload("guests", "C-1", by=make_user("operator"))

    assert not UploadedList.objects.exists()


def test_whom_another_page_found_is_on_the_list_but_for_those_erased_or_merged_since() -> None:
    kept, erased = make_customer(), make_customer(erased_at=timezone.now())
    merged = make_customer(merged_into=kept)

    made = uploaded_lists.put_down("found", [kept.pk, erased.pk, merged.pk], by=make_user("operator"))

    assert (on(made), made.size) == ({kept.pk}, 1)
    with pytest.raises(ListRefused):
        uploaded_lists.put_down("nobody", [erased.pk], by=made.uploaded_by)
    assert UploadedList.objects.get() == made


def test_more_than_a_list_may_have_are_refused_and_not_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploaded_lists, "MOST_LINES", 1)

    with pytest.raises(ListRefused):
        uploaded_lists.put_down("found", [make_customer().pk, make_customer().pk], by=make_user("operator"))

    assert not UploadedList.objects.exists()


@pytest.mark.parametrize("text", ["", " \n\t\n", ",,,\n"])
def test_an_empty_list_is_refused(text: str) -> None:
    with pytest.raises(ListRefused, match="목록이 비어 있습니다"):
        uploaded_lists.read(text)


def test_a_segment_follows_the_list_and_keeps_it_from_being_deleted() -> None:
    customer, other = make_customer(external_id="C-1"), make_customer()
    uploaded = uploaded_lists.upload("guests", "C-1", by=make_user("operator")).uploaded_list
    rule = {"all": [{"is": "on_list", "op": "in", "value": [uploaded.pk]}]}
    segment = make_segment(rule)

    assert [each.pk for each in preview.sample(rule)] == [customer.pk]
    assert [each.pk for each in preview.sample({"not": rule})] == [other.pk]
    assert uploaded_lists.segments_asking(uploaded) == [segment]
