"""Who looked at whose data is written down, and a look without the mask ends by itself."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.test import Client, RequestFactory

from customers import access_log
from customers.errors import ReasonMissing
from customers.models import AccessLogEntry
from tests.factories import make_customer, make_user

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 21, tzinfo=UTC)
LOG = "/admin/customers/accesslogentry/"


@pytest.fixture
def officer() -> User:
    return make_user("officer", access_log.MAY_UNMASK)


def request_of(user: User, *, session: dict | None = None, **headers: str) -> HttpRequest:
    request = RequestFactory().get("/", **headers)
    request.user, request.session = user, {} if session is None else session
    return request


def logged() -> list[tuple[str, str]]:
    return list(AccessLogEntry.objects.order_by("pk").values_list("action", "reason"))


def test_a_look_says_who_at_whom_from_where(officer: User) -> None:
    customer = make_customer()

    access_log.record(request_of(officer, REMOTE_ADDR="192.0.2.7"), "view", customer=customer)

    entry = AccessLogEntry.objects.get()
    assert (entry.user, entry.action, entry.customer, entry.ip_address) == (officer, "view", customer, "192.0.2.7")


def test_a_caller_cannot_make_up_where_it_looks_from(officer: User, settings: object) -> None:
    settings.NUM_PROXIES = 1
    request = request_of(officer, REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="203.0.113.9, 192.0.2.7")

    access_log.record(request, "view")

    assert AccessLogEntry.objects.get().ip_address == "192.0.2.7"


def test_unmasking_holds_for_ten_minutes_for_this_customer_only(officer: User) -> None:
    customer, other = make_customer(), make_customer()
    request = request_of(officer)

    with time_machine.travel(NOW, tick=False):
        access_log.unmask(request, customer, reason="asked by phone")
        assert [access_log.is_unmasked(request, each) for each in (customer, other)] == [True, False]
    with time_machine.travel(NOW + timedelta(minutes=10), tick=False):
        assert not access_log.is_unmasked(request, customer)

    assert logged() == [("unmask", "asked by phone")]


def test_unmasking_ends_with_the_permission(officer: User) -> None:
    customer, session = make_customer(), {}
    access_log.unmask(request_of(officer, session=session), customer, reason="asked by phone")

    officer.user_permissions.clear()

    without_the_permission = User.objects.get(pk=officer.pk)
    assert not access_log.is_unmasked(request_of(without_the_permission, session=session), customer)


def test_a_colleague_does_not_see_what_was_unmasked(officer: User) -> None:
    customer = make_customer()
    access_log.unmask(request_of(officer), customer, reason="asked by phone")

    assert not access_log.is_unmasked(request_of(make_user("colleague", access_log.MAY_UNMASK)), customer)


@pytest.mark.parametrize("reason", ["", "  ", " x "])
def test_without_a_reason_the_mask_stays(officer: User, reason: str) -> None:
    customer, request = make_customer(), request_of(officer)

    with pytest.raises(ReasonMissing):
        access_log.unmask(request, customer, reason=reason)

    assert not access_log.is_unmasked(request, customer)
    assert logged() == []


def test_without_the_permission_no_reason_helps() -> None:
    customer, request = make_customer(), request_of(make_user("reader"))

    with pytest.raises(PermissionDenied):
        access_log.unmask(request, customer, reason="asked by phone")

    assert request.session == {}
    assert logged() == []


def test_the_log_is_read_by_who_may_and_changed_by_nobody(client: Client, officer: User) -> None:
    rights = [f"customers.{verb}_accesslogentry" for verb in ("view", "add", "change", "delete")]
    customer = make_customer(external_id="C-1", name="김민지")
    access_log.record(request_of(officer), "view", customer=customer)
    entry = AccessLogEntry.objects.get()
    client.force_login(make_user("auditor", *rights))

    page = client.get(LOG).content.decode()
    answers = [client.post(f"{LOG}{path}") for path in ("add/", f"{entry.pk}/change/", f"{entry.pk}/delete/")]

    assert [word in page for word in ("officer", "C-1", "김민지")] == [True, True, False]
    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert AccessLogEntry.objects.get() == entry


def test_the_log_is_closed_to_who_may_not_see_it(client: Client, officer: User) -> None:
    client.force_login(officer)

    assert client.get(LOG).status_code == 403
