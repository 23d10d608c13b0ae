"""The pages of coupons, as an operator works with them."""

from datetime import date

import pytest
from django.test import Client

from customers.models import AccessLogEntry
from customers.segments.refresh import refresh_segment
from loyalty.coupons import issue_runs, redeeming
from loyalty.models import Coupon, CouponIssue, CouponRedemption, IssuedCoupon
from tests.factories import make_coupon, make_customer, make_product, make_segment, make_user
from tests.loyalty.coupons.holding import basket, give

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]

COUPONS = "/admin/loyalty/coupon/"
TYPED = {
    "name": "Welcome back",
    "kind": "percent",
    "percent": "10",
    "most_off": "5000",
    "sales_channel": "",
    "valid_until": "2099-12-31",
    "per_customer_limit": "1",
    "codes": "each",
    "comes_back": "on",
}
WRITER = ("view", "add", "change", "issue")


@pytest.fixture
def operator(client: Client) -> Client:
    rights = [*(f"loyalty.{verb}_coupon" for verb in WRITER), "loyalty.view_couponredemption"]
    client.force_login(make_user("operator", *rights))
    return client


def test_the_list_shows_each_funnel_and_what_it_brought(operator):
    coupon, customer = make_coupon(name="Five off"), make_customer()
    piece = give(coupon, customer)
    redeeming.redeem([piece.code], basket(customer), source="till", reference="R-1")

    page = operator.get(COUPONS).content.decode()

    assert "1 → 1 → 0" in page
    assert "100.0 %" in page
    assert "45K" in page
    assert "9.0" in page


@pytest.mark.parametrize(
    ("tab", "names"),
    [
        ("", ["runs", "draft", "stopped", "over", "old"]),
        ("running", ["runs"]),
        ("drafts", ["draft"]),
        ("stopped", ["stopped"]),
        ("over", ["over"]),
        ("imported", ["old"]),
    ],
)
def test_tabs_part_the_coupons_by_where_they_stand(operator, tab, names):
    make_coupon(name="runs")
    make_coupon(name="draft", status="draft")
    make_coupon(name="stopped", status="stopped")
    make_coupon(name="over", valid_until=date(2020, 1, 1))
    make_coupon(name="old", source="shop", status="draft")

    listed = operator.get(COUPONS, {"tab": tab} if tab else {}).context["cl"].result_list

    assert {coupon.name for coupon in listed} == set(names)


def test_a_coupon_is_said_as_it_is_typed_and_nothing_is_stored(operator):
    page = operator.post(f"{COUPONS}preview/", TYPED).content.decode()

    assert "10 % off, at most ₩5,000, on any purchase, until 2099-12-31 (Thu)" in page
    assert "Welcome back" in page
    assert not Coupon.objects.exists()


def test_what_is_wrong_as_it_is_typed_is_said_at_its_field(operator):
    page = operator.post(f"{COUPONS}preview/", TYPED | {"percent": "0", "products": "none"}).content.decode()

    assert 'data-field="percent">Give a percent from 1 to 100.' in page
    assert 'data-field="products">Not known: none' in page


def test_a_coupon_is_written_saved_started_and_stopped(operator):
    made = operator.post(f"{COUPONS}add/", TYPED)
    coupon = Coupon.objects.get()
    states = [coupon.status]
    for act in ("start", "stop"):
        operator.post(f"{COUPONS}{coupon.pk}/{act}/")
        coupon.refresh_from_db()
        states.append(coupon.status)

    assert (made.status_code, made["Location"]) == (302, f"{COUPONS}{coupon.pk}/change/")
    assert (coupon.percent, coupon.most_off, coupon.made_by.username) == (10, 5_000, "operator")
    assert states == ["draft", "running", "stopped"]


def test_saving_and_starting_are_one_button(operator):
    operator.post(f"{COUPONS}add/", TYPED | {"_start": "1"})

    assert Coupon.objects.get().status == "running"


def test_a_form_that_is_refused_keeps_what_was_typed(operator):
    answer = operator.post(f"{COUPONS}add/", TYPED | {"valid_until": ""})

    assert "a promise needs an end" in answer.content.decode()
    assert "Welcome back" in answer.content.decode()
    assert not Coupon.objects.exists()


def test_of_a_running_coupon_only_what_may_change_changes(operator):
    coupon = make_coupon(name="Five off")

    operator.post(f"{COUPONS}{coupon.pk}/edit/", TYPED | {"kind": "percent", "total_limit": "10"})

    coupon.refresh_from_db()
    assert (coupon.name, coupon.total_limit, coupon.valid_until) == ("Welcome back", 10, date(2099, 12, 31))
    assert (coupon.kind, coupon.amount, coupon.percent) == ("amount", 5_000, 0)


