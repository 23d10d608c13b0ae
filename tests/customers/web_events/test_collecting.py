"""What a page reports becomes events; what anybody else makes up becomes nothing, and is answered alike."""

import json
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client

from customers.models import Customer, Event, TrackedSite, Visitor, WebArrival
from customers.privacy import erasure
from customers.segments.refresh import refresh_segment
from customers.web_events import arrivals, calls
from customers.web_events.identity import sign
from tests.factories import make_customer, make_order, make_product, make_segment, make_tracked_site

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_without_pauses")]

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=ZoneInfo("Asia/Seoul"))
SECRET = "a-secret-of-the-shop"
ORIGIN = "https://shop.example"
VISITOR = "0123456789abcdef" * 2


@pytest.fixture
def _without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrivals, "SECONDS_FOR_LATECOMERS", 0)


def event(number: int = 1, kind: str = "page_view", **more: object) -> dict[str, object]:
    return {"id": f"{number:032x}", "kind": kind, "ago": 0} | more


def post(
    site: TrackedSite, *events: object, identity: object = None, origin: str = ORIGIN, visitor: object = VISITOR
) -> HttpResponse:
    """Report as the tracker does, and take in what was reported."""
    said = {"visitor": visitor, "events": list(events)} | ({"identity": identity} if identity else {})
    return say(site.public_key, json.dumps(said), origin=origin)


def say(key: str, body: str | bytes, *, origin: str = ORIGIN) -> HttpResponse:
    answer = Client().post(f"/t/{key}/events", body, content_type="text/plain", headers={"Origin": origin})
    arrivals.take_in_waiting()
    return answer


def signed(number: str, *, at: datetime = NOON, secret: str = SECRET) -> list[str]:
    return [number, sign(secret, number, at=at)]


def is_empty(answer: HttpResponse) -> bool:
    return (answer.status_code, answer.content, answer.cookies) == (204, b"", {})


@time_machine.travel(NOON, tick=False)
def test_a_visit_is_an_event_of_a_visitor_whom_nobody_knows_yet() -> None:
    site, product = make_tracked_site(), make_product(sku="P-1")

    answer = post(
        site,
        event(1, props={"path": "/item/1", "utm_source": "dangol", "first": True, "depth": 3}),
        event(2, "product_view", sku="P-1", ago=4_000),
    )

    visit, view = Event.objects.order_by("external_id")
    assert is_empty(answer)
    assert answer["Access-Control-Allow-Origin"] == ORIGIN
    assert "Access-Control-Allow-Credentials" not in answer
    assert visit.properties == {"path": "/item/1", "utm_source": "dangol", "first": True, "depth": 3}
    assert (visit.customer, visit.occurred_at, visit.source) == (None, NOON, "shop")
    assert (view.product, view.occurred_at) == (product, NOON - timedelta(seconds=4))
    assert Visitor.objects.get().key == f"web-{site.pk}-{VISITOR}"


@time_machine.travel(NOON, tick=False)
def test_who_logs_in_brings_their_earlier_visits_along() -> None:
    site, customer = make_tracked_site(), make_customer(external_id="A-1024")
    post(site, event(1, ago=60_000))

    post(site, event(2, "custom", props={"name": "identify"}), identity=signed("A-1024"))

    assert set(Event.objects.values_list("customer", "is_inferred")) == {(customer.pk, True), (customer.pk, False)}


@time_machine.travel(NOON, tick=False)
def test_a_cart_that_was_left_is_found_until_it_is_paid_for() -> None:
    site, customer = make_tracked_site(), make_customer(external_id="A-1024")
    segment = make_segment({"is": "cart_unpaid", "op": "within_days", "value": 7})
    make_product(sku="P-1")

    post(site, event(1, "cart_add", sku="P-1", props={"quantity": 2}), identity=signed("A-1024"))
    refresh_segment(segment.pk)
    left = list(segment.members.values_list("pk", flat=True))
    make_order(customer, placed_at=NOON + timedelta(minutes=5))
    Customer.objects.get(pk=customer.pk).stats.refresh_from_db()

    assert left == [customer.pk]
    assert customer.stats.last_cart_at == NOON


@time_machine.travel(NOON, tick=False)
def test_the_same_event_again_counts_once() -> None:
    site = make_tracked_site()

    for _attempt in range(3):
        post(site, event(1), event(1), event(2))

    assert Event.objects.count() == 2


