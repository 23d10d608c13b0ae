"""The pages on which a person decides who is one person."""

import pytest
from django.test import Client
from django.urls import reverse

from customers.identity import duplicates, merging
from customers.models import AccessLogEntry, Customer, CustomerMerge, CustomerNote, DuplicatePair
from tests.factories import make_customer, make_user, set_consent

pytestmark = pytest.mark.django_db

PAIRS = "/admin/customers/duplicatepair/"
PHONE = "+821012345678"
SEES = ("customers.view_customer", "customers.view_duplicatepair", "customers.view_customermerge")


@pytest.fixture
def merger(client: Client) -> Client:
    client.force_login(make_user("merger", *SEES, "customers.merge_customers"))
    return client


@pytest.fixture
def reader(client: Client) -> Client:
    client.force_login(make_user("reader", *SEES))
    return client


def compare(kept: Customer, other: Customer) -> str:
    return reverse("admin:customers_customer_merge", args=[kept.pk, other.pk])


def test_pairs_stand_side_by_side_masked_households_apart(merger: Client) -> None:
    make_customer(external_id="one", name="홍길동", phone=PHONE)
    make_customer(external_id="same", name="홍길동", phone=PHONE)
    make_customer(external_id="child", name="홍길순", phone=PHONE)
    duplicates.find()

    same, household = (merger.get(PAIRS, {"tab": tab}).content.decode() for tab in ("same", "household"))

    assert same.count("홍*동") == 2
    assert "홍길동" not in same + household
    assert household.count('class="pair"') == 2


def test_the_preview_shows_values_moves_and_consents_and_changes_nothing(merger: Client) -> None:
    kept, other = make_customer(gender=""), make_customer(gender="f")
    set_consent(kept, "marketing_use")
    set_consent(other, "marketing_use", is_granted=False)

    page = merger.get(compare(kept, other))

    assert [(choice.name, choice.takes_other) for choice, *_values in page.context["choices"]] == [
        ("email", False),
        ("gender", True),
    ]
    assert [(each.kept, each.other, each.together) for each in page.context["consents"]] == [(True, False, False)]
    assert not CustomerMerge.objects.exists()
    assert set(AccessLogEntry.objects.values_list("customer", flat=True)) == {kept.pk, other.pk}


def test_merging_takes_what_was_ticked_and_can_be_undone_on_its_page(merger: Client) -> None:
    kept, other = make_customer(name="김단골", gender=""), make_customer(name="김단골손님", gender="f")

    answer = merger.post(compare(kept, other), {"take": ["name"]}, follow=True)

    done = CustomerMerge.objects.get()
    kept.refresh_from_db()
    assert (kept.name, kept.gender, done.merged_by.username) == ("김단골손님", "", "merger")
    assert answer.redirect_chain[-1][0] == reverse("admin:customers_customermerge_change", args=[done.pk])
    merger.post(reverse("admin:customers_customermerge_undo", args=[done.pk]))
    kept.refresh_from_db()
    assert (kept.name, Customer.objects.living().count()) == ("김단골", 2)


def test_the_list_offers_to_keep_the_shop_s_own_customer_before_a_marketplace_s_contact(merger: Client) -> None:
    stranger = make_customer(phone=PHONE, is_marketplace_contact=True)
    own = make_customer(phone=PHONE)
    duplicates.find()

    assert f'href="{compare(own, stranger)}"' in merger.get(PAIRS).content.decode()
    pair_page = reverse("admin:customers_duplicatepair_change", args=[DuplicatePair.objects.get().pk])
    assert merger.get(pair_page).headers["Location"] == compare(own, stranger)


def test_whoever_may_only_look_sees_no_button_and_merges_nothing(reader: Client) -> None:
    kept, other = make_customer(phone=PHONE), make_customer(phone=PHONE)
    duplicates.find()

    assert "decide" not in reader.get(PAIRS).content.decode()
    assert reader.post(compare(kept, other)).status_code == 403
    assert not CustomerMerge.objects.exists()


def test_two_who_are_told_apart_leave_the_list(merger: Client) -> None:
    make_customer(phone=PHONE)
    make_customer(phone=PHONE)
    duplicates.find()

    merger.post(reverse("admin:customers_duplicatepair_decide", args=[DuplicatePair.objects.get().pk]))

    assert merger.get(PAIRS).context["rows"] == []
    assert DuplicatePair.objects.get().decided_by.username == "merger"


def test_the_page_of_a_merged_customer_is_that_of_the_kept_one(merger: Client) -> None:
    kept, other = make_customer(), make_customer()
    merging.merge(kept.pk, other.pk, by=None)

    answer = merger.get(reverse("admin:customers_customer_change", args=[other.pk]))

    assert answer.headers["Location"] == reverse("admin:customers_customer_change", args=[kept.pk])


def test_a_note_stands_on_the_page_and_in_the_timeline(client: Client) -> None:
    customer = make_customer()
    client.force_login(
        make_user("staff", "customers.view_customer", "customers.view_customernote", "customers.add_customernote")
    )

    client.post(reverse("admin:customers_customer_note", args=[customer.pk]), {"text": " 배송은 경비실로 "})
    client.post(reverse("admin:customers_customer_note", args=[customer.pk]), {"text": "  "})

    assert CustomerNote.objects.get().text == "배송은 경비실로"
    page = client.get(reverse("admin:customers_customer_change", args=[customer.pk])).content.decode()
    assert page.count("배송은 경비실로") == 2
