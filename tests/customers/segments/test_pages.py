"""The pages of segments: who may do what, what is refused, and that looking changes nothing."""

import json
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from crm_project.models import Kick
from customers import stats
from customers.models import AccessLogEntry, Customer, Segment, SegmentMembership, SegmentMove, SegmentSize
from customers.segments import refresh
from customers.segments.ready import ready_starts
from tests.factories import make_customer, make_order, make_running_campaign

pytestmark = pytest.mark.django_db

RULE = {"all": [{"is": "order_count", "op": "at_least", "value": 1}]}
LIST, ADD = "/admin/customers/segment/", "/admin/customers/segment/add/"
MEASURE = "/admin/customers/segment/measure/"
LOOKS = ("view_segment", "view_customer")
BUILDS = (*LOOKS, "add_segment", "change_segment", "delete_segment")


def staff(*permissions: str, name: str = "staff") -> Client:
    user = get_user_model().objects.create_user(name, is_staff=True)
    user.user_permissions.add(*Permission.objects.filter(codename__in=permissions))
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def sent(rule: object = RULE, **given: object) -> dict:
    return {"name": "Buyers", "description": "", "is_active": "on", "rule": json.dumps(rule)} | given


def saved(name: str = "Buyers", rule: object = RULE) -> Segment:
    return Segment.objects.create(name=name, rule=rule)


def page_of(segment: Segment) -> str:
    return reverse("admin:customers_segment_change", args=[segment.pk])


def test_saving_a_segment_stores_it_and_has_it_refreshed() -> None:
    client = staff(*BUILDS)

    answer = client.post(ADD, sent())

    segment = Segment.objects.get()
    assert answer.headers["location"] == page_of(segment)
    assert (segment.name, segment.rule, segment.created_by.username) == ("Buyers", RULE, "staff")
    assert Kick.objects.get().argument == segment.pk
    assert LogEntry.objects.get().object_id == str(segment.pk)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "required"),
        ("{}", "The rule is empty"),
        ('{"all": []}', "The group is empty"),
        ('{"all": [{"is": "shoe_size"}]}', "condition 1: There is no condition"),
        ('{"all": [', "no valid JSON"),
        ("[" * 100_000, "no valid JSON"),
        (r'{"is": "last_order", "op": "\ud800"}', "no valid JSON"),
    ],
)
def test_a_bad_rule_is_refused_and_what_was_typed_stays(text: str, reason: str) -> None:
    client = staff(*BUILDS)

    answer = client.post(ADD, sent() | {"rule": text, "name": "Kept name"})

    assert answer.status_code == 200
    page = answer.content.decode()
    assert reason in page
    assert "Kept name" in page
    assert Segment.objects.count() == Kick.objects.count() == 0


def test_a_changed_rule_that_is_refused_leaves_the_old_one() -> None:
    segment = saved()
    client = staff(*BUILDS)

    answer = client.post(page_of(segment), sent({"is": "in_segment", "op": "in", "value": [segment.pk]}))

    assert "in a circle" in answer.content.decode()
    segment.refresh_from_db()
    assert segment.rule == RULE


def test_saving_leaves_what_a_refresh_wrote_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    segment = saved()
    monkeypatch.setattr(
        "customers.segments.pages.segment_form.rules.check", lambda *_, **__: Segment.objects.update(size=7)
    )

    staff(*BUILDS).post(page_of(segment), sent(name="Renamed"))

    segment.refresh_from_db()
    assert (segment.name, segment.size) == ("Renamed", 7)


def test_who_may_only_look_reads_the_rule_and_cannot_change_it() -> None:
    segment = saved()
    client = staff(*LOOKS)

    page = client.get(page_of(segment))
    attempt = client.post(page_of(segment), sent(name="Mine"))

    assert "orders ever at least 1 time" in page.content.decode()
    assert "data-builder" not in page.content.decode() + attempt.content.decode()
    assert Segment.objects.get().name == "Buyers"
    assert client.get(ADD).status_code == 403
    assert client.post(ADD, sent(name="Other")).status_code == 403
    assert client.post(MEASURE, {"rule": json.dumps(RULE)}).status_code == 403
    assert client.get("/admin/customers/segment/choices/").status_code == 403
    assert client.post(reverse("admin:customers_segment_refresh", args=[segment.pk])).status_code == 403
    assert Kick.objects.count() == 0


