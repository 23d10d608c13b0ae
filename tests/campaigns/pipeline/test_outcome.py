"""What came back is added up on the message; machines are left out."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command

from campaigns.models import Hit, Message
from campaigns.pipeline import outcome
from campaigns.tasks import roll_up_hits
from customers.models import TouchedCustomer
from tests.factories import make_customer, make_message, make_running_campaign

pytestmark = pytest.mark.django_db

SENT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
CHROME = "Mozilla/5.0 (Windows NT 10.0) Chrome/130.0"


@pytest.fixture
def message() -> Message:
    return make_message(make_running_campaign(links=("https://shop.example/",)), make_customer(), sent_at=SENT)


def hit(message: Message, kind: str, minutes: int, user_agent: str = CHROME) -> Hit:
    return Hit.objects.create(
        message=message,
        kind=kind,
        link=message.variant.links.get() if kind == "click" else None,
        occurred_at=SENT + timedelta(minutes=minutes),
        milliseconds_since_sent=minutes * 60_000,
        user_agent=user_agent,
    )


def times(message: Message) -> tuple[int | None, ...]:
    message.refresh_from_db()
    moments = (message.opened_at, message.clicked_at, message.unsubscribed_at)
    return tuple(moment and int((moment - SENT).total_seconds() // 60) for moment in moments)


def test_the_first_hit_of_each_kind_counts(message: Message) -> None:
    for kind, minutes in [("open", 9), ("open", 5), ("click", 10), ("click", 7), ("unsubscribe", 20)]:
        hit(message, kind, minutes)

    roll_up_hits()

    assert times(message) == (5, 7, 20)


def test_machines_do_not_count(message: Message) -> None:
    hit(message, "open", 1, "Mozilla/5.0")
    hit(message, "click", 2, "Barracuda")
    hit(message, "open", 3)

    roll_up_hits()

    assert times(message) == (3, None, None)


def test_who_clicked_has_read_it_even_without_pictures(message: Message) -> None:
    hit(message, "click", 4)

    roll_up_hits()

    assert times(message) == (4, 4, None)


def test_a_roll_up_takes_back_what_a_later_verdict_denies(message: Message) -> None:
    first = hit(message, "open", 1)
    roll_up_hits()
    Hit.objects.filter(pk=first.pk).update(user_agent="Mozilla/5.0")

    changed = outcome.roll_up_between(date(2026, 11, 21), date(2026, 11, 21))

    assert (changed, times(message)) == (1, (None, None, None))


@pytest.mark.parametrize(("first", "last", "changed"), [(20, 20, 0), (20, 21, 1), (21, 22, 1), (22, 23, 0)])
def test_verdicts_are_given_anew_for_the_days_that_were_named(
    message: Message, first: int, last: int, changed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    hit(message, "open", 1)
    roll_up_hits()
    Hit.objects.update(user_agent="Mozilla/5.0")

    call_command("judge_hits", "--from", f"2026-11-{first}", "--to", f"2026-11-{last}")

    said = f"Judged the hits of 2026-11-{first} to 2026-11-{last}; {changed} messages changed.\n"
    assert capsys.readouterr().out == said
    assert Hit.objects.get().is_machine == bool(changed)


def test_days_the_wrong_way_round_are_refused() -> None:
    with pytest.raises(CommandError, match="comes before"):
        call_command("judge_hits", "--from", "2026-11-22", "--to", "2026-11-21")


def test_running_twice_changes_nothing(message: Message) -> None:
    hit(message, "open", 1)
    roll_up_hits()

    assert outcome.roll_up([message.pk]) == 0
    assert outcome.roll_up_waiting() == 0


def test_hits_of_many_messages_are_added_up_in_few_statements(django_assert_max_num_queries: object) -> None:
    campaign = make_running_campaign(links=("https://shop.example/",))
    for _ in range(30):
        hit(make_message(campaign, make_customer(), sent_at=SENT), "open", 1)

    with django_assert_max_num_queries(12):
        roll_up_hits()

    assert campaign.messages.exclude(opened_at=None).count() == 30


def test_the_first_of_a_crowd_stop_counting_when_the_others_have_come() -> None:
    campaign = make_running_campaign(links=("https://shop.example/",))
    for _half in range(2):
        for _ in range(15):
            hit(make_message(campaign, make_customer(), sent_at=SENT), "open", 1)
        Hit.objects.update(ip_hash="a")
        roll_up_hits()

    assert set(Hit.objects.values_list("machine_reason", flat=True)) == {"crowd"}
    assert not campaign.messages.exclude(opened_at=None).exists()


def test_a_click_has_the_segments_of_its_customer_looked_at_again(message: Message) -> None:
    hit(message, "click", 4)

    roll_up_hits()

    assert [touched.customer for touched in TouchedCustomer.objects.all()] == [message.customer]
