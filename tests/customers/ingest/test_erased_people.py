"""No import brings an erased person back (P-06)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from customers import consent
from customers.ingest import ingest_consents, ingest_customers, ingest_orders
from customers.models import ConsentState, Customer, ErasedContact, Order, ReferralClaim
from customers.privacy import erasure
from tests.factories import make_customer, make_order

pytestmark = pytest.mark.django_db
YEAR_AGO = timezone.now() - timedelta(days=365)


@pytest.fixture(autouse=True)
def erased(settings, tmp_path) -> Customer:
    settings.OUTBOX_DIR, settings.EXPORT_DIR = tmp_path / "outbox", tmp_path / "exports"
    person = make_customer(external_id="C-1", name="홍길동", email="gildong@example.com", phone="+821012345678")
    make_order(person, external_id="O-1", placed_at=YEAR_AGO, paid=31_000)
    erasure.erase([person.pk], by=None)
    return person


def record(number: str, **given: object) -> dict[str, object]:
    agreed = {"consent.marketing_use": "Y", "consent.marketing_use.at": YEAR_AGO.isoformat()}
    return {"customer_id": number, "name": "홍길동"} | agreed | given


def test_the_number_of_an_erased_customer_is_refused():
    result = ingest_customers([record("C-1")])

    assert (result.new, result.refused, result.refusals[0].code) == (0, 1, "erased")
    assert not Customer.objects.filter(erased_at=None).exists()


def test_the_same_number_of_another_system_is_another_customer():
    assert ingest_customers([record("C-1")], source="other").new == 1


@pytest.mark.parametrize("contact", [{"phone": "010-1234-5678"}, {"email": "GILDONG@example.com"}])
def test_the_same_contact_is_flagged_and_has_no_consent(contact):
    result = ingest_customers([record("C-2", **contact)])

    assert result.new == 1
    assert [notice for notice in result.notices if notice.startswith("ERASED_BEFORE") and notice.endswith(" 1")]
    assert not ConsentState.objects.filter(customer__external_id="C-2").exists()


def test_a_second_import_does_not_bring_the_consent_either():
    ingest_customers([record("C-2", phone="010-1234-5678")])

    again = ingest_customers([record("C-2", phone="010-1234-5678")])

    assert "ERASED_BEFORE" in " ".join(again.notices)
    assert not ConsentState.objects.exists()


def test_what_was_agreed_to_between_two_erasures_does_not_come_back():
    ErasedContact.objects.update(erased_at=YEAR_AGO - timedelta(days=30))
    again = make_customer(external_id="C-2", phone="+821012345678")
    erasure.erase([again.pk], by=None)

    ingest_customers([record("C-3", phone="010-1234-5678")])

    assert not ConsentState.objects.filter(customer__external_id="C-3").exists()


def test_what_the_person_said_after_the_erasure_holds(time_machine):
    later = timezone.now() + timedelta(days=1)
    time_machine.move_to(later + timedelta(days=1))

    ingest_customers([record("C-2", phone="010-1234-5678", **{"consent.marketing_use.at": later.isoformat()})])

    assert consent.is_granted(Customer.objects.get(external_id="C-2").pk, purpose="marketing_use")


def test_a_consents_file_does_not_bring_the_consent_back():
    ingest_customers([{"customer_id": "C-2", "phone": "010-1234-5678"}])
    said = {"customer_id": "C-2", "purpose": "marketing_use", "action": "granted", "occurred_at": YEAR_AGO.isoformat()}

    result = ingest_consents([said, said | {"action": "withdrawn"}])

    assert [refusal.code for refusal in result.refusals] == ["erased_before"]
    assert ConsentState.objects.get().is_granted is False


def test_the_household_of_the_erased_person_keeps_its_consents():
    wife = make_customer(external_id="C-9", phone="+821012345678")
    Customer.objects.filter(pk=wife.pk).update(created_at=YEAR_AGO)

    result = ingest_customers([record("C-9", phone="010-1234-5678")])

    assert result.notices == []
    assert consent.is_granted(wife.pk, purpose="marketing_use")


def test_a_refund_that_comes_later_still_counts(erased):
    refund = {"order_id": "O-1", "customer_id": "C-1", "placed_at": YEAR_AGO.isoformat(), "paid": 31_000}

    result = ingest_orders([refund | {"refunded": 1_000}])

    order = Order.objects.get()
    assert (result.changed, order.refunded, order.customer) == (1, 1_000, erased)


def test_a_new_order_under_the_number_of_an_erased_customer_is_refused():
    result = ingest_orders([{"order_id": "O-2", "customer_id": "C-1", "placed_at": YEAR_AGO.isoformat(), "paid": 1}])

    assert (result.new, result.refused) == (0, 1)
    assert Order.objects.count() == 1


def test_a_refund_that_comes_later_leaves_no_trace_of_device_or_address(erased):
    refund = {"order_id": "O-1", "customer_id": "C-1", "placed_at": YEAR_AGO.isoformat(), "paid": 31_000}

    ingest_orders([refund | {"refunded": 1_000, "referral_device": "app-1", "referral_address": "서울시 1"}])

    assert not ReferralClaim.objects.exists()
