"""What the account that a message leaves over must have (L-14, L-21, G-05, P-09, P-10)."""

from datetime import date

import pytest

from campaigns import compliance
from campaigns.models import ChannelAccount

TODAY = date(2026, 11, 21)
COMPLETE = {
    "channel": "sms",
    "gateway": "solapi",
    "is_live": True,
    "sender_address": "02-1234-5678",
    "opt_out_number": "080-123-4567",
    "caller_registered_until": date(2027, 11, 20),
    "certificate_number": "2026-A-17",
    "certificate_until": date(2027, 5, 1),
    "contract_on": date(2026, 1, 2),
}


@pytest.fixture(autouse=True)
def _live(settings) -> None:
    settings.MESSAGING_LIVE = True


@pytest.mark.parametrize(
    ("given", "ad", "info"),
    [
        pytest.param({}, None, None, id="complete"),
        pytest.param(
            {"certificate_until": date(2026, 11, 20)}, "PROVIDER_NOT_CERTIFIED", None, id="L-14 expired yesterday"
        ),
        pytest.param({"certificate_until": TODAY}, None, None, id="L-14 its last day counts"),
        pytest.param({"certificate_number": ""}, "PROVIDER_NOT_CERTIFIED", None, id="L-14 no number"),
        pytest.param({"certificate_until": None}, "PROVIDER_NOT_CERTIFIED", None, id="L-14 no last day"),
        pytest.param({"opt_out_number": ""}, "NO_080", None, id="L-21 no free number"),
        pytest.param(
            {"caller_registered_until": None}, "CALLER_UNREGISTERED", "CALLER_UNREGISTERED", id="G-05 not registered"
        ),
        pytest.param(
            {"caller_registered_until": date(2026, 11, 20)},
            "CALLER_UNREGISTERED",
            "CALLER_UNREGISTERED",
            id="G-05 over",
        ),
        pytest.param({"is_live": False, "certificate_until": None}, None, None, id="L-14 the sandbox passes"),
        pytest.param({"is_live": False, "caller_registered_until": None}, None, None, id="G-05 the sandbox passes"),
        pytest.param({"is_live": False, "opt_out_number": ""}, "NO_080", None, id="L-21 the text would lack it anyway"),
        pytest.param({"channel": "email", "opt_out_number": "", "certificate_until": None}, None, None, id="e-mail"),
    ],
)
def test_who_may_send_what(given: dict[str, object], ad: str | None, info: str | None) -> None:
    account = ChannelAccount(**COMPLETE | given)

    assert compliance.sender_reason(account, is_advertising=True, on=TODAY) == ad
    assert compliance.sender_reason(account, is_advertising=False, on=TODAY) == info


def test_a_shop_elsewhere_needs_none_of_it(settings) -> None:
    settings.COUNTRY_RULES = "none"
    bare = ChannelAccount(channel="sms", gateway="sandbox", is_live=True, sender_address="1")

    assert compliance.sender_reason(bare, is_advertising=True, on=TODAY) is None


def test_what_ends_soon_and_what_the_law_on_data_wants_is_advice() -> None:
    soon = ChannelAccount(**COMPLETE | {"certificate_until": date(2026, 12, 1), "country": "US", "contract_on": None})

    checks = compliance.sender_checks(soon, is_advertising=True, on=TODAY)

    assert [check.tone for check in checks] == ["good", "good", "wait", "wait", "wait"]
    assert "P-09" in str(checks[3].detail)
    assert "P-10" in str(checks[4].detail)
