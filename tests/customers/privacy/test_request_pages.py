"""Requests of people, the erasure and the review of the access log, in the admin."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from customers import consent
from customers.models import AccessLogEntry, AccessReview, Customer, Destruction, Processor, SubjectRequest
from customers.privacy import access_review, processors, subject_requests
from tests.factories import make_customer, make_user, set_consent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]
HANDLES = ("customers.view_subjectrequest", "customers.handle_subject_requests", "customers.view_customer")


@pytest.fixture(autouse=True)
def _folders(settings, tmp_path) -> None:
    settings.OUTBOX_DIR, settings.EXPORT_DIR = tmp_path / "outbox", tmp_path / "exports"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page_of(row: SubjectRequest, act: str = "change") -> str:
    return reverse(f"admin:customers_subjectrequest_{act}", args=[row.pk])


def test_a_request_is_written_down_closed_and_told():
    client, person = signed_in(make_user("staff", *HANDLES)), make_customer(external_id="C-1")
    today = timezone.localdate()

    client.post(
        reverse("admin:customers_subjectrequest_open"),
        {"kind": "correct", "number": "C-1", "received_on": today.isoformat(), "details": "new phone"},
    )
    row = SubjectRequest.objects.get()
    assert (row.customer, row.due_on, row.details) == (person, today + timedelta(days=10), "new phone")
    client.post(page_of(row, "close"), {"outcome": "phone corrected"})
    client.post(page_of(row, "told"), {"how": "phone"})

    row.refresh_from_db()
    assert (row.status, row.outcome, row.notified_how) == ("done", "phone corrected", "phone")


@pytest.mark.parametrize(
    ("agreed_at", "holds"),
    [
        pytest.param(datetime(2026, 11, 18, 14, 59, tzinfo=UTC), False, id="late on that day in Korea"),
        pytest.param(datetime(2026, 11, 18, 15, 0, tzinfo=UTC), True, id="the next day"),
    ],
)
def test_a_request_to_stop_of_an_earlier_day_ends_what_was_agreed_to_by_the_end_of_it(time_machine, agreed_at, holds):
    time_machine.move_to(datetime(2026, 11, 20, 3, 0, tzinfo=UTC), tick=False)
    client, person = signed_in(make_user("staff", *HANDLES)), make_customer(external_id="C-1")
    set_consent(person, "marketing_use", at=agreed_at)

    client.post(
        reverse("admin:customers_subjectrequest_open"), {"kind": "stop", "number": "C-1", "received_on": "2026-11-18"}
    )
    client.post(page_of(SubjectRequest.objects.get(), "close"), {"outcome": "stopped"})

    assert consent.is_granted(person.pk, purpose="marketing_use") is holds
    assert f"{SubjectRequest.objects.get().due_on}" == "2026-11-28"


def test_a_number_nobody_has_is_refused_and_the_words_stay():
    client = signed_in(make_user("staff", *HANDLES))
    words = {"kind": "access", "number": "C-404", "received_on": timezone.localdate().isoformat(), "details": "please"}

    answer = client.post(reverse("admin:customers_subjectrequest_open"), words)

    assert "There is no customer with this number." in answer.content.decode()
    assert "please" in answer.content.decode()
    assert not SubjectRequest.objects.exists()


def test_a_day_in_the_future_is_refused_beside_its_field_and_the_words_stay():
    tomorrow = timezone.localdate() + timedelta(days=1)
    words = {"kind": "access", "number": "", "received_on": tomorrow.isoformat(), "details": "please"}

    client = signed_in(make_user("staff", *HANDLES))
    page = client.post(reverse("admin:customers_subjectrequest_open"), words)

    assert page.context["form"].errors == {"received_on": ["A request cannot have been received in the future."]}
    assert "please" in page.content.decode()
    assert not SubjectRequest.objects.exists()


def test_the_number_of_a_merged_customer_leads_to_the_kept_one_unless_somebody_else_has_it_now():
    client, kept = signed_in(make_user("staff", *HANDLES)), make_customer(external_id="C-1")
    make_customer(external_id="C-2", merged_into=kept)
    words = {"kind": "erase", "number": "C-2", "received_on": timezone.localdate().isoformat()}

    client.post(reverse("admin:customers_subjectrequest_open"), words)
    other = make_customer(external_id="C-2", source="other shop")
    client.post(reverse("admin:customers_subjectrequest_open"), words)

    assert [row.customer for row in SubjectRequest.objects.order_by("pk")] == [kept, other]


def test_the_board_counts_what_is_due():
    client, now = signed_in(make_user("staff", *HANDLES)), timezone.now()
    for days in (0, 8, 12):
        subject_requests.open_request("access", customer=make_customer(), received_at=now - timedelta(days=days))

    answer = client.get(reverse("admin:customers_subjectrequest_changelist"))

    assert answer.context["board"] == {"open": 3, "soon": 1, "overdue": 1, "to_tell": 0}
    assert "2 days overdue" in answer.content.decode()


def test_the_copy_is_handed_out_to_those_who_see_names_and_written_down():
    row = subject_requests.open_request("access", customer=make_customer(name="홍길동"))
    masked = signed_in(make_user("masked", *HANDLES)).post(page_of(row, "copy"))
    client = signed_in(make_user("staff", *HANDLES, "customers.view_personal_data"))

    answer = client.post(page_of(row, "copy"))

    assert masked.status_code == 403
    assert "홍길동" in ZipFile(BytesIO(answer.content)).read("data.json").decode()
    assert AccessLogEntry.objects.get(action="export").customer == row.customer


def test_what_people_said_is_shown_to_those_who_handle_it_only():
    row = subject_requests.open_request("access", customer=make_customer(), details="홍길동 010-1234-5678")
    client = signed_in(make_user("reader", "customers.view_subjectrequest"))

    assert "홍길동" not in client.get(page_of(row)).content.decode()


def test_nobody_is_erased_without_the_number_typed():
    client = signed_in(make_user("officer", "customers.view_customer", "customers.erase_customers"))
    person = make_customer(external_id="C-1", name="홍길동", email="gildong@example.com")
    address = reverse("admin:customers_erase", args=[person.pk])

    shown = client.get(address).content.decode()
    client.post(address, {"typed": "C-2"})

    assert "Type C-1 to confirm" in shown
    assert "홍길동" not in shown
    person.refresh_from_db()
    assert person.name == "홍길동"


def test_the_number_typed_erases():
    client = signed_in(make_user("officer", "customers.view_customer", "customers.erase_customers"))
    person = make_customer(external_id="C-1")
    subject_requests.open_request("erase", customer=person)

    client.post(reverse("admin:customers_erase", args=[person.pk]), {"typed": " C-1 "})

    assert Customer.objects.get().erased_at is not None
    assert Destruction.objects.get().basis == "request"
    assert client.get(reverse("admin:customers_erase", args=[person.pk])).status_code == 404


def test_the_review_counts_people_not_looks_and_says_who_stands_out():
    busy, calm = make_user("busy"), make_user("calm")
    people = [make_customer() for _number in range(25)]
    for customer in [*people, people[0]]:
        AccessLogEntry.objects.create(user=busy, action="view", customer=customer)
    for customer in people[:2]:
        AccessLogEntry.objects.create(user=calm, action="view", customer=customer)
    AccessLogEntry.objects.create(user=calm, action="export", row_count=700)

    found = access_review.readers(AccessLogEntry.objects.all())

    assert [(r.user.username, r.people, r.looks, r.exported_rows, r.is_conspicuous) for r in found] == [
        ("busy", 25, 26, 0, False),
        ("calm", 2, 2, 700, False),
    ]
    third = make_user("third")
    AccessLogEntry.objects.create(user=third, action="view", customer=people[0])
    assert [r.is_conspicuous for r in access_review.readers(AccessLogEntry.objects.all())] == [True, False, False]


def test_a_month_is_reviewed_when_it_is_over():
    client = signed_in(make_user("officer", "customers.view_accesslogentry"))
    this = timezone.localdate().replace(day=1)
    last = (this - timedelta(days=1)).replace(day=1)
    AccessLogEntry.objects.create(
        user=make_user("x"), action="view", happened_at=timezone.now() - timedelta(days=timezone.localdate().day + 3)
    )
    assert access_review.months_to_review() == [last]

    for month in (this, last):
        client.post(reverse("admin:customers_access_reviewed"), {"month": f"{month:%Y-%m}", "note": "fine"})

    assert [review.month for review in AccessReview.objects.all()] == [last]
    assert access_review.months_to_review() == []


def test_who_sees_somebody_unmasked_now_is_listed_until_it_ends(time_machine):
    client = signed_in(make_user("staff", "customers.view_customer", "customers.view_personal_data"))
    person = make_customer()
    now = timezone.now()
    time_machine.move_to(now, tick=False)

    client.post(reverse("admin:customers_customer_unmask", args=[person.pk]), {"reason": "asked by phone"})

    assert [entry.customer for entry in access_review.current_unmaskings()] == [person]
    time_machine.move_to(now + timedelta(minutes=10))
    assert list(access_review.current_unmaskings()) == []


def test_a_processor_says_what_is_missing_and_stands_in_the_policy():
    Processor.objects.create(name="문자나라", task="문자 발송", items="휴대전화번호")
    Processor.objects.create(name="Mail Ltd", task="메일 발송", items="이메일", country="US", contract_on="2026-01-01",
                             notified_on="2026-01-01")  # fmt: skip
    Processor.objects.create(name="Old", task="-", items="-", is_active=False)

    assert [(each.name, words) for each, words in processors.all_missing()] == [
        ("Mail Ltd", "transfer abroad not published"),
        ("문자나라", "no written contract"),
        ("문자나라", "customers not told one by one"),
    ]
    assert "문자나라: 문자 발송 (항목: 휴대전화번호)" in processors.policy_text()
    assert "Mail Ltd (US)" in processors.policy_text()
    assert "Old" not in processors.policy_text()
