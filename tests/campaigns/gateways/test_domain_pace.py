"""Mail to a domain that throttles: who is soon to go waits for its turn, whoever else is planned for later."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.gateways.base import Fate, PreparedMessage
from campaigns.gateways.domain_pace import take_turns
from campaigns.gateways.smtp import SmtpGateway
from campaigns.models import Campaign, ChannelAccount, Message
from campaigns.models.suppression import DomainPace
from campaigns.pipeline import dispatch
from tests.campaigns.gateways.conftest import Recorder
from tests.factories import make_account, make_draft, make_reachable_customer
from tests.loopback.smtp_relay import SmtpRelay

RATES = {"portal.kr": 10}


def mail(number: int, domain: str = "portal.kr") -> PreparedMessage:
    return PreparedMessage(number, 1, "shop@example.com", f"r{number}@{domain}", b"")


def waits(account: ChannelAccount, *numbers: int) -> dict[int, float]:
    """Return the tenths of a second that each waits."""
    taken = take_turns(account.pk, [mail(number) for number in numbers], rates=RATES)
    return {number: round(seconds * 10) for number, seconds in taken.items()}


@pytest.fixture
def account(db: None) -> ChannelAccount:
    return make_account(gateway="smtp")


def pace(**moments: float) -> None:
    """Have the domain's moments so many seconds from now."""
    DomainPace.objects.update(**{name: timezone.now() + timedelta(seconds=each) for name, each in moments.items()})


def test_turns_of_the_next_five_seconds_are_taken_and_all_others_come_back_one_after_the_other(
    account: ChannelAccount,
) -> None:
    asked = waits(account, *range(100))

    assert list(asked.values()) == list(range(100))
    assert DomainPace.objects.get().next_at < timezone.now() + timedelta(seconds=5.2)  # 51 of them hold a turn


def test_who_comes_next_is_to_come_back_behind_them(account: ChannelAccount) -> None:
    waits(account, *range(100))

    assert waits(account, 100, 101) == {100: 100, 101: 101}


def test_whoever_is_back_has_a_turn_whatever_is_still_expected(account: ChannelAccount) -> None:
    waits(account, *range(100))
    pace(next_at=0, expected_until=900)

    assert waits(account, 50) == {50: 0}


def test_nobody_waits_behind_those_who_never_came_back(account: ChannelAccount) -> None:
    waits(account, *range(100))
    pace(next_at=-61, expected_until=900)

    assert waits(account, *range(100, 200)) == {number: number - 100 for number in range(100, 200)}


def test_a_domain_without_a_pace_waits_for_nothing(account: ChannelAccount) -> None:
    assert take_turns(account.pk, [mail(1, "example.com")], rates=RATES) == {}
    assert not DomainPace.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_worker_sends_what_has_its_turn_and_plans_the_rest_for_later(
    planned: Callable[..., Campaign], mail_server: tuple[Recorder, int], settings: object
) -> None:
    settings.MESSAGING_LIVE = True
    where = {"host": "127.0.0.1", "port": mail_server[1], "domain_rates": {"example.com": 0.1}}
    account = make_account(gateway="smtp", is_live=True, settings=where)
    for number in range(3):
        make_reachable_customer(email=f"r{number}@example.com")
    make_reachable_customer(email="r@elsewhere.kr")
    begun = timezone.now()
    planned(make_draft(account=account))

    assert dispatch.dispatch_due() is False

    assert sorted(mail_server[0].recipients) == ["r0@example.com", "r@elsewhere.kr"]
    later = Message.objects.filter(status="planned").order_by("due_at")
    assert [(each.attempt, round((each.due_at - begun).total_seconds(), -1)) for each in later] == [(0, 10), (0, 20)]


def test_an_answer_that_was_read_late_is_no_silence() -> None:
    with SmtpRelay() as relay:
        account = relay.account()
        account.settings |= {"timeout": 0.3, "connections": 2}

        outcomes = {each.message_id: each.fate for each in SmtpGateway(account).send_batch(_in_turn(relay))}

    assert outcomes == dict.fromkeys(range(1, 7), Fate.SENT)


def _in_turn(relay: SmtpRelay) -> Iterator[PreparedMessage]:
    """Yield messages that wait for their turns longer than the server may take to answer."""
    for number in range(1, 7):
        time.sleep(0.4)
        yield relay.message(number)
