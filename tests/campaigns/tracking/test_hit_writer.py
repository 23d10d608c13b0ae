"""A group of hits that the database refuses, or cannot take, is written hit by hit."""

import asyncio
from datetime import UTC, datetime

import pytest
from django.db import Error, connection

from campaigns.links import Token
from campaigns.models import Hit, Message
from campaigns.tracking import hit_writer
from campaigns.tracking.appending import Asked, Caller, Recorded
from campaigns.tracking.hit_writer import HitWriter, Outcome
from crm_project.models import Kick
from tests.factories import make_customer, make_message, make_running_campaign

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
# No request has such a method; the database refuses it.
REFUSED = "\0"


def asked(message: Message, *methods: str) -> list[Asked]:
    token = Token(message.pk, 0, Hit.Kind.OPEN)
    return [Asked(token, Caller(method, "Chrome/130", "203.0.113.9"), NOW) for method in methods]


@pytest.mark.parametrize("state", ["new", "old", "lost"])
def test_one_that_is_refused_spoils_none_of_the_others(state: str) -> None:
    message = make_message(make_running_campaign(), make_customer())
    if state == "old":
        connection.close_at = 0
    if state == "lost":
        connection.connection.close()

    outcomes = hit_writer.write(asked(message, "GET", REFUSED, "HEAD"))

    assert [outcomes[0], outcomes[2]] == [Recorded(""), Recorded("")]
    assert isinstance(outcomes[1], Error)
    assert list(Hit.objects.order_by("pk").values_list("method", flat=True)) == ["GET", "HEAD"]


def test_a_group_that_takes_too_long_one_by_one_is_told_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    message = make_message(make_running_campaign(), make_customer())
    monkeypatch.setattr(hit_writer, "SECONDS_ALONE", 0)

    outcomes = hit_writer.write(asked(message, "GET", REFUSED, "HEAD"))

    assert all(isinstance(each, Error) for each in outcomes)
    assert not Hit.objects.exists()


def written(*groups: list[Asked]) -> list[Outcome]:
    """Have the groups written one after the other as the lean application does, and return what came of all."""

    async def one_after_the_other() -> list[Outcome]:
        writer = HitWriter()
        outcomes = [each for group in groups for each in await writer.write(group)]
        await writer.close()
        return outcomes

    return asyncio.run(one_after_the_other())


def test_the_first_group_calls_for_the_roll_up_and_the_next_do_not() -> None:
    message = make_message(make_running_campaign(), make_customer())

    outcomes = written(*[asked(message, "GET", "HEAD")] * 3)

    assert outcomes == [Recorded("")] * 6
    assert Hit.objects.count() == 6
    assert Kick.objects.count() == 1


def test_where_the_roll_up_was_called_for_one_that_is_refused_spoils_none_of_the_others() -> None:
    message = make_message(make_running_campaign(), make_customer())

    outcomes = written(asked(message, "GET"), asked(message, "GET", REFUSED, "HEAD"), asked(message, "HEAD"))

    assert [isinstance(each, Error) for each in outcomes] == [False, False, True, False, False]
    assert list(Hit.objects.order_by("pk").values_list("method", flat=True)) == ["GET", "GET", "HEAD", "HEAD"]


def test_a_connection_that_the_server_ended_is_made_anew() -> None:
    message = make_message(make_running_campaign(), make_customer())
    here = connection.connection.info.backend_pid

    async def ended_in_between() -> list[Outcome]:
        writer = HitWriter()
        await writer.write(asked(message, "GET"))
        await writer.write(asked(message, "GET"))
        await asyncio.to_thread(end_connections, but=here)
        outcomes = [*await writer.write(asked(message, "GET", "HEAD")), *await writer.write(asked(message, "GET"))]
        await writer.close()
        return outcomes

    assert asyncio.run(ended_in_between()) == [Recorded("")] * 3
    assert Hit.objects.count() == 5


def test_the_system_gives_up_on_a_machine_that_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", {"connect_timeout": 9})

    hit_writer.limit_waiting()

    line = connection.get_new_connection(connection.get_connection_params())
    told = line.info.get_parameters()
    line.close()
    assert (told["connect_timeout"], told["tcp_user_timeout"], told["keepalives_idle"]) == ("9", "10000", "5")


def test_nothing_is_told_of_messages_that_are_gone() -> None:
    message = make_message(make_running_campaign(), make_customer())
    gone = Asked(Token(message.pk + 1, 0, Hit.Kind.OPEN), Caller("GET", "Chrome/130", "203.0.113.9"), NOW)

    outcomes = written([gone], asked(message, "GET"), [gone, *asked(message, "GET")])

    assert outcomes == [None, Recorded(""), None, Recorded("")]
    assert Hit.objects.count() == 2


def end_connections(*, but: int) -> None:
    """Have the server end the connections to the database but one, and that which asks for it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid NOT IN (%s, pg_backend_pid())",
            [but],
        )
    connection.close()
