"""The public page of an invitation: the same for every code, small, without script, and it leads to the shop."""

import pytest
from django.test import Client

from loyalty.referrals import codes, landing
from tests.factories import begin_referrals, make_coupon, make_customer

pytestmark = pytest.mark.django_db


def test_an_invitation_leads_to_the_shop_with_the_code_in_the_address(client: Client) -> None:
    begin_referrals(friend_gets="coupon", friend_coupon=make_coupon(name="첫 구매 5천원"))
    code = codes.code_of(make_customer().pk)

    page = client.get(f"/r/{code}")

    text = page.content.decode()
    assert page.status_code == 200
    assert f"https://shop.example/join?from=friend&amp;referral_code={code}" in text
    assert "첫 구매 5천원" in text
    assert "<script" not in text
    assert len(page.content) < 20_000
    assert page["Referrer-Policy"] == "no-referrer"


def test_a_code_that_nobody_has_gets_the_same_page(client: Client) -> None:
    begin_referrals()
    code, unknown = codes.code_of(make_customer().pk), "0" * 12

    known, guessed = client.get(f"/r/{code}"), client.get(f"/r/{unknown}")

    shown = [page.content.decode().replace(each, "").replace(landing.codes.shown(each), "")
             for page, each in ((known, code), (guessed, unknown))]  # fmt: skip
    assert shown[0] == shown[1]
    assert (known.status_code, known.headers) == (guessed.status_code, guessed.headers)


def test_nobody_tries_many_codes(client: Client) -> None:
    begin_referrals()

    answers = [client.get(f"/r/{number:012d}").status_code for number in range(landing.VISITS_A_MINUTE + 1)]

    assert answers.count(429) == 1


def test_without_terms_in_force_there_is_no_invitation(client: Client) -> None:
    assert client.get("/r/0123456789AB").status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_the_page_only_shows(client: Client, method: str) -> None:
    assert getattr(client, method)("/r/0123456789AB").status_code == 405
