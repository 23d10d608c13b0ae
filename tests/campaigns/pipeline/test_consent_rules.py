"""The rules of law on consent, from what a customer said to whether the gate lets a message through."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from campaigns.pipeline.gate import gate_of
from customers import consent
from customers.consent import ConsentExpression, duties, record_many
from customers.errors import ConsentRefused
from customers.models import ConsentEntry, Customer, NoticeDuty
from customers.models.consent import Channel
from tests.factories import make_customer, make_device, make_draft, make_text_account

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
Said = tuple[str, str, str, int]  # action, purpose, channel, days ago
USE: Said = ("granted", "marketing_use", "", 30)


# The kind of message that asks for the consent of each channel; AlimTalk asks for none.
CARRIERS = {each: each for each in Channel.values} | {"kakao": "brand_message"}


def make_reachable() -> Customer:
    """A customer with an address on every channel, who has said nothing."""
    customer = make_customer(phone="+821012345678")
    make_device(customer)
    make_device(customer, platform="web", address='{"endpoint": "https://push.example/1"}')
    return customer


def verdict(customer: Customer, channel: str, *, at: datetime = NOW) -> str:
    """Return why advertising over the channel would not be sent; nothing where it would."""
    campaign = make_draft(account=make_text_account(channel=CARRIERS[channel]))
    return gate_of(campaign, at=at).verdicts([customer.pk])[customer.pk]


def hear(customer: Customer, said: Sequence[Said]) -> None:
    for action, purpose, channel, days_ago in said:
        at = NOW - timedelta(days=days_ago)
        record_many([ConsentExpression(customer.pk, purpose, action, at, channel)], method="web")


@pytest.mark.parametrize("channel", Channel.values)
def test_l_01_without_a_word_there_is_no_consent(channel: str) -> None:
    assert verdict(make_reachable(), channel) == "NO_CONSENT"


@pytest.mark.parametrize(
    ("said", "channel", "reason"),
    [
        pytest.param([USE, ("granted", "ad_receive", "sms", 9)], "sms", "", id="L-02 agreed over this channel"),
        pytest.param([USE, ("granted", "ad_receive", "sms", 9)], "kakao", "NO_CONSENT", id="L-02 not over another"),
        pytest.param([USE], "email", "NO_CONSENT", id="P-03 marketing use alone"),
        pytest.param([("granted", "ad_receive", "email", 9)], "email", "NO_CONSENT", id="P-03 receiving alone"),
        pytest.param(
            [("granted", "ad_receive", each, 9) for each in Channel.values],
            "email",
            "NO_CONSENT",
            id="P-01 a tick for everything else does not set marketing use",
        ),
        pytest.param(
            [USE, ("granted", "ad_receive", "email", 9), ("withdrawn", "ad_receive", "email", 1)],
            "email",
            "OPTED_OUT",
            id="L-05 after a withdrawal",
        ),
        pytest.param(
            [USE, ("granted", "ad_receive", "email", 9), ("withdrawn", "marketing_use", "", 1)],
            "email",
            "OPTED_OUT",
            id="P-05 after a withdrawal of marketing use",
        ),
        pytest.param(
            [USE, ("withdrawn", "ad_receive", "email", 1), ("granted", "ad_receive", "email", 9)],
            "email",
            "OPTED_OUT",
            id="I-08 the later word, though it arrived first",
        ),
        pytest.param(
            [USE, ("withdrawn", "ad_receive", "email", 9), ("granted", "ad_receive", "email", 1)],
            "email",
            "",
            id="L-05 agreed again",
        ),
        pytest.param(
            [USE, ("granted", "ad_receive", "email", 800)], "email", "RECONFIRM_OVERDUE", id="L-13 two years are over"
        ),
        pytest.param(
            [USE, ("granted", "ad_receive", "email", 800), ("confirmed", "ad_receive", "email", 5)],
            "email",
            "",
            id="L-13 confirmed since",
        ),
    ],
)
def test_what_was_said_decides(said: list[Said], channel: str, reason: str) -> None:
    customer = make_reachable()

    hear(customer, said)

    assert verdict(customer, channel) == reason


def test_l_05_a_withdrawal_counts_at_the_moment_of_dispatch() -> None:
    customer = make_customer()
    hear(customer, [USE, ("granted", "ad_receive", "email", 9)])
    campaign = make_draft()
    gate = gate_of(campaign, at=NOW)
    at_planning = gate.verdicts([customer.pk])[customer.pk]

    consent.withdraw(customer.pk, purpose="ad_receive", channel="email", occurred_at=NOW, method="link")

    assert (at_planning, gate.verdicts([customer.pk])[customer.pk]) == ("", "OPTED_OUT")


def test_l_09_the_night_without_the_day_is_refused() -> None:
    with pytest.raises(ConsentRefused):
        hear(make_customer(), [USE, ("granted", "ad_night", "sms", 1)])

    assert ConsentEntry.objects.filter(purpose="ad_night").count() == 0


def test_l_13_advertising_stops_until_the_notice_went_out_and_goes_on_in_silence() -> None:
    customer = make_customer()
    hear(customer, [USE, ("granted", "ad_receive", "email", 800)])
    overdue = verdict(customer, "email")

    with time_machine.travel(NOW, tick=False):
        open_ones = NoticeDuty.objects.filter(kind="reconfirmation", done_at=None)
        duties.mark_done(open_ones.values_list("pk", flat=True), "e-mail")

    assert (overdue, verdict(customer, "email")) == ("RECONFIRM_OVERDUE", "")


@pytest.mark.parametrize(
    ("days_later", "reason"),
    [
        pytest.param(29, "", id="I-08 within thirty days"),
        pytest.param(32, "RECONFIRM_OVERDUE", id="I-08 unanswered after thirty days"),
    ],
)
def test_i_08_a_consent_without_a_date_counts_for_thirty_days(days_later: int, reason: str) -> None:
    customer = make_customer()
    consent.grant(customer.pk, purpose="marketing_use", occurred_at=NOW, method="web")
    undated = {"occurred_at": None, "method": "import", "evidence": {"file": "동의서.pdf"}}
    entry = consent.grant(customer.pk, purpose="ad_receive", channel="email", **undated)

    assert verdict(customer, "email", at=entry.recorded_at + timedelta(days=days_later)) == reason


def test_i_07_a_marketplaces_contact_gets_nothing_until_they_agree_themselves() -> None:
    customer = make_customer(is_marketplace_contact=True)
    before = verdict(customer, "email")

    hear(customer, [USE, ("granted", "ad_receive", "email", 1)])

    assert (before, verdict(customer, "email")) == ("SOURCE_RESTRICTED", "")
