"""Referrals in the admin: the list with its funnel and reasons, the terms, the card of a customer."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from loyalty.models import EarningRule, Referral, ReferralTerms
from loyalty.referrals import codes
from loyalty.referrals.figures import funnel
from tests.factories import begin_referrals, make_customer, make_user
from tests.loyalty.referrals.friends import days_later, invite, order

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]


def test_the_list_says_what_became_of_each_friend(client: Client) -> None:
    begin_referrals()
    referrer = make_customer(name="김단골", joined_at=timezone.now() - timedelta(days=400))
    rewarded, refused = invite(referrer, "F-1"), invite(referrer, referrer.external_id)
    invite(referrer, "F-3")
    order(rewarded.friend)
    days_later(14)
    client.force_login(make_user("operator", "loyalty.view_referral"))

    page = client.get("/admin/loyalty/referral/").content.decode()

    assert "it is their own code" in page
    assert "for the first order" in page
    assert "1,000 P" in page
    assert (refused.status, Referral.objects.filter(status="rewarded").count()) == ("refused", 1)
    found = funnel()
    assert (found.came, found.let_through, found.bought, found.rewarded, found.refused) == (3, 2, 1, 1, 1)


def test_terms_promise_only_what_can_be_given(client: Client) -> None:
    begin_referrals()
    EarningRule.objects.filter(kind="referral").update(is_active=False)
    client.force_login(make_user("operator", "loyalty.change_referralterms", "loyalty.view_referralterms"))
    terms = ReferralTerms.objects.get()
    numbers = ("minimum_won", "days_to_buy", "return_days", "take_back_days", "new_within_days", "most_a_month")
    typed = {name: getattr(terms, name) for name in (*numbers, "most_a_device", "parameter")}
    typed |= {"begins_on": "2026-11-01", "referrer_gets": "points", "friend_gets": "coupon", "shop_url": ""}

    page = client.post(f"/admin/loyalty/referralterms/{terms.pk}/change/", typed)

    assert set(page.context["adminform"].form.errors) == {"referrer_gets", "friend_coupon", "shop_url"}


def test_who_may_only_look_reads_the_terms(client: Client) -> None:
    terms = begin_referrals()
    client.force_login(make_user("analyst", "loyalty.view_referralterms"))

    assert client.get(f"/admin/loyalty/referralterms/{terms.pk}/change/").status_code == 200


def test_a_customers_card_shows_the_link_and_whom_they_brought(client: Client) -> None:
    begin_referrals()
    referrer = make_customer(joined_at=timezone.now() - timedelta(days=400))
    friend = invite(referrer, "F-1").friend
    client.force_login(make_user("operator", "loyalty.view_referral", "customers.view_customer"))

    of_referrer = client.get(f"/admin/customers/customer/{referrer.pk}/change/").content.decode()
    of_friend = client.get(f"/admin/customers/customer/{friend.pk}/change/").content.decode()

    assert codes.url_of(codes.code_of(referrer.pk)) in of_referrer
    assert "1 friend came" in of_referrer
    assert referrer.external_id in of_friend
