"""Links and pictures are asked before somebody approves: over real sockets, and never into an internal network."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from campaigns import lifecycle
from campaigns.errors import NotAllowed
from campaigns.models import Campaign, CheckedAddress
from campaigns.review import link_check, web_probe
from crm_project.models import Kick
from customers.segments.refresh import refresh_segment
from tests.factories import make_draft, make_reachable_customer, make_user

pytestmark = pytest.mark.django_db
Verdict = CheckedAddress.Verdict


class Shop(BaseHTTPRequestHandler):
    """A web shop with a page, a picture, and everything that can go wrong with either."""

    asked: list[tuple[str, str]]

    def do_HEAD(self) -> None:
        self.server.asked.append((self.command, self.path))
        path = self.path.partition("?")[0]
        if path == "/slow":
            time.sleep(1)
        if path == "/no-head" and self.command == "HEAD":
            self.send_response(405)
        elif path in ("/moved", "/loop"):
            self.send_response(302)
            self.send_header("Location", "/" if path == "/moved" else "/loop")
        elif path == "/inside":
            self.send_response(302)
            self.send_header("Location", "http://10.0.0.1/secret")
        else:
            self.send_response({"/gone": 404, "/broken": 500}.get(path, 200))
        self.send_header("Content-Type", "image/png" if path == "/logo.png" else "text/html")
        self.end_headers()

    do_GET = do_HEAD

    def log_message(self, *_words: object) -> None:
        """Say nothing."""


@pytest.fixture
def shop(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[ThreadingHTTPServer]:
    """The shop's web server on the loopback address, which the settings name as one of ours."""
    settings.LINK_CHECK_INTERNAL_HOSTS = ["127.0.0.1"]
    monkeypatch.setattr(web_probe, "TIMEOUT", httpx.Timeout(0.3))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    server.asked = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


def at(shop: ThreadingHTTPServer, path: str) -> str:
    return f"http://127.0.0.1:{shop.server_port}{path}"


@pytest.mark.parametrize(
    ("path", "is_image", "verdict", "status"),
    [
        ("/", False, Verdict.ALIVE, 200),
        ("/moved", False, Verdict.ALIVE, 200),
        ("/no-head", False, Verdict.ALIVE, 200),
        ("/logo.png", True, Verdict.ALIVE, 200),
        ("/", True, Verdict.NO_PICTURE, 200),
        ("/gone", False, Verdict.MISSING, 404),
        ("/broken", False, Verdict.REFUSED, 500),
        ("/loop", False, Verdict.REFUSED, 302),
        ("/slow", False, Verdict.SILENT, None),
        ("/inside", False, Verdict.INTERNAL, None),
    ],
)
def test_each_answer_has_its_word(
    shop: ThreadingHTTPServer, path: str, is_image: bool, verdict: str, status: int | None
) -> None:
    answer = web_probe.ask(at(shop, path), is_image=is_image)

    assert (answer.verdict, answer.status) == (verdict, status)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/",
        "http://localhost:{port}/",
        "http://[::1]:{port}/",
        "http://0.0.0.0:{port}/",
        "http://169.254.169.254/latest/meta-data/",
        "http://192.168.0.1/",
        "http://[::ffff:127.0.0.1]:{port}/",
    ],
)
def test_no_internal_network_is_asked(shop: ThreadingHTTPServer, settings: Settings, url: str) -> None:
    settings.LINK_CHECK_INTERNAL_HOSTS = []

    answer = web_probe.ask(url.format(port=shop.server_port))

    assert answer.verdict in (Verdict.INTERNAL, Verdict.UNREACHABLE)
    assert shop.asked == []


@pytest.mark.parametrize("host", ["www..shop.kr", ".shop.kr", "x" * 64 + ".kr", "쇼핑..한국"])
def test_what_can_be_no_name_cannot_be_reached(host: str) -> None:
    assert web_probe.ask(f"https://{host}/").verdict == Verdict.UNREACHABLE


def test_a_port_that_nobody_listens_on_cannot_be_reached(shop: ThreadingHTTPServer) -> None:
    assert web_probe.ask("http://127.0.0.1:9/").verdict == Verdict.UNREACHABLE


@pytest.fixture
def campaign(shop: ThreadingHTTPServer) -> Campaign:
    """A campaign with a good link, a dead one and a picture."""
    make_reachable_customer()
    links = "".join(f'<a href="{at(shop, path)}">가게</a>' for path in ("/", "/gone"))
    made = make_draft(content={"html": f'<p>안녕하세요</p>{links}<img src="{at(shop, "/logo.png")}" alt="로고">'})
    refresh_segment(made.segment_id)
    return made


def test_asking_for_review_has_the_addresses_asked(campaign: Campaign, author: User) -> None:
    lifecycle.submit_for_review(campaign, by=author)

    assert Kick.objects.filter(job="campaigns.tasks.check_links", argument=campaign.pk).exists()
    assert link_check.check(campaign.pk) == 3
    found = {(row.url.partition("?")[0][-9:], row.verdict) for row in link_check.results(campaign)}
    assert {verdict for _url, verdict in found} == {"alive", "missing"}
    assert ("/logo.png", "alive") in found


def test_what_is_known_is_not_asked_again_but_what_is_new_is(campaign: Campaign, shop: ThreadingHTTPServer) -> None:
    link_check.check(campaign.pk)
    shop.asked.clear()

    assert link_check.check(campaign.pk) == 0
    campaign.steps.get().variants.update(html=f'<p>새 글</p><a href="{at(shop, "/moved")}">가게</a>')
    assert [row.verdict for row in link_check.results(campaign)] == ["waiting"]
    assert link_check.check(campaign.pk) == 1


@pytest.mark.usefixtures("in_english")
def test_the_review_shows_what_each_address_answered(client: Client, campaign: Campaign, author: User) -> None:
    lifecycle.submit_for_review(campaign, by=author)
    link_check.check(campaign.pk)
    client.force_login(make_user("reader", "campaigns.view_campaign"))

    page = client.get(reverse("admin:campaigns_campaign_review", args=[campaign.pk]))

    assert [each.words for each in page.context["addresses"]] == ["not found", "answers", "answers"]
    assert "1 link or picture is broken" in [check.label for check in page.context["checks"]]


def test_who_may_neither_edit_nor_approve_asks_nothing(campaign: Campaign) -> None:
    with pytest.raises(NotAllowed):
        link_check.ask_again(campaign, by=make_user("reader", "campaigns.view_campaign"))

    assert not CheckedAddress.objects.exists()
    assert not Kick.objects.filter(job="campaigns.tasks.check_links").exists()
