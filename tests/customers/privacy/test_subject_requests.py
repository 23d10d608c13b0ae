"""What people ask about their own data is answered within ten days (P-05)."""

import json
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.utils import timezone

from customers import consent
from customers.errors import RequestRefused
from customers.models import AccessLogEntry, OrderLine, Product, SubjectRequest
from customers.privacy import erasure, subject_copy, subject_requests
from tests.factories import make_customer, make_order, make_user, set_consent

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("received", "due"),
    [
        (datetime(2026, 11, 1, 3, tzinfo=UTC), date(2026, 11, 11)),
        (datetime(2026, 10, 31, 15, tzinfo=UTC), date(2026, 11, 11)),  # the first of November in Korea
        (datetime(2026, 10, 31, 14, 59, tzinfo=UTC), date(2026, 11, 10)),
    ],
)
def test_an_answer_is_due_ten_days_later(received, due):
    request = subject_requests.open_request("access", customer=make_customer(), received_at=received)

    assert request.due_on == due
    assert list(subject_requests.overdue(due)) == []
    assert list(subject_requests.overdue(due + timedelta(days=1))) == [request]


def test_the_same_reference_is_the_same_request():
    person = make_customer()

    first = subject_requests.open_request("erase", customer=person, origin="webhook", reference="d-1")
    again = subject_requests.open_request("erase", customer=person, origin="webhook", reference="d-1")

    assert again == first
    assert SubjectRequest.objects.count() == 1


@pytest.mark.parametrize(("kind", "hours"), [("sell", 0), ("access", 2)])
def test_nonsense_opens_nothing(kind, hours):
    with pytest.raises(RequestRefused):
        subject_requests.open_request(kind, customer=None, received_at=timezone.now() + timedelta(hours=hours))

    assert not SubjectRequest.objects.exists()


def test_a_closed_request_waits_until_the_person_was_told():
    staff = make_user("staff")
    request = subject_requests.open_request("correct", customer=make_customer(), by=staff)

    subject_requests.close(request, by=staff, outcome="전화번호를 고쳤습니다")
    assert list(subject_requests.unanswered()) == [request]
    subject_requests.note_told(request, how="전화")

    assert list(subject_requests.unanswered()) == []
    request.refresh_from_db()
    assert (request.status, request.notified_how) == ("done", "전화")


def test_a_request_is_closed_once_and_with_words():
    staff = make_user("staff")
    request = subject_requests.open_request("correct", customer=make_customer())

    for outcome in ("", "고침", "다시"):
        if outcome == "고침":
            subject_requests.close(request, by=staff, outcome=outcome)
            continue
        with pytest.raises(RequestRefused):
            subject_requests.close(request, by=staff, outcome=outcome)

    request.refresh_from_db()
    assert request.outcome == "고침"


def test_an_erasure_is_done_when_the_person_is_erased():
    staff, person = make_user("staff"), make_customer()
    request = subject_requests.open_request("erase", customer=person, details="삭제해 주세요")

    with pytest.raises(RequestRefused):
        subject_requests.close(request, by=staff, outcome="삭제")
    erasure.erase([person.pk], by=staff)
    subject_requests.close(request, by=staff, outcome="삭제했습니다", told_by="이메일")

    request.refresh_from_db()
    assert (request.status, request.details) == ("done", "")


def test_stop_processing_withdraws_what_was_agreed_before_it_was_asked():
    staff, person = make_user("staff"), make_customer()
    asked_at = timezone.now() - timedelta(days=1)
    set_consent(person, "marketing_use", at=asked_at - timedelta(days=5))
    set_consent(person, "ad_receive", channel="email", at=asked_at - timedelta(days=5))
    set_consent(person, "ad_receive", channel="sms", at=asked_at + timedelta(hours=1))
    request = subject_requests.open_request("stop", customer=person, received_at=asked_at)

    subject_requests.close(request, by=staff, outcome="모든 마케팅을 멈췄습니다")

    assert not consent.is_granted(person.pk, purpose="marketing_use")
    assert not consent.is_granted(person.pk, purpose="ad_receive", channel="email")
    assert consent.is_granted(person.pk, purpose="ad_receive", channel="sms")


def test_the_copy_holds_everything_about_the_person_and_nobody_else():
    person, other = make_customer(name="홍길동"), make_customer(name="김다른")
    merged = make_customer(name="홍길동2", merged_into=person)
    order = make_order(person, placed_at=timezone.now(), paid=12_000)
    make_order(other, placed_at=timezone.now(), paid=99_000)
    product = Product.objects.create(sku="P-1", name="우유")
    OrderLine.objects.create(order=order, position=1, product=product, quantity=2, amount=12_000)
    AccessLogEntry.objects.create(user=make_user("colleague"), action="view", customer=person)

    files = ZipFile(BytesIO(subject_copy.archive(person)))

    copy = json.loads(files.read("data.json"))
    assert [row["external_id"] for row in copy["customers.customer"]] == [person.external_id, merged.external_id]
    assert [row["paid"] for row in copy["customers.order"]] == [12_000]
    assert [row["amount"] for row in copy["customers.orderline"]] == [12_000]
    assert "user_id" not in copy["customers.accesslogentry"][0]
    assert {"readme.txt", "customers.order.csv", "customers.customer.csv"} <= set(files.namelist())
    assert files.read("customers.customer.csv").startswith(b"\xef\xbb\xbf")
    assert "김다른" not in files.read("data.json").decode()
