"""The list and the page of customers: masked, logged, and with as few queries for much as for little."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers import stats
from customers.customer_admin import FewCounted
from customers.models import AccessLogEntry, Customer, Event
from tests.factories import make_customer, make_order, make_reachable_customer, make_user, set_consent

LIST = "/admin/customers/customer/"

pytestmark = pytest.mark.django_db


def page_of(customer: Customer) -> str:
    return f"{LIST}{customer.pk}/change/"


@pytest.fixture
def reader(client: Client) -> Client:
    client.force_login(make_user("reader", "customers.view_customer", "customers.view_segment"))
    return client


@pytest.fixture
def officer(client: Client) -> Client:
    client.force_login(make_user("officer", "customers.view_customer", "customers.view_personal_data"))
    return client


def queries_of(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def test_the_list_shows_no_name_phone_or_address(reader: Client) -> None:
    make_reachable_customer(name="홍길동", email="gildong@example.com", phone="+821012345678")

    page = reader.get(LIST).content.decode()

    assert "홍*동" in page
    assert not any(secret in page for secret in ("홍길동", "gildong", "1234-5678", "12345678"))


@pytest.mark.parametrize(
    "question", ["email__startswith=gil", "phone__contains=1234", "name=홍길동", "birthday__gte=1990-01-01"]
)
def test_the_address_of_the_list_cannot_spell_masked_data_out(reader: Client, question: str) -> None:
    make_customer(name="홍길동", email="gildong@example.com", phone="+821012345678")

    assert reader.get(f"{LIST}?{question}").status_code == 400


def test_the_filters_of_the_list_work(reader: Client) -> None:
    make_customer(is_demo=True)

    answer = reader.get(LIST, {"bought": "30", "rfm": "lost", "consent": "email", "segment": "1", "store": "1"})

    assert answer.status_code == 200


def test_searching_the_list_is_logged_without_what_was_typed(reader: Client) -> None:
    make_customer(name="홍길동")

    reader.get(LIST, {"q": "홍길동"})

    entry = AccessLogEntry.objects.get()
    assert (entry.user.username, entry.action, entry.customer, entry.reason) == ("reader", "search", None, "")


def test_the_consent_filter_takes_both_consents(reader: Client) -> None:
    make_reachable_customer(external_id="agreed")
    withdrew, no_use = make_customer(external_id="withdrew, text messages only"), make_customer(external_id="no use")
    set_consent(withdrew, "marketing_use")
    set_consent(withdrew, "ad_receive", channel="email", is_granted=False)
    set_consent(withdrew, "ad_receive", channel="sms")
    set_consent(no_use, "ad_receive", channel="email")

    shown = {
        answer: {each.external_id for each in reader.get(LIST, {"consent": answer}).context["cl"].result_list}
        for answer in ("email", "not_email")
    }

    assert shown == {"email": {"agreed"}, "not_email": {"withdrew, text messages only", "no use"}}


def test_the_list_asks_as_much_for_many_customers_as_for_one(reader: Client) -> None:
    make_reachable_customer()
    few = queries_of(reader, LIST)
    for _number in range(20):
        make_order(make_reachable_customer(), placed_at=timezone.now())
    stats.rebuild()

    assert queries_of(reader, LIST) == few


def test_the_page_is_masked_and_looking_at_it_is_logged(reader: Client) -> None:
    customer = make_customer(name="홍길동", email="gildong@example.com")

    page = reader.get(page_of(customer)).content.decode()

    assert "홍*동" in page
    assert "gildong@" not in page
    entry = AccessLogEntry.objects.get()
    assert (entry.user.username, entry.action, entry.customer) == ("reader", "view", customer)


def test_unmasking_needs_a_reason_and_is_logged(officer: Client) -> None:
    customer = make_customer(name="홍길동")

    officer.post(f"{LIST}{customer.pk}/unmask/", {"reason": " "})
    assert "홍길동" not in officer.get(page_of(customer)).content.decode()
    officer.post(f"{LIST}{customer.pk}/unmask/", {"reason": "asked by phone"})

    assert "홍길동" in officer.get(page_of(customer)).content.decode()
    assert AccessLogEntry.objects.get(action="unmask").reason == "asked by phone"


def test_unmasking_ends_after_ten_minutes(officer: Client, time_machine: object) -> None:
    customer = make_customer(name="홍길동")
    time_machine.move_to("2026-11-21T12:00:00+09:00", tick=False)
    officer.post(f"{LIST}{customer.pk}/unmask/", {"reason": "asked by phone"})

    time_machine.move_to("2026-11-21T12:10:01+09:00", tick=False)

    assert "홍길동" not in officer.get(page_of(customer)).content.decode()


def test_one_customer_unmasked_leaves_the_others_masked(officer: Client) -> None:
    asked, other = make_customer(name="홍길동"), make_customer(name="김하나")
    officer.post(f"{LIST}{asked.pk}/unmask/", {"reason": "asked by phone"})

    assert "김하나" not in officer.get(page_of(other)).content.decode()


def test_who_may_not_unmask_is_refused_and_nothing_is_logged(reader: Client) -> None:
    customer = make_customer(name="홍길동")

    answer = reader.post(f"{LIST}{customer.pk}/unmask/", {"reason": "curious"})

    assert answer.status_code == 403
    assert not AccessLogEntry.objects.exists()


def test_unmasking_by_a_link_is_impossible(officer: Client) -> None:
    assert officer.get(f"{LIST}{make_customer().pk}/unmask/").status_code == 405


def test_the_page_asks_as_much_for_ten_thousand_events_as_for_none(reader: Client) -> None:
    customer = make_customer()
    make_order(customer, placed_at=timezone.now())
    stats.rebuild()
    few = queries_of(reader, page_of(customer))
    now = timezone.now()
    Event.objects.bulk_create(
        Event(external_id=f"E{number}", kind="page_view", customer=customer, occurred_at=now - timedelta(hours=number))
        for number in range(10_000)
    )
    stats.rebuild()

    assert queries_of(reader, page_of(customer)) == few


def test_an_erased_customer_has_no_page(reader: Client) -> None:
    customer = make_customer(erased_at=timezone.now())

    assert reader.get(page_of(customer)).status_code == 404


@pytest.mark.parametrize(
    "before",
    [
        "nonsense",
        "2026-99-99",
        "2026-11-21",
        "<script>",
        "2026-01-01T00:00:00+23:59:59",
        "0001-01-01T00:00:00+09:00",
    ],
)
def test_nonsense_in_the_address_shows_the_newest(reader: Client, before: str) -> None:
    assert reader.get(page_of(make_customer()), {"before": before, "kind": "nothing"}).status_code == 200


@pytest.mark.parametrize("path", ["", "1/change/", "1/drawer/"])
def test_who_may_not_see_customers_sees_none(client: Client, path: str) -> None:
    client.force_login(make_user("nobody"))

    assert client.get(f"{LIST}{path}").status_code == 403


def test_a_list_that_was_not_counted_to_its_end_says_so(reader: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FewCounted, "counted_at_most", 2)
    for _number in range(4):
        make_customer()

    whole, narrowed = (
        reader.get(LIST, ask, headers={"accept-language": "en"}).content.decode()
        for ask in ({}, {"consent": "not_email"})
    )

    assert "4 customers" in whole
    assert "4 of more than 2 customers" in narrowed


def test_the_list_finds_who_bought_lately_and_sorts_by_what_they_paid(reader: Client) -> None:
    now = timezone.now()
    for number, (days, paid) in enumerate([(2, 10_000), (5, 90_000), (40, 500_000)]):
        make_order(make_customer(external_id=str(number)), placed_at=now - timedelta(days=days), paid=paid)
    stats.rebuild()

    shown = reader.get(LIST, {"bought": "30", "o": "-4"}).context["cl"].result_list

    assert [customer.external_id for customer in shown] == ["1", "0"]


@pytest.mark.parametrize(
    ("words", "found"), [("홍", True), ("길동", True), ("홍길동", True), ("홍길", True), ("길", False), ("동길", False)]
)
def test_a_name_is_found_by_its_beginning_its_end_or_three_letters(reader: Client, words: str, found: bool) -> None:
    make_customer(name="홍길동")

    assert bool(reader.get(LIST, {"q": words}).context["cl"].result_list) is found


BIG_TABLES = (
    "customers_customer",
    "customers_event",
    "customers_order",
    "customers_orderline",
    "customers_consententry",
    "customers_consentstate",
    "customers_segmentmembership",
    "customers_customernote",
    "customers_customermerge",
    "customers_duplicatepair",
    "customers_surveyresponse",
    "customers_case",
    "customers_device",
    "campaigns_enrollment",
    "campaigns_message",
    "campaigns_journey",
    "campaigns_hit",
    "campaigns_inappmessage",
    "loyalty_couponredemption",
    "loyalty_issuedcoupon",
    "loyalty_account",
    "loyalty_transaction",
    "loyalty_lot",
    "loyalty_tierperiod",
    "loyalty_tierstanding",
    "loyalty_referral",
)


def test_the_page_finds_everything_by_an_index(client: Client) -> None:
    customer = make_customer()
    make_order(customer, placed_at=timezone.now())
    stats.rebuild()
    client.force_login(User.objects.create_superuser("boss"))

    with CaptureQueriesContext(connection) as queries:
        client.get(page_of(customer))

    assert [table for asked in queries.captured_queries for table in read_in_full(asked["sql"])] == []


def read_in_full(sql: str) -> list[str]:
    """Return the big tables that PostgreSQL would read row by row even if it could use any index it likes."""
    if not sql.lstrip().upper().startswith(("SELECT", "WITH")):
        return []
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN " + sql)
        plan = " ".join(line for (line,) in cursor.fetchall())
        cursor.execute("SET LOCAL enable_seqscan = on")
    return [table for table in BIG_TABLES if f"Seq Scan on {table} " in plan]