def test_who_may_nothing_sees_nothing() -> None:
    segment = saved()
    client = staff("view_customer")

    assert client.get(LIST).status_code == 403
    assert client.get(page_of(segment)).status_code == 403
    assert Client().get(LIST).headers["location"].startswith("/admin/login/")


def test_the_live_count_says_the_rule_and_counts_it_without_storing_anything() -> None:
    buyer = make_customer(name="홍길동", email="gildong@example.com")
    make_customer()
    make_order(buyer, placed_at=timezone.now())
    stats.rebuild()
    client = staff(*BUILDS)

    answer = client.post(MEASURE, {"rule": json.dumps(RULE), "segment": ""}).json()

    assert answer["sentence"] == "orders ever at least 1 time"
    assert answer["counts"] == [[[1], 1]]
    assert "홍*동" in answer["beside"]
    assert "홍길동" not in answer["beside"]
    assert "gildong@" not in answer["beside"]
    assert Segment.objects.count() == Kick.objects.count() == 0


def test_the_live_count_shows_no_customers_to_who_may_not_see_them() -> None:
    buyer = make_customer(name="홍길동")
    make_order(buyer, placed_at=timezone.now())
    stats.rebuild()

    answer = staff("view_segment", "change_segment").post(MEASURE, {"rule": json.dumps(RULE)}).json()

    assert "홍" not in answer["beside"]


@pytest.mark.parametrize("rule", ["", "{", "null", "[" * 50_000, '{"all": [{"is": 3}]}', '{"all": []}', "1e999"])
def test_the_live_count_answers_junk_with_a_reason(rule: str) -> None:
    answer = staff(*BUILDS).post(MEASURE, {"rule": rule, "segment": "x"})

    assert answer.status_code == 200
    assert answer.json()["refused"]


def test_the_live_count_marks_the_part_that_is_refused() -> None:
    rule = {"all": [RULE["all"][0], {"any": [{"is": "order_count", "op": "at_least", "value": "many"}]}]}

    answer = staff(*BUILDS).post(MEASURE, {"rule": json.dumps(rule)}).json()

    assert answer["numbers"] == [2, 1]


def test_a_count_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("customers.segments.preview.LONGEST_SECONDS", "0.000")
    monkeypatch.setattr("customers.segments.preview._counted", slow_count)

    answer = staff(*BUILDS).post(MEASURE, {"rule": json.dumps(RULE)}).json()

    assert "too long" in answer["refused"]
    assert answer["sentence"] == "orders ever at least 1 time"


def slow_count(*_arguments: object) -> list[int]:
    from customers.segments import preview  # noqa: PLC0415 - the limits of the module under test

    with preview._limits() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '20ms'")
        cursor.execute("SELECT pg_sleep(1)")
    return [0]


def test_choices_are_found_by_what_is_typed() -> None:
    saved("Regulars")
    saved("Lapsed")
    client = staff(*BUILDS)

    found = client.get("/admin/customers/segment/choices/", {"condition": "in_segment", "field": "value", "q": "regu"})
    unknown = client.get("/admin/customers/segment/choices/", {"condition": "nothing", "field": "value"})

    assert [label for _value, label in found.json()["choices"]] == ["Regulars"]
    assert unknown.json() == {"choices": []}


def test_every_ready_start_is_a_rule_that_can_be_saved() -> None:
    client = staff(*BUILDS)

    for number, start in enumerate(ready_starts()):
        assert json.dumps(start.rule["all"][0]["is"]) in client.get(ADD, {"start": start.key}).content.decode().replace(
            "&quot;", '"'
        )
        client.post(ADD, sent(start.rule, name=f"start {number}"))

    assert Segment.objects.count() == len(ready_starts()) == 20