@time_machine.travel(NOON, tick=False)
@pytest.mark.parametrize(
    ("ago", "seconds"),
    [(-3_600_000, 0), (1_500, 1.5), (10**18, 0), (8 * 86_400_000, 7 * 86_400), ("soon", 0), (None, 0), (True, 0.001)],
)
def test_a_browsers_clock_is_believed_within_bounds(ago: object, seconds: float) -> None:
    post(make_tracked_site(), event(ago=ago))

    assert NOON - Event.objects.get().occurred_at == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "identity",
    [
        ["A-1024", sign("another-secret", "A-1024", at=NOON)],
        ["A-1024", sign(SECRET, "A-1025", at=NOON)],
        ["A-1024", sign(SECRET, "A-1024", at=NOON - timedelta(days=7, seconds=1))],
        ["A-1024", sign(SECRET, "A-1024", at=NOON + timedelta(minutes=11))],
        ["A-1024", ""],
        ["A-1024"],
        ["A-1024", 7],
        "A-1024",
        {"A-1024": True},
        ["A-1024\ud800", "1.0"],
    ],
)
@time_machine.travel(NOON, tick=False)
def test_nobody_can_claim_to_be_a_customer_whom_the_shop_did_not_sign_for(identity: object) -> None:
    site = make_tracked_site()
    make_customer(external_id="A-1024")

    answer = post(site, event(1), identity=identity)

    site.refresh_from_db()
    assert is_empty(answer)
    assert Event.objects.get().customer is None
    assert site.last_refusal == TrackedSite.Refusal.IDENTITY


@time_machine.travel(NOON, tick=False)
def test_a_customer_number_outside_the_signature_names_nobody() -> None:
    make_customer(external_id="A-1024")

    post(make_tracked_site(), event(1, customer_id="A-1024", customer="A-1024"))

    assert Event.objects.get().customer is None


@time_machine.travel(NOON, tick=False)
def test_what_the_former_secret_signed_counts_for_a_day_more() -> None:
    site, customer = make_tracked_site(), make_customer(external_id="A-1024")
    site.sealed_former_secret, site.former_secret_until = site.sealed_secret, NOON + timedelta(days=1)
    site.sealed_secret = make_tracked_site(secret="new").sealed_secret
    site.save()

    post(site, event(1), identity=signed("A-1024"))
    with time_machine.travel(NOON + timedelta(days=1), tick=False):
        post(site, event(2), identity=signed("A-1024"), visitor="f" * 32)

    assert list(Event.objects.order_by("external_id").values_list("customer", flat=True)) == [customer.pk, None]


@time_machine.travel(NOON, tick=False)
def test_unknown_products_and_customers_make_a_visit_all_the_same() -> None:
    post(make_tracked_site(), event(1, "product_view", sku="nobody-sold-this"), identity=signed("nobody"))

    found = Event.objects.get()
    assert (found.kind, found.product, found.customer) == ("product_view", None, None)


@time_machine.travel(NOON, tick=False)
def test_an_erased_person_does_not_come_back_by_a_page_that_stood_open() -> None:
    site, customer = make_tracked_site(), make_customer(external_id="A-1024")
    erasure.erase([customer.pk], by=None)

    post(site, event(1), identity=signed("A-1024"))

    assert Event.objects.get().customer is None


@pytest.mark.parametrize("origin", ["", "null", "https://evil.example", "https://shop.example.evil.example"])
def test_pages_of_others_are_refused_and_named_to_who_set_it_up(origin: str) -> None:
    site = make_tracked_site()

    answer = post(site, event(1), origin=origin)

    site.refresh_from_db()
    assert is_empty(answer)
    assert "Access-Control-Allow-Origin" not in answer
    assert (site.last_refusal, site.last_refused_origin) == (TrackedSite.Refusal.ORIGIN, origin)
    assert not WebArrival.objects.exists()
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[" * 30_000,
        b"[]",
        b"null",
        b'{"visitor": "1", "events": [{}]}',
        b'{"events": [{"id": "%s", "kind": "page_view"}]}' % (b"0" * 32),
        json.dumps({"visitor": VISITOR, "events": [{"id": "1' OR 1=1", "kind": "page_view"}]}),
        json.dumps({"visitor": VISITOR, "events": [event(kind="purchase")]}),
        json.dumps({"visitor": VISITOR, "events": [event(), "x"] + [{}] * 30_000}),
        json.dumps({"visitor": "A" * 32, "events": [event()]}),
        json.dumps({"visitor": {"$ne": 1}, "events": {"0": event()}}),
    ],
)
def test_what_no_tracker_sends_is_answered_alike_and_stored_nowhere(body: str | bytes) -> None:
    site = make_tracked_site()

    answer = say(site.public_key, body)

    site.refresh_from_db()
    assert is_empty(answer)
    assert site.last_refusal == TrackedSite.Refusal.UNREADABLE
    assert not WebArrival.objects.exists()
    assert not Event.objects.exists()
    assert not Visitor.objects.exists()


