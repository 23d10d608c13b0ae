"""The demo's KakaoTalk channel: made once, and what it calls approved could be approved."""

import pytest

from campaigns.kakao import template_checks
from campaigns.models import ChannelAccount, KakaoProfile, KakaoTemplate
from crm_project.demo import kakao

pytestmark = pytest.mark.django_db


def test_a_second_start_changes_nothing() -> None:
    kakao.set_up()
    KakaoTemplate.objects.filter(name="배송 출발").delete()

    kakao.set_up()

    assert (KakaoProfile.objects.count(), KakaoTemplate.objects.count()) == (1, len(kakao.TEMPLATES) - 1)
    assert {account.gateway for account in ChannelAccount.objects.all()} == {"sandbox"}


def test_kakao_would_send_back_none_but_the_rejected_one() -> None:
    kakao.set_up()

    templates = KakaoTemplate.objects.select_related("profile")
    refused = [template.name for template in templates if template_checks.problems_of(template)]

    assert refused == ["포인트 소멸 예정"]
