"""What a notice must say and may not say (L-12, L-13)."""

import pytest
from django.contrib.auth.models import User

from campaigns.models import Campaign
from campaigns.notices import checks, drafts
from loyalty.models import Coupon
from tests.factories import make_account

pytestmark = pytest.mark.django_db


@pytest.fixture
def notices(author: User) -> dict[str, Campaign]:
    make_account()
    return {campaign.duty: campaign for campaign in drafts.make_drafts(author)}


@pytest.mark.parametrize(
    ("kind", "replaced", "by"),
    [
        pytest.param("result_notice", "{{ notice.said }}", "", id="L-12 without the fact"),
        pytest.param("result_notice", "{{ notice.said_on }}", "", id="L-12 without the day"),
        pytest.param("result_notice", "{{ notice.result }}", "", id="L-12 without the result"),
        pytest.param("reconfirmation", "{{ notice.keep }}", "", id="L-13 without how to keep or withdraw"),
        pytest.param("reconfirmation", "{{ shop_name }}", "저희", id="L-13 without the sender's name"),
        pytest.param("reconfirmation", "안녕하세요", "할인 쿠폰을 드려요", id="L-13 with promotion"),
        pytest.param("reconfirmation", "안녕하세요", "{{ coupon.name }}", id="L-13 with a coupon token"),
        pytest.param(
            "result_notice", "안녕하세요", '<a href="https://shop.example/new">신상품</a>', id="L-13 with a link"
        ),
    ],
)
def test_a_notice_with_less_or_more_than_the_notice_is_refused(
    notices: dict[str, Campaign], kind: str, replaced: str, by: str
) -> None:
    campaign = notices[kind]
    variant = campaign.steps.get().variants.get()
    assert checks.problems(campaign) == []

    variant.html, variant.subject = variant.html.replace(replaced, by), variant.subject.replace(replaced, by)
    variant.save()

    assert len(checks.problems(campaign)) == 1


def test_a_notice_carries_no_coupon(notices: dict[str, Campaign]) -> None:
    notices["result_notice"].coupons.add(Coupon.objects.create(name="5천원", external_id="K1"))

    assert len(checks.problems(notices["result_notice"])) == 1


def test_other_campaigns_are_not_asked(notices: dict[str, Campaign]) -> None:
    Campaign.objects.update(duty="")

    assert checks.problems(Campaign.objects.all()[0]) == []
