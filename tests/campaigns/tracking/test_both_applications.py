"""One table for both applications of the tracking addresses, Django's and the lean one, over real HTTP."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.db import connection, transaction

from campaigns import links
from campaigns.models import Hit, Message
from campaigns.tracking import answers
from crm_project.client_address import hash_address
from crm_project.models import Kick
from tests.campaigns.tracking.servers import Answer, Server, serving
from tests.factories import make_customer, make_message, make_running_campaign

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

TARGET = "https://shop.example/상품?색=파랑"
LOCATION = "https://shop.example/%EC%83%81%ED%92%88?%EC%83%89=%ED%8C%8C%EB%9E%91"
OLD, NEW = "3:an-older-key", "4:the-newest-key"
SAME_HEADERS = ("content-type", "location", "cache-control", "referrer-policy", "x-robots-tag", "retry-after")
OPEN, CLICK = Hit.Kind.OPEN, Hit.Kind.CLICK


@dataclass(frozen=True)
class Case:
    """A request, its answer, and the hits it leaves, as (kind, method). Of both `{…}` is filled in for the message."""

    said: str
    path: str
    status: int
    hits: tuple[tuple[str, str], ...] = ()
    method: str = "GET"
    leads_to: str | None = None


OPENED, CLICKED = (("open", "GET"),), (("click", "GET"),)
CASES = (
    Case("an open", "/o/{open}.gif", 200, OPENED),
    Case("an open with a query", "/o/{open}.gif?x=1&y=%00", 200, OPENED),
    Case("a click", "/c/{click}", 302, CLICKED, leads_to=LOCATION),
    Case("a click that names another target", "/c/{click}?url=//evil.example", 302, CLICKED, leads_to=LOCATION),
    Case("a short click", "/{short}", 302, CLICKED, leads_to=LOCATION),
    Case("the head of a pixel", "/o/{open}.gif", 200, (("open", "HEAD"),), "HEAD"),
    Case("the head of a click", "/c/{click}", 302, (("click", "HEAD"),), "HEAD", LOCATION),
    Case("an open signed with an older key", "/o/{old_open}.gif", 200, OPENED),
    Case("a click signed with an older key", "/c/{old_click}", 302, CLICKED, leads_to=LOCATION),
    Case("a short click of an older key", "/{old_short}", 302, CLICKED, leads_to=LOCATION),
    Case("a pixel signed with a key that was removed", "/o/{removed_open}.gif", 200),
    Case("a click signed with a key that was removed", "/c/{removed_click}", 404),
    Case("a pixel of nobody", "/o/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.gif", 200),
    Case("a pixel of a message that is gone", "/o/{gone_open}.gif", 200),
    Case("a pixel with the token of a click", "/o/{click}.gif", 200),
    Case("a click with the token of an open", "/c/{open}", 404),
    Case("a click with the token of an unsubscription", "/c/{unsubscribe}", 404),
    Case("a link that the content does not have", "/c/{click_2}", 404),
    Case("a click on another site", "/c/https:%2F%2Fevil.example", 404),
    Case("a click on another site, in slashes", "/c//evil.example", 404),
    Case("a zero byte", "/c/%00", 404),
    Case("Korean", "/c/%EA%B0%80", 404),
    Case("bytes that are no text", "/c/%FF%FE", 404),
    Case("nine letters of nobody", "/Zz9Zz9Zz9", 404),
    Case("a long one", "/c/" + "A" * 3_000, 404),
    Case("the link that nobody sees", "/c/{trap}", 204, (("trap", "GET"),)),
    Case("a pixel with the token of the trap", "/o/{trap}.gif", 200),
    Case("a post", "/c/{click}", 405, method="POST"),
    Case("a delete", "/o/{open}.gif", 405, method="DELETE"),
)
# No address of ours has such a form, so the site's own page is what Django answers.
BY_DJANGO_ITSELF = ("a click on another site", "a click on another site, in slashes")


@pytest.fixture(params=["django", "lean"])
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def message(settings: object) -> Message:
    settings.TRACKING_KEYS = f"{NEW},{OLD}"
    return make_message(make_running_campaign(links=(TARGET,)), make_customer())


@pytest.fixture
def server(kind: str, message: Message, environment: dict[str, str]) -> Iterator[Server]:
    """One of the two, with two keys, behind two proxies."""
    own = environment | {"TRACKING_KEYS": f"{NEW},{OLD}", "NUM_PROXIES": "2", "LOG_LEVEL": "CRITICAL"}
    with serving(kind, own) as running:
        yield running


def tokens(message: Message, settings: object) -> dict[str, str]:
    """Return all tokens that the cases name."""
    made = {"gone_open": links.write(message.pk + 1, OPEN), "click_2": links.write(message.pk, CLICK, 2)}
    made["trap"] = links.write(message.pk, Hit.Kind.TRAP)
    made["unsubscribe"] = links.write(message.pk, Hit.Kind.UNSUBSCRIBE)
    for prefix, keys in (("", f"{NEW},{OLD}"), ("old_", OLD), ("removed_", "2:a-removed-key")):
        settings.TRACKING_KEYS = keys
        made[f"{prefix}open"] = links.write(message.pk, OPEN)
        made[f"{prefix}click"] = links.write(message.pk, CLICK, 1)
        made[f"{prefix}short"] = links.short_click_url(message.pk, 1).rpartition("/")[2]
    return made


def test_the_table_holds(server: Server, message: Message, settings: object) -> None:
    made = tokens(message, settings)
    for case in CASES:
        Hit.objects.all().delete()

        answer = server.ask(case.path.format(**made), method=case.method)

        hits = tuple(Hit.objects.values_list("kind", "method"))
        assert (case.said, answer.status, hits) == (case.said, case.status, case.hits)
        assert (case.said, answer.headers.get("location")) == (case.said, case.leads_to)
        assert "set-cookie" not in answer.headers


def test_the_answers_are_the_same(message: Message, environment: dict[str, str], settings: object) -> None:
    own = environment | {"TRACKING_KEYS": f"{NEW},{OLD}", "LOG_LEVEL": "CRITICAL"}
    made = tokens(message, settings)
    paths = [(case.path.format(**made), case.method) for case in CASES if case.said not in BY_DJANGO_ITSELF]

    with serving("django", own) as django, serving("lean", own) as lean:
        for path, method in paths:
            assert _told(django.ask(path, method=method)) == _told(lean.ask(path, method=method)), path


def _told(answer: Answer) -> tuple[object, ...]:
    """Return what a caller may rely on; of a refused method only that."""
    if answer.status == 405:
        return (405,)
    names = SAME_HEADERS if answer.body else SAME_HEADERS[1:]  # nothing has no type
    return answer.status, answer.body, [answer.headers.get(name) for name in names]


def test_a_hit_is_kept_alike(server: Server, message: Message) -> None:
    server.ask(
        f"/c/{links.write(message.pk, CLICK, 1)}",
        User_Agent="Agent\t1" + "x" * 400,
        X_Forwarded_For="6.6.6.6, 203.0.113.9, 10.0.0.1",
    )

    hit = Hit.objects.get()
    assert (hit.message_id, hit.link.number, hit.is_machine) == (message.pk, 1, None)
    assert hit.user_agent == "Agent 1" + "x" * 293
    assert hit.ip_hash == hash_address("203.0.113.9")
    assert Kick.objects.filter(job="campaigns.tasks.roll_up_hits").count() == 1


def test_one_who_writes_on_the_message_holds_no_hit_up(server: Server, message: Message) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE campaigns_message SET opened_at = now() WHERE id = %s", [message.pk])

        assert server.ask(f"/o/{links.write(message.pk, OPEN)}.gif").status == 200


@pytest.mark.parametrize("kind", ["lean"], indirect=True)
def test_requests_sent_ahead_are_answered_one_after_the_other(server: Server, message: Message) -> None:
    pixel, click = f"/o/{links.write(message.pk, OPEN)}.gif", f"/c/{links.write(message.pk, CLICK, 1)}"
    requests = [f"GET {pixel}?a", f"GET {click}", f"HEAD {pixel}", f"GET {pixel}"]

    sent = [f"{each} HTTP/1.1\r\nHost: localhost\r\n\r\n" for each in requests]
    told = server.say("".join(sent) + f"GET {pixel} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")

    assert re.findall(rb"HTTP/1.1 (\d+)", told) == [b"200", b"302", b"200", b"200", b"200"]
    assert told.count(answers.PIXEL) == 3
    assert list(Hit.objects.order_by("pk").values_list("kind", "method")) == [
        ("open", "GET"),
        ("click", "GET"),
        ("open", "HEAD"),
        ("open", "GET"),
        ("open", "GET"),
    ]