def test_a_last_day_that_comes_sooner_is_refused_in_words(operator):
    coupon = make_coupon(valid_until=date(2099, 12, 31))

    answer = operator.post(f"{COUPONS}{coupon.pk}/edit/", TYPED | {"valid_until": "2099-12-30"})

    assert "Customers were promised a later last day" in answer.content.decode()
    coupon.refresh_from_db()
    assert coupon.valid_until == date(2099, 12, 31)


@pytest.mark.parametrize(("of", "words", "found"), [("products", "mil", "M-1"), ("categories", "dai", "dairy")])
def test_products_and_categories_are_found_as_one_types(operator, of, words, found):
    make_product(sku="M-1", name="Milk", category="dairy")

    choices = operator.get(f"{COUPONS}choices/", {"of": of, "q": words}).json()["choices"]

    assert [value for value, _label in choices] == [found]


def test_an_issue_is_previewed_and_then_made(operator):
    coupon, holder = make_coupon(), make_customer()
    make_customer()
    segment = make_segment()
    refresh_segment(segment.pk)
    give(coupon, holder)

    page = operator.get(f"{COUPONS}{coupon.pk}/issue/", {"segment": segment.pk}).content.decode()
    operator.post(f"{COUPONS}{coupon.pk}/issue/", {"segment": segment.pk, "note": "spring"})

    issue = CouponIssue.objects.get(origin="segment")
    assert "Issue to 1 customer" in page
    assert (issue.status, issue.note, issue.segment) == ("running", "spring", segment)
    issue_runs.carry_on(issue.pk)
    assert IssuedCoupon.objects.count() == 2


def test_codes_are_made_and_one_that_somebody_brings_is_looked_up(operator):
    coupon = make_coupon()

    operator.post(f"{COUPONS}{coupon.pk}/codes/", {"count": "3", "note": "leaflets"})
    issue_runs.carry_on(CouponIssue.objects.get().pk)
    code = IssuedCoupon.objects.earliest("pk").code
    redeeming.redeem([code], basket(), source="till", reference="R-1", receipt="1001")
    asked = operator.get(f"{COUPONS}{coupon.pk}/codes/", {"code": code.lower()}).content.decode()
    unknown = operator.get(f"{COUPONS}{coupon.pk}/codes/", {"code": "XXXX"}).content.decode()

    assert "receipt 1001" in asked
    assert "There is no coupon with this code" in unknown


def test_codes_are_downloaded_by_those_who_may_and_it_is_written_down(operator, client):
    coupon = make_coupon()
    issue = issue_runs.begin_codes(coupon, 3, by=None)
    issue_runs.carry_on(issue.pk)
    address = f"{COUPONS}{coupon.pk}/download/"

    refused = operator.post(address, {"issue": issue.pk}).status_code
    client.force_login(make_user("keeper", "loyalty.download_codes"))
    lines = b"".join(client.post(address, {"issue": issue.pk})).decode("utf-8-sig").splitlines()

    assert refused == 403
    assert lines[0] == "code,status,expires_at"
    assert [line.split(",")[0] for line in lines[1:]] == list(
        IssuedCoupon.objects.order_by("pk").values_list("code", flat=True)
    )
    written = AccessLogEntry.objects.get()
    assert (written.action, written.row_count, written.user.username) == ("export", 3, "keeper")


def test_the_codes_of_another_coupon_are_not_handed_out(client):
    issue = issue_runs.begin_codes(make_coupon(), 3, by=None)
    client.force_login(make_user("keeper", "loyalty.download_codes"))

    assert client.post(f"{COUPONS}{make_coupon().pk}/download/", {"issue": issue.pk}).status_code == 404
    assert not AccessLogEntry.objects.exists()


def test_a_coupon_of_another_system_is_looked_at_and_never_changed(operator):
    old = make_coupon(source="shop")
    CouponRedemption.objects.create(
        external_id="1", coupon=old, customer=make_customer(), redeemed_at="2026-11-20T03:00:00Z"
    )

    page = operator.get(f"{COUPONS}{old.pk}/change/")
    acts = [operator.post(f"{COUPONS}{old.pk}/{act}/", TYPED).status_code for act in ("change", "edit", "stop")]

    assert "The record of another system" in page.content.decode()
    assert acts == [403, 404, 302]
    assert Coupon.objects.get().name == "5천원 할인"


def test_copying_begins_a_new_coupon_with_the_same_terms(operator):
    coupon = make_coupon(name="Five off")

    page = operator.get(f"{COUPONS}add/", {"from": coupon.pk}).content.decode()

    assert "Five off (copy)" in page
    assert Coupon.objects.count() == 1
