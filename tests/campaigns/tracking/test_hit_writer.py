"""A group of hits that the database refuses, or cannot take, is written hit by hit."""

from datetime import UTC, datetime

import pytest
from django.db import Error, connection

from campaigns.links import Token
from campaigns.models import Hit, Message
from campaigns.tracking import hit_writer
from campaigns.tracking.record import Asked, Caller, Recorded
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
