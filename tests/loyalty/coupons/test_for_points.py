"""A coupon had for points: both or neither."""

from datetime import timedelta

import pytest
from django.utils import timezone

from loyalty import ledger
from loyalty.coupons import for_points
from loyalty.errors import CouponRefused, LedgerRefused
from loyalty.models import Account, IssuedCoupon
from tests.factories import make_coupon, make_customer

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> Account:
    """A customer with 5,000 points."""
    now = timezone.now()
    account = ledger.account_of(make_customer().pk)
    terms = ledger.LotTerms(activates_at=now - timedelta(days=2), expires_at=now + timedelta(days=300))
    receipt = ledger.Receipt("test", "E-1")
    ledger.earn(account.pk, 5_000, receipt=receipt, occurred_at=now - timedelta(days=1), terms=terms)
    return account


def buy(account: Account, reference: str = "P-1", **terms: object) -> IssuedCoupon:
    coupon = terms.pop("coupon", None) or make_coupon(**{"points_price": 3_000} | terms)
    return for_points.buy(coupon, account.customer_id, source="app", reference=reference)


def balance(account: Account) -> int:
    account.refresh_from_db()
    return account.available


def test_the_points_go_and_the_coupon_comes(account):
    piece = buy(account)

    assert (piece.customer_id, piece.status, balance(account)) == (account.customer_id, "held", 2_000)


def test_sent_again_it_is_the_same_coupon_and_no_more_points(account):
    coupon = make_coupon(points_price=1_000, per_customer_limit=None)

    first, again = buy(account, coupon=coupon), buy(account, coupon=coupon)
    other = buy(account, "P-2", coupon=coupon)

    assert first == again != other
    assert balance(account) == 3_000


@pytest.mark.parametrize(
    ("terms", "error"),
    [
        ({"points_price": 5_001}, LedgerRefused),
        ({"points_price": None}, CouponRefused),
        ({"status": "stopped"}, CouponRefused),
    ],
)
def test_refused_it_leaves_the_points_where_they_were(account, terms, error):
    with pytest.raises(error):
        buy(account, **terms)

    assert (balance(account), IssuedCoupon.objects.count()) == (5_000, 0)


def test_who_holds_as_many_as_one_may_have_keeps_the_points(account):
    coupon = make_coupon(points_price=1_000, per_customer_limit=1)
    buy(account, coupon=coupon)

    with pytest.raises(CouponRefused) as refusal:
        buy(account, "P-2", coupon=coupon)

    assert (refusal.value.code, balance(account), IssuedCoupon.objects.count()) == ("CUSTOMER_LIMIT", 4_000, 1)
