"""Terms are complete before a coupon runs, and a promise from then on."""

from datetime import date

import pytest

from loyalty.coupons import definitions, sentences
from loyalty.errors import CouponRefused
from loyalty.models import Coupon, IssuedCoupon
from tests.factories import make_coupon, make_customer
from tests.loyalty.coupons.holding import give

pytestmark = pytest.mark.django_db


def draft(**terms: object) -> Coupon:
    complete = {"source": Coupon.OWN, "name": "5천원", "amount": 5_000, "valid_until": date(2099, 12, 31)}
    return Coupon(**complete | terms)


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"name": " "}, "name"),
        ({"amount": 0}, "amount"),
        ({"kind": "percent", "percent": 0}, "percent"),
        ({"kind": "percent", "percent": 101}, "percent"),
        ({"kind": "gift", "gift": ""}, "gift"),
        ({"minimum_amount": 4_999}, "minimum_amount"),
        ({"valid_from": date(2100, 1, 1)}, "valid_until"),
        ({"valid_until": None}, "valid_until"),
        ({"codes": "shared"}, "shared_code"),
        ({"codes": "shared", "shared_code": "SPRING", "days_valid": 7}, "days_valid"),
        ({"codes": "shared", "shared_code": "SPRING", "valid_until": None}, "valid_until"),
        ({"codes": "shared", "shared_code": "SPRING", "points_price": 100}, "points_price"),
        ({"per_customer_limit": 0}, "per_customer_limit"),
        ({"total_limit": 0}, "total_limit"),
    ],
)
def test_terms_that_are_no_coupon_are_not_stored_and_the_field_to_mend_is_named(terms, field):
    with pytest.raises(CouponRefused) as refusal:
        definitions.save(draft(**terms))

    assert refusal.value.code == field
    assert not Coupon.objects.exists()


@pytest.mark.parametrize(
    "terms",
    [
        {},
        {"kind": "percent", "percent": 100},
        {"kind": "free_shipping", "amount": 0},
        {"kind": "gift", "gift": "에코백"},
        {"valid_until": None, "days_valid": 30},
        {"minimum_amount": 5_000},
        {"codes": "shared", "shared_code": "SPRING"},
    ],
)
def test_complete_terms_are_stored_as_a_draft_with_a_number(terms):
    coupon = draft(**terms)

    definitions.save(coupon)

    assert (coupon.status, coupon.source, coupon.external_id[:3]) == ("draft", Coupon.OWN, "CP-")


def test_a_coupon_goes_from_draft_to_running_and_is_stopped_and_started_again():
    coupon = draft()
    definitions.save(coupon)

    steps = []
    for act in (definitions.start, definitions.stop, definitions.start):
        act(coupon)
        steps.append(Coupon.objects.get().status)

    assert steps == ["running", "stopped", "running"]


@pytest.mark.parametrize(
    ("terms", "act", "code"),
    [
        ({"status": "draft"}, definitions.stop, "NOT_RUNNING"),
        ({"status": "stopped"}, definitions.stop, "NOT_RUNNING"),
        ({"status": "draft", "amount": 0}, definitions.start, "INCOMPLETE"),
        ({"status": "draft", "valid_until": date(2020, 1, 1)}, definitions.start, "EXPIRED"),
        ({"source": "shop"}, definitions.start, "HISTORY"),
        ({"source": "shop"}, definitions.stop, "HISTORY"),
        ({"source": "shop"}, definitions.save, "HISTORY"),
    ],
)
def test_what_cannot_be_done_to_a_coupon_changes_nothing(terms, act, code):
    coupon = make_coupon(**terms)
    before = Coupon.objects.values().get()

    with pytest.raises(CouponRefused) as refusal:
        act(coupon)

    assert refusal.value.code == code
    assert Coupon.objects.values().get() == before


@pytest.mark.parametrize(
    "change",
    [
        {"amount": 4_000},
        {"amount": 6_000},
        {"minimum_amount": 10_000},
        {"products": ["M"]},
        {"per_customer_limit": 2},
        {"is_combinable": True},
        {"valid_until": date(2026, 12, 30)},
        {"total_limit": 0},
    ],
    ids=str,
)
def test_a_promise_is_kept_whoever_would_change_it(change):
    coupon = make_coupon(valid_until=date(2026, 12, 31), total_limit=10)
    Coupon.objects.update(used_count=2)
    coupon.refresh_from_db()
    before = Coupon.objects.values().get()
    for name, value in change.items():
        setattr(coupon, name, value)

    with pytest.raises(CouponRefused):
        definitions.save(coupon)

    assert Coupon.objects.values().get() == before


def test_a_later_last_day_reaches_the_pieces_in_customers_hands():
    coupon = make_coupon(valid_until=date(2026, 12, 31))
    with_days = make_coupon(valid_until=date(2026, 12, 31), days_valid=3650)
    pieces = [give(each, make_customer()) for each in (coupon, with_days)]
    used = give(coupon, make_customer(), "used")
    IssuedCoupon.objects.filter(pk=used.pk).update(status="used")

    for each in (coupon, with_days):
        each.valid_until, each.total_limit, each.name = date(2027, 1, 31), 100, "더 오래"
        definitions.save(each)

    ends = {piece.pk: piece.expires_at.isoformat() for piece in IssuedCoupon.objects.all()}
    assert {ends[piece.pk] for piece in pieces} == {"2027-01-31T15:00:00+00:00"}
    assert ends[used.pk] == "2026-12-31T15:00:00+00:00"
    assert Coupon.objects.filter(name="더 오래", total_limit=100).count() == 2


def test_a_copy_has_the_terms_but_not_the_code_that_is_unique():
    copied = definitions.copy_of(make_coupon(codes="shared", shared_code="SPRING", amount=7_000))

    assert (copied.pk, copied.amount, copied.codes, copied.shared_code) == (None, 7_000, "shared", None)


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        (
            {},
            "₩5,000 off, on any purchase, until 2099-12-31 (Thu), 1 time per customer,"
            " not together with other coupons.",
        ),
        (
            {"kind": "percent", "percent": 10, "most_off": 5_000, "minimum_amount": 30_000, "per_customer_limit": None},
            "10 % off, at most ₩5,000, on purchases of ₩30,000 or more, until 2099-12-31 (Thu),"
            " not together with other coupons.",
        ),
        (
            {"kind": "free_shipping", "sales_channel": "online", "valid_until": None, "days_valid": 30},
            "free shipping, on any purchase, online only, for 30 days after its issue, 1 time per customer,"
            " not together with other coupons.",
        ),
        (
            {"kind": "gift", "gift": "tote bag", "categories": ["dairy"], "total_limit": 1_000, "is_combinable": True},
            "a gift: tote bag, on dairy, until 2099-12-31 (Thu), 1 time per customer, 1,000 times altogether,"
            " together with other coupons that allow it.",
        ),
        (
            {"categories": list("abcde"), "minimum_amount": 20_000, "points_price": 3_000},
            "₩5,000 off, on a, b, c and 2 more from ₩20,000 on, until 2099-12-31 (Thu), 1 time per customer,"
            " not together with other coupons, for 3,000 points.",
        ),
    ],
)
def test_a_coupon_is_said_in_one_sentence(in_english, terms, said):
    assert sentences.sentence(draft(**terms)) == said
