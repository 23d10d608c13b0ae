"""Coupons are handed out set-based, each customer once, wherever an issue was cut."""

from datetime import date

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crm_project.models import Kick
from customers.models import Customer, SegmentMembership, TouchedCustomer
from customers.segments.refresh import refresh_segment
from loyalty.coupons import codes, costs, counters, expiry, finding, issue_runs, issuing, redeeming
from loyalty.errors import CouponRefused
from loyalty.models import Coupon, CouponIssue, IssuedCoupon
from tests.factories import make_coupon, make_customer, make_segment
from tests.loyalty.coupons.holding import basket, give

pytestmark = pytest.mark.django_db


def everybody(count: int = 3):
    """A segment of everybody, of so many customers."""
    for _number in range(count):
        make_customer()
    segment = make_segment()
    refresh_segment(segment.pk)
    segment.refresh_from_db()
    return segment


def issue_to(coupon: Coupon, segment) -> CouponIssue:
    row = issue_runs.begin_for_segment(coupon, segment, by=None)
    issue_runs.carry_on(row.pk)
    row.refresh_from_db()
    return row


def test_everybody_in_the_segment_gets_one_with_a_code_and_a_last_day():
    with time_machine.travel("2026-11-01T03:00:00Z", tick=False):
        row = issue_to(make_coupon(valid_until=None, days_valid=30), everybody(3))

    pieces = IssuedCoupon.objects.all()
    assert {piece.customer_id for piece in pieces} == set(Customer.objects.values_list("pk", flat=True))
    assert {piece.expires_at.isoformat() for piece in pieces} == {"2026-12-01T15:00:00+00:00"}
    assert len({piece.code for piece in pieces}) == 3
    assert (row.status, row.issued_count) == ("done", 3)
    assert counters.differences() == []


def test_an_issue_that_was_cut_goes_on_where_it_stood_and_gives_nobody_two(monkeypatch):
    monkeypatch.setattr(issue_runs, "CHUNK", 2)
    coupon, segment = make_coupon(), everybody(5)
    row = issue_runs.begin_for_segment(coupon, segment, by=None)
    assert issue_runs._next_chunk(row.pk) == (2, True)

    rest = issue_runs.carry_on(row.pk)
    again = issue_runs.carry_on(row.pk)

    assert (rest, again, IssuedCoupon.objects.count()) == (3, 0, 5)
    assert set(IssuedCoupon.objects.values_list("customer_id").distinct().values_list("customer_id", flat=True)) == set(
        SegmentMembership.objects.values_list("customer_id", flat=True)
    )


def test_who_has_as_many_as_they_may_use_is_left_out_and_the_preview_says_so():
    coupon, segment = make_coupon(per_customer_limit=1), everybody(3)
    holder, user, lapsed = Customer.objects.order_by("pk")
    give(coupon, holder, "a")
    used = give(coupon, user, "b")
    redeeming.redeem([used.code], basket(user), source="till", reference="R-1")
    over = give(coupon, lapsed, "c")
    IssuedCoupon.objects.filter(pk=over.pk).update(expires_at=timezone.now())

    told = issuing.reach(coupon, segment)
    row = issue_to(coupon, segment)

    assert (told.members, told.have_enough, told.will_get) == (3, 2, 1)
    assert list(row.issued.values_list("customer_id", flat=True)) == [lapsed.pk]


def test_merged_and_erased_customers_get_none():
    coupon, segment = make_coupon(), everybody(3)
    first, second, third = Customer.objects.order_by("pk")
    Customer.objects.filter(pk=first.pk).update(merged_into=second)
    Customer.objects.filter(pk=third.pk).update(erased_at=timezone.now())

    row = issue_runs.begin_for_segment(coupon, segment, by=None)
    SegmentMembership.objects.bulk_create(
        [SegmentMembership(segment=segment, customer=each) for each in (first, third)], ignore_conflicts=True
    )
    CouponIssue.objects.update(position=0)
    issue_runs.carry_on(row.pk)

    assert list(IssuedCoupon.objects.values_list("customer_id", flat=True)) == [second.pk]


def test_of_several_givings_to_one_customer_only_as_many_count_as_they_may_use():
    coupon, customer, other = make_coupon(per_customer_limit=2), make_customer(), make_customer()
    entries = {"1": customer.pk, "2": customer.pk, "3": customer.pk, "4": other.pk}

    first = issuing.issue_each(coupon, {"1": customer.pk}, origin="campaign", reference="12")
    then = issuing.issue_each(coupon, entries, origin="campaign", reference="12")

    assert (first, then) == ({"1"}, {"2", "4"})
    assert counters.differences() == []


def test_a_campaign_issues_in_its_own_transaction_and_again_only_to_those_who_came_since():
    coupon, customers = make_coupon(), [make_customer() for _number in range(3)]
    chunk = Customer.objects.filter(pk__in=[each.pk for each in customers[:2]])

    first = issuing.issue(coupon, chunk, origin="campaign", reference="12")
    again = issuing.issue(coupon, Customer.objects.all(), origin="campaign", reference="12")

    assert (first, again) == (2, 1)
    assert CouponIssue.objects.get().issued_count == 3
    assert TouchedCustomer.objects.count() == 3
    assert counters.differences() == []


