"""The shop's site asks for a customer's link: asking makes none, and tells how many friends came."""

import pytest
from django.test import Client

from crm_project import api_keys
from loyalty.coupons.codes import shown
from loyalty.models import ReferralCode, ReferralTerms
from loyalty.referrals import codes
from loyalty.referrals.terms import terms_in_force
from tests.factories import begin_referrals, make_customer, make_user
from tests.loyalty.referrals.friends import invite

pytestmark = pytest.mark.django_db


@pytest.fixture
def key() -> dict[str, str]:
    _key, text = api_keys.make(name="web shop", user=make_user("web-shop", "loyalty.view_referralcode"))
    return {"headers": {"Authorization": f"Bearer {text}"}}


def ask(client: Client, number: str, key: dict) -> tuple[int, dict]:
    answer = client.get(f"/api/v1/referral-link/?customer_id={number}", **key)
    return answer.status_code, answer.json()


def test_the_link_and_the_friends_who_came_are_told(client: Client, key: dict) -> None:
    begin_referrals()
    referrer = make_customer()
    invite(referrer, "F-1")
    code = codes.code_of(referrer.pk)

    status, told = ask(client, referrer.external_id, key)

    link = {"code": shown(code), "link": codes.url_of(code)}
    assert (status, told) == (200, link | {"waiting": 1, "rewarded": 0})


def test_asking_makes_no_code_and_tells_none_while_referrals_do_not_count(client: Client, key: dict) -> None:
    begin_referrals()
    customer, other = make_customer(), make_customer()
    codes.code_of(other.pk)

    unmade = ask(client, customer.external_id, key)
    ReferralTerms.objects.update(begins_on=None)
    off = ask(client, other.external_id, key)

    nothing = {"code": "", "link": "", "waiting": 0, "rewarded": 0}
    assert unmade == off == (200, nothing)
    assert ReferralCode.objects.count() == 1
    assert terms_in_force() is None


def test_an_unknown_number_is_not_found(client: Client, key: dict) -> None:
    assert ask(client, "nobody", key)[0] == 404
