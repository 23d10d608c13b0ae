"""When advertising may leave, and by when it must have arrived (L-06, L-07, L-08)."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from campaigns.compliance import window
from campaigns.errors import NeverOpen
from campaigns.models import ChannelAccount

SEOUL = ZoneInfo("Asia/Seoul")


def account(channel: str = "sms", **given: object) -> ChannelAccount:
    return ChannelAccount(name="대량문자", channel=channel, gateway="sandbox", **given)


def at(clock: str, day: int = 20) -> datetime:
    """A moment of November 2026 in Korea."""
    return datetime.combine(date(2026, 11, day), time.fromisoformat(clock), tzinfo=SEOUL)


@pytest.mark.parametrize(
    ("moment", "night"),
    [
        pytest.param(datetime(2026, 11, 20, 11, 59, 59, tzinfo=UTC), False, id="L-06 20:59:59 is day"),
        pytest.param(datetime(2026, 11, 20, 12, 0, tzinfo=UTC), True, id="L-06 21:00:00 is night"),
        pytest.param(datetime(2026, 11, 20, 22, 59, 59, tzinfo=UTC), True, id="L-06 07:59:59 is night"),
        pytest.param(datetime(2026, 11, 20, 23, 0, tzinfo=UTC), False, id="L-06 08:00:00 is day"),
    ],
)
def test_the_night_of_the_law_is_that_of_korea(moment: datetime, night: bool) -> None:
    assert window.is_night(moment) is night


@pytest.mark.parametrize(
    ("channel", "clock", "needed"),
    [
        pytest.param("sms", "20:49:59", False, id="L-07 before the shop stops handing over"),
        pytest.param("sms", "20:50", True, id="L-07 what left now might arrive at night"),
        pytest.param("sms", "21:00", True, id="L-06 text message at night"),
        pytest.param("push", "23:00", True, id="L-06 push at night"),
        pytest.param("brand_message", "07:59:59", True, id="L-06 KakaoTalk before eight"),
        pytest.param("email", "23:00", False, id="L-06 e-mail at 23:00 is sent"),
        pytest.param("in_app", "23:00", False, id="L-26 shown, not sent"),
    ],
)
def test_who_needs_a_consent_for_the_night(channel: str, clock: str, needed: bool) -> None:
    assert window.needs_night_consent(account(channel), at(clock)) is needed


@pytest.mark.parametrize(
    ("given", "clock", "night_consent", "opens"),
    [
        pytest.param({}, "12:00", False, at("12:00"), id="by day at once"),
        pytest.param({}, "20:55", False, at("08:00", 21), id="in the evening tomorrow at eight"),
        pytest.param({}, "03:00", False, at("08:00"), id="at night this morning at eight"),
        pytest.param({}, "23:00", True, at("23:00"), id="with a consent for the night at once"),
        pytest.param({"closes_at": time(20), "opens_at": time(8)}, "23:00", True, at("08:00", 21), id="L-07 gateway"),
        pytest.param({"opens_at": time(10)}, "07:00", False, at("10:00"), id="L-07 the later of both"),
        pytest.param({"closes_at": time(12)}, "13:00", False, at("08:00", 21), id="L-07 the earlier end of both"),
    ],
)
def test_when_it_may_leave_next(given: dict[str, time], clock: str, night_consent: bool, opens: datetime) -> None:
    assert window.next_opening(account(**given), at(clock), has_night_consent=night_consent) == opens


def test_hours_that_never_meet_are_refused_in_words() -> None:
    at_night_only = account(opens_at=time(22), closes_at=time(6))

    with pytest.raises(NeverOpen) as refusal:
        window.next_opening(at_night_only, at("12:00"), has_night_consent=False)
    assert "대량문자" in str(refusal.value)


@pytest.mark.parametrize(
    ("given", "clock", "night_consent", "closes"),
    [
        pytest.param({}, "12:00", False, at("20:50"), id="the shop's last minute"),
        pytest.param({}, "22:00", False, at("20:50", 21), id="of the next window where it is closed"),
        pytest.param({}, "12:00", True, None, id="no end with a consent for the night"),
        pytest.param({"opens_at": time(8), "closes_at": time(20)}, "12:00", True, at("20:00"), id="the gateway's end"),
        pytest.param({"channel": "email"}, "12:00", False, None, id="e-mail has no end"),
    ],
)
def test_until_when_it_may_leave(
    given: dict[str, object], clock: str, night_consent: bool, closes: datetime | None
) -> None:
    assert window.closes_at(account(**given), at(clock), has_night_consent=night_consent) == closes


def test_l_08_what_leaves_at_half_past_eight_must_arrive_within_1800_seconds() -> None:
    leaves = at("20:30")

    until = window.arrive_by(account("push"), leaves, has_night_consent=False)

    assert until == leaves + timedelta(seconds=1_800)
    assert window.arrive_by(account("push"), leaves, has_night_consent=True) is None
    assert window.arrive_by(account("email"), leaves, has_night_consent=False) is None
    assert window.arrive_by(account("push"), at("22:00"), has_night_consent=False) == at("22:00")


def test_l_07_the_planner_sees_that_the_last_batch_would_be_late() -> None:
    fast = account(rate_per_second=200)

    assert window.overrun(fast, at("20:45"), 100_000) == at("20:53:20")
    assert window.overrun(fast, at("20:30"), 100_000) is None


def test_a_shop_elsewhere_has_no_night_but_keeps_its_own_hours(settings) -> None:
    settings.COUNTRY_RULES = "none"

    assert window.is_night(at("23:00")) is False
    assert window.arrive_by(account(), at("20:30"), has_night_consent=False) is None
    assert window.needs_night_consent(account(), at("23:00")) is True
    settings.ADS_FROM = settings.ADS_UNTIL = "00:00"
    assert window.needs_night_consent(account(), at("23:00")) is False
