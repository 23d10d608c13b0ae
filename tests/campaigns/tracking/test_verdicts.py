"""Which hits are machines': a table of signs."""

from datetime import UTC, datetime, timedelta

import pytest

from campaigns.models import Hit, Message
from campaigns.tracking import verdicts
from tests.factories import make_customer, make_message, make_running_campaign

pytestmark = pytest.mark.django_db

SENT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36"


def message_with_links() -> Message:
    campaign = make_running_campaign(links=("https://shop.example/a", "https://shop.example/b"))
    return make_message(campaign, make_customer(), sent_at=SENT)


def hit(message: Message, *, after_ms: int = 60_000, kind: str = "open", link: int = 0, **given: object) -> Hit:
    defaults = {
        "message": message,
        "kind": kind,
        "link": message.variant.links.get(number=link) if link else None,
        "occurred_at": SENT + timedelta(milliseconds=after_ms),
        "milliseconds_since_sent": after_ms,
        "user_agent": CHROME,
    }
    return Hit.objects.create(**defaults | given)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({}, ""),
        ({"method": "HEAD"}, "head"),
        ({"user_agent": ""}, "no_agent"),
        ({"user_agent": "Mozilla/5.0"}, "proxy"),
        (
            {"user_agent": "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"},
            "proxy",
        ),
        ({"user_agent": "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html"}, "proxy"),
        ({"user_agent": "Barracuda Sentinel (EE)"}, "scanner"),
        ({"user_agent": "Mimecast-URL-Scanner/1.0"}, "scanner"),
        ({"user_agent": "Proofpoint TAP"}, "scanner"),
        ({"user_agent": "Mozilla/5.0 SafeLinks"}, "scanner"),
        ({"user_agent": "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)"}, "robot"),
        ({"user_agent": "Mozilla/5.0 (compatible; Yeti/1.1; +https://naver.me/spd)"}, "robot"),
        ({"user_agent": "python-requests/2.32"}, "robot"),
        ({"user_agent": "curl/8.5.0"}, "robot"),
        ({"user_agent": "Mozilla/5.0 (X11) HeadlessChrome/130"}, "robot"),
        ({"user_agent": "Mozilla/5.0 (Linux; Android 12; CUBOT X50) Mobile Safari/537.36"}, ""),
        ({"user_agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) Mobile/15E148 KAKAOTALK 25.1"}, ""),
        ({"user_agent": "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0; Pro)"}, ""),
        ({"after_ms": 1_999}, "too_fast"),
        ({"after_ms": 2_000}, ""),
        ({"milliseconds_since_sent": None}, ""),
    ],
)
def test_a_hit_is_judged_by_its_first_sign(given: dict[str, object], reason: str) -> None:
    one = hit(message_with_links(), **given)

    verdicts.judge([one.message_id])

    one.refresh_from_db()
    assert (one.is_machine, one.machine_reason, one.machine_score >= 50) == (bool(reason), reason, bool(reason))


@pytest.mark.parametrize(
    ("given", "score"),
    [
        ({}, 0),
        ({"after_ms": 9_999}, 30),
        ({"after_ms": 10_000}, 0),
        ({"user_agent": ""}, 80),
        ({"method": "HEAD"}, 100),
        ({"method": "HEAD", "user_agent": "curl/8.5.0", "after_ms": 10}, 100),
    ],
)
def test_signs_add_up_to_a_score_of_at_most_100(given: dict[str, object], score: int) -> None:
    one = hit(message_with_links(), **given)

    verdicts.judge([one.message_id])

    one.refresh_from_db()
    assert one.machine_score == score


def judged(*given: dict[str, object]) -> list[str]:
    """Return the reasons of clicks on one message, in their order."""
    message = message_with_links()
    for each in given:
        hit(message, **{"kind": "click", "link": 1} | each)
    verdicts.judge([message.pk])
    return list(Hit.objects.order_by("pk").values_list("machine_reason", flat=True))


def test_two_links_within_seconds_are_a_persons_but_not_soon_after_sending() -> None:
    assert judged({"after_ms": 60_000}, {"after_ms": 63_000, "link": 2}) == ["", ""]


def test_two_links_within_seconds_right_after_sending_are_a_machines() -> None:
    assert judged({"after_ms": 4_000}, {"after_ms": 7_000, "link": 2}) == ["soon", "soon"]


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"ip_hash": "a", "after_ms": 900_000}, "trap"),
        ({"ip_hash": "b", "after_ms": 60_000}, ""),
        ({"ip_hash": "b", "after_ms": 71_000}, "trap"),
    ],
    ids=["the same address later", "another address before", "another address a second later"],
)
def test_who_followed_the_link_that_nobody_sees_is_a_machine_in_the_whole_message(
    other: dict[str, object], reason: str
) -> None:
    trapped = {"kind": "trap", "link": 0, "ip_hash": "a", "after_ms": 80_000 if reason == "" else 70_000}

    assert judged(trapped, other) == ["trap", reason]