@pytest.mark.parametrize("key", ["no-such-site", "x" * 500, "%00", "단골", "' OR 1=1 --"])
def test_a_site_that_does_not_exist_answers_like_one_that_does(key: str) -> None:
    make_tracked_site(is_active=False, public_key="inactive")

    assert is_empty(say(key, "{}"))
    assert is_empty(say("inactive", "{}"))


@time_machine.travel(NOON, tick=False)
def test_hostile_values_are_cut_or_left_out() -> None:
    huge = {f"p{number}": number for number in range(30)}
    props = {"a b": 1, "path": "/\0\ud800" + "x" * 500, "n": 1e300, "deep": {"a": 1}, "list": [1], "none": None}

    post(make_tracked_site(), event(1, sku="\0" * 9, props=props), event(2, props=huge), event(3, props=[1]))

    first, second, third = Event.objects.order_by("external_id").values_list("properties", flat=True)
    assert first == {"path": "/  " + "x" * 297}
    assert len(second) == 20
    assert third == {}


def test_one_call_brings_at_most_fifty_events() -> None:
    post(make_tracked_site(), *[event(number) for number in range(60)])

    assert Event.objects.count() == 50


def test_a_flood_from_one_address_is_turned_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "CALLS_A_MINUTE", 2)
    site = make_tracked_site()

    answers = [post(site, event(number)) for number in range(3)]

    assert [answer.status_code for answer in answers] == [204, 204, 429]
    assert 1 <= int(answers[2]["Retry-After"]) <= 60
    assert Event.objects.count() == 2


def test_one_who_has_many_addresses_of_a_network_is_one_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "CALLS_A_MINUTE", 2)
    site = make_tracked_site()

    addresses = ("2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8:0:1::1")
    path, headers = f"/t/{site.public_key}/events", {"Origin": ORIGIN}

    answers = [Client().post(path, "{}", "text/plain", headers=headers, REMOTE_ADDR=each) for each in addresses]

    assert [answer.status_code for answer in answers] == [204, 204, 429, 204]


def test_browsers_may_ask_beforehand_and_only_the_shops_are_let_in() -> None:
    site = make_tracked_site()
    address = f"/t/{site.public_key}/events"

    ours = Client().options(address, headers={"Origin": ORIGIN, "Access-Control-Request-Method": "POST"})
    theirs = Client().options(address, headers={"Origin": "https://evil.example"})
    asked = Client().get(address, headers={"Origin": ORIGIN})

    assert (ours["Access-Control-Allow-Origin"], ours["Access-Control-Allow-Methods"]) == (ORIGIN, "POST")
    assert all(is_empty(answer) for answer in (ours, theirs, asked))
    assert "Access-Control-Allow-Origin" not in theirs
    assert "Access-Control-Allow-Origin" not in asked


def test_a_call_that_is_stored_while_the_job_ends_waits_for_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """It saw others wait when it came, and so called for no job."""
    site = make_tracked_site()
    record = {"kind": "page_view", "visitor_id": "v", "occurred_at": NOON.isoformat()}
    WebArrival.objects.create(site=site, records=json.dumps([record | {"event_id": "1"}]))

    def store_late(_seconds: float) -> None:
        if Event.objects.count() == 1:
            WebArrival.objects.create(site=site, records=json.dumps([record | {"event_id": "2"}]))

    monkeypatch.setattr(arrivals.time, "sleep", store_late)

    assert arrivals.take_in_waiting() == 2
    assert set(Event.objects.values_list("external_id", flat=True)) == {"1", "2"}


def test_a_call_that_the_database_refuses_holds_up_no_other(caplog: pytest.LogCaptureFixture) -> None:
    site = make_tracked_site()
    broken = {"event_id": "b", "kind": "page_view", "visitor_id": "v", "occurred_at": NOON.isoformat()}
    WebArrival.objects.create(site=site, records=json.dumps([broken | {"prop.path": "\0"}]))
    WebArrival.objects.create(site=site, records=json.dumps([broken | {"event_id": "g"}]))

    arrivals.take_in_waiting()

    assert list(Event.objects.values_list("external_id", flat=True)) == ["g"]
