"""A hit is one append, whatever the caller sends."""

from datetime import UTC, datetime, timedelta

import pytest

from campaigns.links import Token
from campaigns.models import Hit, Message
from campaigns.tracking.appending import Caller, Recorded
from campaigns.tracking.record import record
from crm_project.client_address import clean_user_agent, hash_address
from crm_project.models import Kick
from tests.factories import make_customer, make_message, make_running_campaign

pytestmark = pytest.mark.django_db

SENT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
BROWSER = Caller("GET", "Mozilla/5.0 (Windows NT 10.0) Chrome/130", "203.0.113.9")


def sent_message(**given: object) -> Message:
    campaign = make_running_campaign(links=("https://shop.example/a", "https://shop.example/b"))
    return make_message(campaign, make_customer(), **{"sent_at": SENT} | given)


def test_a_click_is_written_down_with_its_link_and_leads_to_it() -> None:
    message = sent_message()

    recorded = record(Token(message.pk, 2, Hit.Kind.CLICK), BROWSER, at=SENT + timedelta(minutes=5))

    hit = Hit.objects.get()
    assert recorded == Recorded("https://shop.example/b")
    assert (hit.message_id, hit.kind, hit.link.number, hit.method) == (message.pk, "click", 2, "GET")
    assert (hit.occurred_at, hit.milliseconds_since_sent) == (SENT + timedelta(minutes=5), 300_000)
    assert (hit.user_agent, hit.is_machine) == (BROWSER.user_agent, None)


def test_an_open_names_no_link() -> None:
    message = sent_message()

    recorded = record(Token(message.pk, 0, Hit.Kind.OPEN), BROWSER, at=SENT)

    assert recorded == Recorded("")
    assert Hit.objects.get().link is None


@pytest.mark.parametrize(
    ("message_id", "number", "kind"),
    [(None, 3, Hit.Kind.CLICK), (None, 0, Hit.Kind.CLICK), (0, 1, Hit.Kind.CLICK), (0, 0, Hit.Kind.OPEN)],
)
def test_what_is_no_longer_there_is_not_written_down(message_id: int | None, number: int, kind: Hit.Kind) -> None:
    message = sent_message()

    recorded = record(Token(message.pk if message_id is None else message_id, number, kind), BROWSER, at=SENT)

    assert recorded is None
    assert not Hit.objects.exists()


def test_time_counts_from_the_hand_over_while_the_outcome_is_not_known() -> None:
    message = sent_message(sent_at=None, sending_at=SENT, status=Message.Status.SENDING)

    record(Token(message.pk, 0, Hit.Kind.OPEN), BROWSER, at=SENT + timedelta(seconds=1))

    assert Hit.objects.get().milliseconds_since_sent == 1_000


def test_only_the_first_hit_that_waits_calls_for_the_roll_up() -> None:
    token = Token(sent_message().pk, 0, Hit.Kind.OPEN)

    for _ in range(3):
        record(token, BROWSER, at=SENT)

    assert Hit.objects.count() == 3
    assert Kick.objects.filter(job="campaigns.tasks.roll_up_hits").count() == 1


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("Mozilla/5.0", "Mozilla/5.0"),
        ("a\x00b\r\nc\x1b[31m", "a b  c [31m"),
        ("가" * 400, "가" * 300),
        ("  ", ""),
    ],
)
def test_a_user_agent_is_cut_and_cleaned(sent: str, kept: str) -> None:
    assert clean_user_agent(sent) == kept


def test_an_address_is_kept_as_a_keyed_hash_only(settings: object) -> None:
    before = hash_address("203.0.113.9")

    settings.ADDRESS_HASH_KEY = "another key"

    assert len(before) == 32
    assert before != hash_address("203.0.113.9")