def test_link_after_link_within_seconds_is_a_machines() -> None:
    campaign = make_running_campaign(links=tuple(f"https://shop.example/{number}" for number in range(3)))
    message = make_message(campaign, make_customer(), sent_at=SENT)
    for number in range(1, 4):
        hit(message, kind="click", link=number, after_ms=60_000 + number * 2_000)

    verdicts.judge([message.pk])

    assert set(Hit.objects.values_list("machine_reason", "machine_score")) == {("many_links", 90)}


@pytest.mark.parametrize(
    ("messages", "agents", "reason"), [(20, 1, "crowd"), (19, 1, ""), (20, 2, "")], ids=["crowd", "few", "two programs"]
)
def test_many_messages_from_one_address_within_seconds_have_no_readers(messages: int, agents: int, reason: str) -> None:
    campaign = make_running_campaign()
    asked = [
        hit(
            make_message(campaign, make_customer(), sent_at=SENT),
            ip_hash="a",
            user_agent=f"{CHROME} {number % agents}",
            after_ms=60_000 + number * 100,
        )
        for number in range(messages)
    ]

    verdicts.judge([one.message_id for one in asked])

    assert set(Hit.objects.values_list("machine_reason", flat=True)) == {reason}


@pytest.mark.parametrize(("gap_ms", "reason"), [(0, "burst"), (1_000, "burst"), (1_001, "")])
def test_different_links_within_a_second_were_followed_by_a_scanner(gap_ms: int, reason: str) -> None:
    message = message_with_links()
    hit(message, kind="click", link=1)
    hit(message, kind="click", link=2, after_ms=60_000 + gap_ms)

    verdicts.judge([message.pk])

    assert list(Hit.objects.values_list("machine_reason", flat=True)) == [reason, reason]


def test_a_double_click_is_a_persons() -> None:
    message = message_with_links()
    hit(message, kind="click", link=1)
    hit(message, kind="click", link=1, after_ms=60_200)

    verdicts.judge([message.pk])

    assert not Hit.objects.filter(is_machine=True).exists()


def test_pictures_loaded_with_the_click_are_no_burst() -> None:
    message = message_with_links()
    hit(message, kind="open")
    hit(message, kind="click", link=1, after_ms=60_010)

    verdicts.judge([message.pk])

    assert not Hit.objects.filter(is_machine=True).exists()


def test_an_unsubscribe_counts_whoever_made_it() -> None:
    one = hit(message_with_links(), kind="unsubscribe", method="POST", user_agent="", after_ms=10)

    verdicts.judge([one.message_id])

    one.refresh_from_db()
    assert one.is_machine is False


def test_a_second_hit_changes_the_verdict_on_the_first() -> None:
    message = message_with_links()
    first = hit(message, kind="click", link=1)
    verdicts.judge([message.pk])
    hit(message, kind="click", link=2, after_ms=60_300)

    changed = verdicts.judge([message.pk])

    first.refresh_from_db()
    assert (changed, first.machine_reason) == (2, "burst")


def test_what_was_judged_long_before_is_looked_at_again_only_when_all_is() -> None:
    message = message_with_links()
    hit(message)
    verdicts.judge([message.pk])
    Hit.objects.update(user_agent="curl/8.5.0")
    hit(message, after_ms=3_600_000)

    assert verdicts.judge([message.pk]) == 1
    assert verdicts.judge([message.pk], anew=True) == 1
    assert set(Hit.objects.values_list("machine_reason", flat=True)) == {"robot", ""}


def test_what_an_erased_person_asked_for_keeps_its_verdict_for_nothing_is_left_to_judge_by() -> None:
    message = message_with_links()
    opened = hit(message)
    verdicts.judge([message.pk])
    Hit.objects.update(user_agent="", ip_hash="")

    assert verdicts.judge([message.pk], anew=True) == 0

    opened.refresh_from_db()
    assert opened.is_machine is False


def test_the_trap_convicts_what_its_address_asked_for_hours_before() -> None:
    message = message_with_links()
    for address in ("a", "b"):
        hit(message, ip_hash=address)
    verdicts.judge([message.pk])
    hit(message, kind="trap", ip_hash="a", after_ms=7_200_000)

    assert verdicts.judge([message.pk]) == 2
    assert list(Hit.objects.order_by("pk").values_list("machine_reason", flat=True)) == ["trap", "", "trap"]


def test_judging_again_changes_nothing() -> None:
    message = message_with_links()
    hit(message)
    verdicts.judge([message.pk])

    assert verdicts.judge([message.pk]) == 0


def test_every_reason_has_words() -> None:
    assert [verdicts.label_of(sign.code) for sign in verdicts.SIGNS] == [str(sign.label) for sign in verdicts.SIGNS]
    assert verdicts.label_of("of_an_older_release") == "of_an_older_release"
