"""Advertising or information: the basis, and words that sound like advertising (L-30, L-31, L-32)."""

import pytest
from django.contrib.auth.models import User

from campaigns import lifecycle
from campaigns.compliance import information
from campaigns.errors import NotReady
from campaigns.models import Acknowledgement, Campaign
from tests.factories import make_draft

pytestmark = pytest.mark.django_db
PLAIN = {"subject": "주문 안내", "html": "<p>주문이 접수되었습니다</p>"}
MIXED = {"subject": "주문 안내", "html": "<p>주문이 접수되었습니다. 다음 구매 10% 할인 쿠폰</p>"}


def informing(content: dict[str, str], **given: object) -> Campaign:
    return make_draft(content=content, **{"purpose": "info", "information_basis": "order"} | given)


@pytest.mark.parametrize(
    ("given", "content", "found"),
    [
        pytest.param({}, PLAIN, 0, id="L-32 the fact alone passes"),
        pytest.param({}, MIXED, 1, id="L-32 one promotional element"),
        pytest.param({"information_basis": ""}, PLAIN, 1, id="L-31 no basis"),
        pytest.param({"information_basis": "because"}, PLAIN, 1, id="L-31 a basis of one's own"),
        pytest.param({"purpose": "", "information_basis": ""}, PLAIN, 1, id="L-31 nothing chosen"),
        pytest.param({"purpose": "ad", "information_basis": ""}, MIXED, 0, id="advertising may advertise"),
    ],
)
def test_what_a_campaign_must_say_about_itself(given: dict[str, str], content: dict[str, str], found: int) -> None:
    assert len(information.problems(informing(content, **given))) == found


def test_promotion_in_information_stops_the_review_until_somebody_vouches_for_it(author: User) -> None:
    campaign = informing(MIXED)
    with pytest.raises(NotReady, match="쿠폰"):
        lifecycle.submit_for_review(campaign, by=author)

    vouched = information.acknowledge(campaign, reason="이미 지급한 쿠폰의 사용 내역입니다", by=author)

    assert (vouched.words, vouched.acknowledged_by) == (["쿠폰", "할인"], author)
    lifecycle.submit_for_review(campaign, by=author)
    assert campaign.status == Campaign.Status.IN_REVIEW


def test_a_new_word_needs_a_new_reason(author: User) -> None:
    campaign = informing(MIXED)
    information.acknowledge(campaign, reason="지급 내역", by=author)
    variant = campaign.steps.get().variants.get()

    variant.html += "<p>오늘만</p>"
    variant.save()

    assert information.unacknowledged(campaign) == ["오늘만"]


@pytest.mark.parametrize(("content", "reason"), [(MIXED, "  "), (PLAIN, "아무 말도 없지만")])
def test_a_reason_is_needed_and_so_is_a_word(content: dict[str, str], reason: str, author: User) -> None:
    with pytest.raises(NotReady):
        information.acknowledge(informing(content), reason=reason, by=author)

    assert not Acknowledgement.objects.exists()