def test_the_list_costs_the_same_for_one_segment_as_for_many() -> None:
    client = staff(*BUILDS)
    client.get(LIST)
    saved("first")
    with CaptureQueriesContext(
        connection,
    ) as for_one:
        client.get(LIST)

    for number in range(8):
        segment = saved(f"more {number}")
        SegmentSize.objects.create(segment=segment, day=timezone.localdate(), size=number)
        make_running_campaign(segment=segment)
    with CaptureQueriesContext(connection) as for_many:
        page = client.get(LIST).content.decode()

    assert len(for_many) == len(for_one)
    assert "more 7" in page


def test_the_list_shows_size_moves_and_who_uses_it() -> None:
    customers = [make_customer() for _number in range(4)]
    segment = saved()
    SegmentMove.objects.create(segment=segment, customer=customers[0], direction="in")
    old = SegmentMove.objects.create(segment=segment, customer=customers[1], direction="out")
    SegmentMove.objects.filter(pk=old.pk).update(moved_at=timezone.now() - timedelta(days=2))
    Segment.objects.filter(pk=segment.pk).update(size=1, refreshed_at=timezone.now())
    make_running_campaign(name="봄맞이", segment=segment)

    page = staff(*BUILDS).get(LIST).content.decode()

    assert "25.0" in page
    assert "봄맞이" in page


def test_explaining_a_segment_by_a_customer_is_logged_as_a_look_at_them() -> None:
    segment, customer = saved(), make_customer(external_id="C-77")

    answer = staff(*LOOKS).get(page_of(segment), {"customer": "C-77\000"})

    assert answer.context["explanation"]["customer"] == customer
    assert [(entry.action, entry.customer) for entry in AccessLogEntry.objects.all()] == [("view", customer)]


def test_choices_are_not_searched_for_what_cannot_be_stored() -> None:
    answer = staff(*BUILDS).get(f"{LIST}choices/", {"condition": "home_store", "field": "value", "q": "\000"})

    assert answer.json() == {"choices": []}


def test_looking_at_a_segment_changes_nothing() -> None:
    customer = make_customer(external_id="C-1")
    segment = saved()
    refresh.refresh_segment(segment.pk)
    before = Segment.objects.values().get()
    client = staff(*BUILDS)

    page = client.get(page_of(segment), {"customer": customer.external_id}).content.decode()

    assert "here: 0 times" in page
    assert Segment.objects.values().get() == before
    assert Kick.objects.count() == 0


def test_a_segment_with_a_broken_rule_can_still_be_opened() -> None:
    segment = saved(rule={"all": [{"is": "gone"}]})
    Segment.objects.update(refresh_error="There is no condition 'gone'.")

    page = staff(*BUILDS).get(page_of(segment))

    assert page.status_code == 200
    assert "no condition" in page.content.decode()
    assert staff(*LOOKS, name="looks").get(page_of(segment)).status_code == 200


def test_refreshing_by_hand_is_a_post() -> None:
    segment = saved()
    client = staff(*BUILDS)
    url = reverse("admin:customers_segment_refresh", args=[segment.pk])

    assert client.get(url).status_code == 405
    assert client.post(url).status_code == 302
    assert Kick.objects.get().argument == segment.pk


def test_a_segment_in_use_is_not_deleted() -> None:
    asked, aimed_at, excluded, free = (saved(name) for name in ("asked", "aimed at", "excluded", "free"))
    saved("asking", {"is": "in_segment", "op": "in", "value": [asked.pk]})
    make_running_campaign(segment=aimed_at).excluded_segments.add(excluded)
    SegmentMembership.objects.create(segment=free, customer=make_customer())
    client = staff(*BUILDS)

    for segment in (asked, aimed_at, excluded, free):
        client.post(reverse("admin:customers_segment_delete", args=[segment.pk]), {"post": "yes"})

    assert set(Segment.objects.values_list("name", flat=True)) == {"asked", "aimed at", "excluded", "asking"}
    assert Customer.objects.count() == 1
