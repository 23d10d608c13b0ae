"""An offer on its way through the editor, the checks, the review and the report."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from campaigns import fingerprint, lifecycle
from campaigns.models import Campaign, Step
from campaigns.review import change_words
from loyalty.models import Coupon
from tests.factories import make_coupon, make_draft, make_reachable_customer, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]


@pytest.fixture
def page(client: Client, author: User) -> Client:
    client.force_login(make_user("writer", "campaigns.change_campaign", "campaigns.view_campaign"))
    return client


def typed(campaign: Campaign, **given: object) -> dict[str, object]:
    """The editor as a browser sends it."""
    step = campaign.steps.get()
    variant = step.variants.get()
    words = {f"c0_A_all-{name}": getattr(variant, name) for name in ("subject", "preheader", "html", "text")}
    own = {"name": campaign.name, "purpose": "ad", "segment": campaign.segment_id, "holdout_percent": 0}
    limits = {"latest_start_hours": 6, "attribution_days": 5}
    return own | limits | {"way": step.account_id, "arm": "A", "weight": 1} | words | given


def test_an_offer_is_chosen_in_the_editor_and_stays(page: Client) -> None:
    campaign, coupon = make_draft(), make_coupon(name="겨울 5천원")
    url = f"/admin/campaigns/campaign/{campaign.pk}/change/"

    answer = page.post(url, typed(campaign, given_coupon=coupon.pk, given_points=300, _save=""))

    step = Step.objects.get(campaign=campaign)
    assert answer.status_code == 302
    assert (step.coupon, step.points) == (coupon, 300)
    form = page.get(url).context["form"]
    assert (form.initial["given_coupon"], form.initial["given_points"]) == (coupon.pk, 300)


def test_only_running_coupons_of_ours_can_be_given(page: Client) -> None:
    campaign = make_draft()
    own = make_coupon()
    (
        make_coupon(status="stopped"),
        make_coupon(source="before"),
        make_coupon(valid_until=timezone.localdate() - timedelta(days=1)),
    )

    form = page.get(f"/admin/campaigns/campaign/{campaign.pk}/change/").context["form"]

    assert list(form.fields["given_coupon"].queryset) == [own]


@pytest.mark.parametrize(
    ("coupon", "is_ready"),
    [({}, True), ({"status": "stopped"}, False), ({"valid_until": timezone.localdate() - timedelta(days=1)}, False)],
)
def test_a_coupon_that_cannot_be_given_keeps_the_campaign_from_review(coupon: dict, is_ready: bool) -> None:
    campaign = make_draft()
    campaign.steps.update(coupon=make_coupon(**coupon))

    assert (not lifecycle.what_is_missing(campaign)) is is_ready


@pytest.mark.parametrize("change", ["coupon", "points"])
def test_another_offer_voids_the_approval(approved: Callable[[Campaign], Campaign], change: str) -> None:
    make_reachable_customer()
    campaign = make_draft()
    campaign.steps.update(coupon=make_coupon(), points=100)
    approved(campaign)

    campaign.steps.update(**{change: make_coupon() if change == "coupon" else 200})

    assert fingerprint.valid_approval(campaign) is None


def test_a_given_coupon_that_is_renamed_voids_the_approval_and_its_changed_words_are_shown(
    approved: Callable[[Campaign], Campaign],
) -> None:
    make_reachable_customer()
    campaign, coupon = make_draft(), make_coupon(name="겨울 5천원")
    campaign.steps.update(coupon=coupon)
    approved(campaign)

    Coupon.objects.update(name="겨울 9천원")

    [change] = change_words.shown_changes(campaign.approvals.first())
    assert fingerprint.valid_approval(campaign) is None
    assert (change.before, change.after) == ("겨울 5천원", "겨울 9천원")


def test_the_review_says_what_each_gets_and_what_it_costs_at_most(page: Client) -> None:
    make_reachable_customer(), make_reachable_customer()
    campaign = make_draft()
    campaign.steps.update(coupon=make_coupon(name="겨울 5천원", amount=5_000), points=300)

    text = page.get(f"/admin/campaigns/campaign/{campaign.pk}/review/").content.decode()

    assert "겨울 5천원" in text
    assert "300 points" in text
