"""What content says of coupons, points, tiers and invitations, and what a missing value does."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from campaigns.errors import ContentRefused
from campaigns.models import Campaign, Variant
from campaigns.pipeline import content
from customers.models import Customer
from loyalty import ledger
from loyalty.coupons import issuing
from loyalty.ledger import LotTerms, Receipt
from loyalty.referrals import codes
from loyalty.tiers.credits import credit_every_order
from tests.factories import begin_referrals, make_coupon, make_customer, make_draft, make_ladder, make_order

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


def variant_of(campaign: Campaign) -> Variant:
    return Variant.objects.select_related("step__campaign", "step__account").get(step__campaign=campaign)


def read(html: str, customer: object, **given: object) -> str:
    campaign = make_draft(content={"html": f"<p>{html}</p>"})
    campaign.steps.update(**given)
    return content.render(variant_of(campaign), customer).html


def test_points_tell_what_is_usable_and_what_dies_next() -> None:
    customer = make_customer()
    account = ledger.account_of(customer.pk)
    for number, days in enumerate((40, 10, 10), start=1):
        terms = LotTerms(NOW, datetime(2026, 11, 21, 15, tzinfo=UTC) + timedelta(days=days))
        ledger.earn(account.pk, 100 * number, receipt=Receipt("till", str(number)), occurred_at=NOW, terms=terms)

    told = read("{{ points.available }} {{ points.expiring }} {{ points.expiring_on }}", customer)

    assert "<p>600 500 2026-12-01</p>" in told


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("{{ points.available }}", "0"),
        ("{{ points.expiring | default: '없음' }}", "없음"),
        ("{% if points.expiring %}곧 소멸{% else %}여유{% endif %}", "여유"),
        ("{{ tier.name | default: '회원' }}", "회원"),
        ("{{ coupon.code | default: '-' }}", "-"),
        ("{{ referral.link | default: '-' }}", "-"),
    ],
)
def test_a_missing_value_falls_back(html: str, shown: str) -> None:
    assert f"<p>{shown}</p>" in read(html, make_customer())


@pytest.mark.parametrize("field", ["points.expiring", "tier.name", "coupon.code", "referral.link", "points.given"])
def test_without_a_fallback_the_message_is_not_made(field: str) -> None:
    with pytest.raises(ContentRefused) as refusal:
        read(f"{{{{ {field} }}}}", make_customer())

    assert refusal.value.reason == "VAR_MISSING"


def test_a_preview_shows_the_coupon_as_it_would_be_but_not_to_who_may_have_no_more() -> None:
    coupon, has = make_coupon(days_valid=7, valid_until=None), make_customer()
    issuing.issue(coupon, issuing.only(has.pk), origin="customer", reference="1", at=NOW)
    html = "{{ coupon.code }} {{ coupon.valid_until }}"

    assert "0000-0000-0000 2026-11-29" in read(html, make_customer(), coupon=coupon)
    with pytest.raises(ContentRefused):
        read(html, has, coupon=coupon)


def test_the_tier_and_what_is_missing_to_the_next_one_are_told_in_korean() -> None:
    make_ladder()
    customer = make_customer()
    make_order(customer, placed_at=NOW - timedelta(days=3), paid=130_000)
    credit_every_order()

    assert "Silver 170,000원 Gold" in read("{{ tier.name }} {{ tier.missing }} {{ tier.next }}", customer)


def test_the_link_to_pass_on_is_told_while_referrals_count() -> None:
    begin_referrals()
    customer = make_customer()
    code = codes.code_of(customer.pk)

    assert codes.url_of(code) in read("{{ referral.link }}", customer)


def test_each_field_costs_few_queries_whatever_the_number_of_people(django_assert_max_num_queries: object) -> None:
    make_ladder()
    begin_referrals()
    html = "{{ coupon.code }}{{ points.available }}{{ tier.name }}{{ referral.link | default: '-' }}"
    campaign = make_draft(content={"html": html})
    campaign.steps.update(coupon=make_coupon())
    variant = variant_of(campaign)
    for _number in range(20):
        make_customer()
    people = list(Customer.objects.select_related("stats", "home_store"))

    with django_assert_max_num_queries(16):
        recipients = content.recipients_of(people, variant)

    assert all(set(each.looked_up) >= {"coupon", "points", "tier"} for each in recipients)
