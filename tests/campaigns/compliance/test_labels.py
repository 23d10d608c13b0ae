"""What opens and closes an advertisement, per channel (L-20 … L-28)."""

import pytest

from campaigns import compliance
from campaigns.compliance.labels import digits
from campaigns.models import Campaign, ChannelAccount

TEXT = {
    "channel": "sms",
    "sender_name": "한올",
    "sender_address": "02-1234-5678",
    "contact_phone": "02-1234-5678",
    "opt_out_number": "080-123-4567",
}
AD, INFO = Campaign(purpose="ad"), Campaign(purpose="info")


@pytest.mark.parametrize(
    ("given", "frame"),
    [
        pytest.param({}, ("(광고)[한올]\n", "\n무료거부0801234567"), id="L-21 label, name, free opt-out"),
        pytest.param(
            {"contact_phone": "1588-0000"},
            ("(광고)[한올]\n", "\n1588-0000\n무료거부0801234567"),
            id="L-21 the contact, where it is not the caller",
        ),
        pytest.param(
            {"contact_phone": "+82 2-1234-5678"}, ("(광고)[한올]\n", "\n무료거부0801234567"), id="L-21 same number"
        ),
        pytest.param({"channel": "push"}, ("(광고)[한올] ", "\n수신거부: 설정 > 알림"), id="L-23 push"),
        pytest.param({"channel": "web_push"}, ("(광고)[한올] ", "\n수신거부: 설정 > 알림"), id="L-23 web push"),
        pytest.param(
            {"channel": "push", "settings": {"opt_out_path": "마이 > 알림"}},
            ("(광고)[한올] ", "\n수신거부: 마이 > 알림"),
            id="L-23 where the app has it",
        ),
        pytest.param({"channel": "brand_message"}, ("", ""), id="L-24 Kakao draws it"),
        pytest.param({"channel": "in_app"}, ("", ""), id="L-26 a display"),
    ],
)
def test_the_frame_of_an_advertisement(given: dict[str, object], frame: tuple[str, str]) -> None:
    account = ChannelAccount(**TEXT | given)

    assert compliance.text_frame(account, AD) == frame
    assert compliance.text_frame(account, INFO) == ("", "")


def test_l_27_the_frame_leaves_58_bytes_of_a_short_message() -> None:
    head, tail = compliance.text_frame(ChannelAccount(**TEXT), AD)
    body = "홍길동님, 오늘만 10% 쿠폰!\nhttps://h.kr/a1B2c3"

    assert 90 - len(f"{head}{tail}".encode("cp949")) == 58
    assert len(f"{head}{body}{tail}".encode("cp949")) == 78


def test_what_is_not_declared_information_is_labelled() -> None:
    assert compliance.needs_label(Campaign(purpose="")) is True
    assert compliance.needs_label(AD) is True
    assert compliance.needs_label(INFO) is False


@pytest.mark.parametrize(
    ("number", "dialled"),
    [("080-123-4567", "0801234567"), ("+82 80 123 4567", "0801234567"), ("02-123-4567", "021234567")],
)
def test_numbers_are_written_as_they_are_dialled(number: str, dialled: str) -> None:
    assert digits(number) == dialled


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("(광고)[한올]\n쿠폰\n무료거부0801234567", None, id="complete"),
        pytest.param("[광고][한올]\n쿠폰\n무료거부0801234567", "LABEL", id="L-22 other brackets"),
        pytest.param("( 광고 )[한올]\n쿠폰\n무료거부0801234567", "LABEL", id="L-22 blanks"),
        pytest.param("（광고）[한올]\n쿠폰\n무료거부0801234567", "LABEL", id="L-22 wide"),
        pytest.param(" (광고)[한올]\n쿠폰\n무료거부0801234567", "LABEL", id="L-22 not first"),
        pytest.param("(광고)[한올]\n(광고)쿠폰\n무료거부0801234567", "LABEL", id="L-28 doubled"),
        pytest.param("(광고)\n쿠폰\n무료거부0801234567", "CONTACT", id="L-21 no name"),
        pytest.param("(광고)[한올]\n쿠폰", "OPTOUT_LINE", id="L-21 no opt-out"),
        pytest.param("(광고)[한올]\n쿠폰\n무료거부0801234567 감사합니다", "OPTOUT_LINE", id="L-21 words after it"),
    ],
)
def test_a_finished_text_is_looked_at_again(text: str, reason: str | None) -> None:
    account = ChannelAccount(**TEXT)

    assert compliance.frame_violation(AD, account, first=text, last=text) == reason
    assert compliance.frame_violation(INFO, account, first=text, last=text) is None


def test_a_shop_elsewhere_has_no_label_but_keeps_the_opt_out(settings) -> None:
    settings.COUNTRY_RULES = "none"
    account = ChannelAccount(
        sender_name="Harbor", contact_phone="1", postal_address="Pier 1", sender_address="a@b.example"
    )

    footer = compliance.footer_text(account, unsubscribe_url="https://shop.example/u/x")

    assert compliance.labelled("Spring sale") == "Spring sale"
    assert "Unsubscribe: https://shop.example/u/x" in footer
    assert "수신거부" not in footer