def test_what_a_campaign_s_coupons_cost_is_known_by_the_campaign():
    coupon, customer = make_coupon(amount=5_000), make_customer()
    issuing.issue(coupon, issuing.only(customer.pk), origin="campaign", reference="12")
    piece = IssuedCoupon.objects.get()
    redeeming.redeem([piece.code], basket(customer), source="till", reference="R-1")

    assert costs.of_campaigns([11, 12]) == {12: costs.Cost(uses=1, discount=5_000)}


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({"status": "draft"}, "NOT_RUNNING"),
        ({"status": "stopped"}, "NOT_RUNNING"),
        ({"source": "shop"}, "NOT_RUNNING"),
        ({"codes": "shared", "shared_code": "SPRING2026"}, "SHARED_CODE"),
        ({"valid_until": date(2020, 1, 1)}, "EXPIRED"),
    ],
)
def test_a_coupon_that_nobody_could_use_is_not_issued(terms, code):
    coupon, segment = make_coupon(**terms), everybody(1)

    for act in (
        lambda: issue_runs.begin_for_segment(coupon, segment, by=None),
        lambda: issue_runs.begin_codes(coupon, 5, by=None),
        lambda: issuing.issue(coupon, Customer.objects.all(), origin="campaign", reference="1"),
    ):
        with pytest.raises(CouponRefused) as refusal:
            act()
        assert refusal.value.code == code
    assert CouponIssue.objects.count() == IssuedCoupon.objects.count() == 0


def test_a_second_issue_to_the_same_segment_waits_for_the_first():
    coupon, segment = make_coupon(), everybody(1)
    issue_runs.begin_for_segment(coupon, segment, by=None)

    with pytest.raises(CouponRefused) as refusal:
        issue_runs.begin_for_segment(coupon, segment, by=None)

    assert refusal.value.code == "RUNNING"


def test_an_issue_of_a_coupon_that_was_stopped_meanwhile_stops_and_says_why():
    coupon, segment = make_coupon(), everybody(2)
    row = issue_runs.begin_for_segment(coupon, segment, by=None)
    Coupon.objects.update(status="stopped")

    issue_runs.carry_on(row.pk)

    row.refresh_from_db()
    assert (row.status, row.issued_count, IssuedCoupon.objects.count()) == ("stopped", 0, 0)
    assert coupon.name in row.note


def test_an_issue_that_no_process_has_in_hand_is_woken():
    row = issue_runs.begin_codes(make_coupon(), 5, by=None)
    Kick.objects.all().delete()

    issue_runs.wake_forgotten()

    assert list(Kick.objects.values_list("job", "argument")) == [(issue_runs.JOB, row.pk)]


def test_codes_are_made_in_as_many_statements_as_chunks_however_many(monkeypatch):
    monkeypatch.setattr(issue_runs, "CHUNK", 2_000)
    row = issue_runs.begin_codes(make_coupon(), 5_000, by=None, note="전단지")

    with CaptureQueriesContext(connection) as queries:
        made = issue_runs.carry_on(row.pk)

    inserts = [each for each in queries if "INSERT INTO loyalty_issuedcoupon" in each["sql"]]
    assert (made, len(inserts)) == (5_000, 3)
    pieces = IssuedCoupon.objects.values_list("code", "customer_id")
    assert len({code for code, _customer in pieces}) == 5_000
    assert {customer for _code, customer in pieces} == {None}
    assert counters.differences() == []


def test_a_cut_run_makes_no_more_codes_than_were_wanted(monkeypatch):
    monkeypatch.setattr(issue_runs, "CHUNK", 4)
    row = issue_runs.begin_codes(make_coupon(), 10, by=None)
    issue_runs._next_chunk(row.pk)

    issue_runs.carry_on(row.pk)

    row.refresh_from_db()
    assert (row.status, row.issued_count, IssuedCoupon.objects.count()) == ("done", 10, 10)


@pytest.mark.parametrize("count", [0, -1, 1_000_001])
def test_so_many_codes_are_not_made(count):
    with pytest.raises(CouponRefused):
        issue_runs.begin_codes(make_coupon(), count, by=None)


def test_codes_are_twelve_signs_evenly_drawn_from_thirty_two():
    row = issue_runs.begin_codes(make_coupon(), 4_000, by=None)
    issue_runs.carry_on(row.pk)

    made = "".join(IssuedCoupon.objects.values_list("code", flat=True))

    counted = {sign: made.count(sign) for sign in codes.ALPHABET}
    assert len(made) == 48_000
    assert sum(counted.values()) == 48_000
    assert all(1_250 < times < 1_750 for times in counted.values())  # 1,500 each, give or take six deviations


def test_a_code_is_shown_in_groups_and_masked_but_for_its_end():
    assert codes.shown("7KQ2M9XT4DWB") == "7KQ2-M9XT-4DWB"
    assert codes.masked("7KQ2M9XT4DWB") == "…4DWB"


def test_what_is_past_its_last_day_is_marked_and_counted_once():
    with time_machine.travel("2026-11-01T03:00:00Z", tick=False):
        coupon = make_coupon(valid_until=None, days_valid=7)
        held = issue_to(coupon, everybody(3)).issued.order_by("pk")
        redeeming.redeem([held[0].code], basket(held[0].customer), source="till", reference="R-1")

    with time_machine.travel("2026-11-08T14:59:59Z", tick=False):
        assert expiry.expire_due(timezone.now()) == 0
    with time_machine.travel("2026-11-08T15:00:00Z", tick=False):
        assert finding.held_by(held[1].customer_id, timezone.now()).count() == 0  # before the job has run
        assert expiry.expire_due(timezone.now()) == 2
        assert expiry.expire_due(timezone.now()) == 0

    assert list(IssuedCoupon.objects.order_by("pk").values_list("status", flat=True)) == ["used", "expired", "expired"]
    assert Coupon.objects.get().expired_count == 2
    assert counters.differences() == []


def test_a_changed_counter_is_found_and_counted_anew():
    coupon = make_coupon()
    give(coupon, make_customer())
    Coupon.objects.update(issued_count=7)

    assert counters.differences() == [counters.Difference(coupon.pk, "issued_count", 7, 1)]
    counters.recount([coupon.pk])
    assert counters.differences() == []
