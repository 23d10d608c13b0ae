"""What is written under a merged number after the merge follows it, but for what the kept customer has already."""

from datetime import UTC, datetime

import pytest

from customers import consent
from customers.identity import following, merging
from customers.models import Customer, CustomerMerge, NoticeDuty
from tests.factories import make_customer, make_incident, make_message, make_running_campaign

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


@pytest.fixture
def merge() -> CustomerMerge:
    return merging.merge(make_customer().pk, make_customer().pk, by=None)


def withdraw(customer: Customer) -> None:
    said = {"purpose": "ad_receive", "channel": "email", "occurred_at": NOON}
    consent.withdraw(customer.pk, method="web", **said)


def owe_notice_of_incident(*customers: Customer) -> None:
    incident = make_incident()
    for customer in customers:
        NoticeDuty.objects.create(customer=customer, kind="incident", incident=incident, due_on=NOON.date())


def test_a_notice_owed_for_what_was_said_under_the_old_number_goes_to_the_kept_customer(merge: CustomerMerge) -> None:
    withdraw(merge.merged)

    assert following.bring_all_along() == {merge.kept_id}

    assert NoticeDuty.objects.get().customer == merge.kept


def test_the_notice_goes_back_where_the_merge_is_undone(merge: CustomerMerge) -> None:
    withdraw(merge.merged)
    following.bring_all_along()

    merging.undo(merge.pk, by=None)

    assert NoticeDuty.objects.get().customer == merge.merged


def test_a_notice_that_the_kept_customer_has_as_well_stays(merge: CustomerMerge) -> None:
    owe_notice_of_incident(merge.kept, merge.merged)

    assert following.bring_all_along() == set()

    assert NoticeDuty.objects.filter(customer=merge.merged).count() == 1


def test_a_message_that_was_on_its_way_at_the_merge_goes_along_once_it_was_sent() -> None:
    kept, merged = make_customer(), make_customer()
    campaign = make_running_campaign()
    make_message(campaign, kept, status="sent")
    on_its_way = make_message(campaign, merged, status="sending")
    merging.merge(kept.pk, merged.pk, by=None)
    on_its_way.refresh_from_db()
    before = on_its_way.customer
    type(on_its_way).objects.filter(pk=on_its_way.pk).update(status="sent")

    following.bring_all_along()

    on_its_way.refresh_from_db()
    assert (before, on_its_way.customer) == (merged, kept)
