"""Whom a KakaoTalk channel may write to (K-07, K-08)."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from campaigns.kakao import profiles
from campaigns.models import KakaoProfile, Message
from tests.factories import make_account, make_customer, make_kakao_profile, make_message, make_running_campaign

pytestmark = pytest.mark.django_db
ELIGIBLE: dict[str, Any] = {
    "is_business_channel": True,
    "business_number": "1208800767",
    "centre_phone": "02-000-0000",
    "friends": 50_000,
    "consent_evidence_on": date(2026, 9, 1),
    "opt_out_number": "080-123-4567",
}


def sent_alimtalk(profile: KakaoProfile, **given: object) -> Message:
    account = make_account(channel="alimtalk", kakao_profile=profile)
    terms = {"account": account, "sent_at": timezone.now() - timedelta(days=89), "is_sandbox": False}
    return make_message(make_running_campaign(), make_customer(), **terms | given)


def test_a_channel_with_all_of_it_may_write_beyond_its_friends() -> None:
    profile = make_kakao_profile(**ELIGIBLE)
    sent_alimtalk(profile)

    assert profiles.may_write_beyond_friends(profile) is True


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("friends", 49_999),
        ("is_business_channel", False),
        ("business_number", ""),
        ("centre_phone", ""),
        ("consent_evidence_on", None),
        ("opt_out_number", ""),
    ],
)
def test_whatever_is_lacking_closes_it(name: str, value: object) -> None:
    profile = make_kakao_profile(**ELIGIBLE | {name: value})
    sent_alimtalk(profile)

    assert profiles.may_write_beyond_friends(profile) is False


@pytest.mark.parametrize(("days", "given"), [(91, {}), (89, {"is_sandbox": True}), (89, {"status": "failed"})])
def test_only_an_alimtalk_that_truly_left_within_three_months_counts(days: int, given: dict[str, object]) -> None:
    profile = make_kakao_profile(**ELIGIBLE)
    sent_alimtalk(profile, sent_at=timezone.now() - timedelta(days=days), **given)

    assert profiles.sent_alimtalk_lately(profile) is False


@pytest.mark.parametrize(("gateway", "known"), [("solapi", "IMN"), ("sandbox", "IMNO")])
def test_gateways_know_different_targetings(gateway: str, known: str) -> None:
    assert "".join(profiles.targetings_of(gateway)) == known
