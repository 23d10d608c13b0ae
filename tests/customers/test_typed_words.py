"""Words typed into the acts of staff are kept without the one letter that the database cannot hold."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from customers.feedback import cases
from customers.models import CaseNote, SubjectRequest
from tests.factories import make_customer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]
TYPED, KEPT = "편\0지로 알림", "편지로 알림"


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("staff"))
    return client


def close_request(staff: Client) -> str:
    row = make_request()
    staff.post(reverse("admin:customers_subjectrequest_close", args=[row.pk]), {"outcome": TYPED, "told_by": TYPED})
    row.refresh_from_db()
    assert row.notified_how == row.outcome
    return row.outcome


def tell_person(staff: Client) -> str:
    row = make_request(status="refused", outcome="거절")
    staff.post(reverse("admin:customers_subjectrequest_told", args=[row.pk]), {"how": TYPED})
    row.refresh_from_db()
    return row.notified_how


def open_case(staff: Client) -> str:
    customer = make_customer()
    staff.post(reverse("admin:customers_case_open", args=[customer.pk]), {"subject": TYPED})
    return cases.pending().get(customer=customer).subject


def note_on_case(staff: Client) -> str:
    case = cases.open_by_hand(make_customer(), "상자가 깨짐", by=User.objects.get())
    staff.post(reverse("admin:customers_case_note", args=[case.pk]), {"text": TYPED})
    return CaseNote.objects.get(case=case).text


def close_case(staff: Client) -> str:
    case = cases.open_by_hand(make_customer(), "상자가 깨짐", by=User.objects.get())
    staff.post(reverse("admin:customers_case_close", args=[case.pk]), {"outcome": "solved", "text": TYPED})
    return CaseNote.objects.get(case=case).text


def make_request(**given: object) -> SubjectRequest:
    now = timezone.now()
    return SubjectRequest.objects.create(kind="access", received_at=now, due_on=now.date(), **given)


@pytest.mark.parametrize(
    "act",
    [close_request, tell_person, open_case, note_on_case, close_case],
    ids=lambda act: act.__name__.replace("_", " "),
)
def test_a_nul_is_left_out(staff: Client, act: Callable[[Client], str]) -> None:
    assert act(staff) == KEPT
