"""The main job with everything real: gunicorn, both clusters, SMTP, and workers that die in the middle of it.

facts in → segment → approved campaign → planned → sent → clicked → bought → attributed; and who opts out stays out.
"""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.utils import timezone

from analytics.campaign_report.funnel import Funnel, funnels_of
from analytics.models import AttributedOrder
from campaigns import approval, lifecycle
from campaigns.models import Campaign, ChannelAccount, Message, Step, Variant
from campaigns.pipeline import gate
from campaigns.tasks import plan_campaign
from crm_project import api_keys, processes, roles
from customers import consent
from customers.ingest import ingest_customers, ingest_orders, ingest_products
from customers.models import ConsentState, Customer, Segment
from customers.segments.refresh import refresh_segment
from tests.mail_server import Accepted, MailServer, free_port, process_on_port

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not processes.ON_LINUX, reason="looks into /proc")]

WILLING, CHANGED_THEIR_MIND = 1_040, 40
# Who must get nothing, and the reason that must stand at their row.
UNREACHABLE = {"OPTED_OUT": 50, "NO_CONSENT": 60, "NO_ADDRESS": 10}
KILLS = 5
TARGET = "https://shop.example/weekly?from=mail"
BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0 Safari/537.36"
# Ten on a machine that does nothing else; this one has workers killed and mail sent beside it.
SHOWS_WITHIN_SECONDS = float(os.environ.get("SHOWS_WITHIN_SECONDS", "20"))
SHORT_LEASES = {"CLAIM_LEASE_SECONDS": "20", "SENDING_LEASE_SECONDS": "20"}


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@pytest.fixture
def site() -> str:
    return f"http://127.0.0.1:{free_port()}"


@pytest.fixture
def start(environment: dict[str, str], site: str, tmp_path: Path) -> Iterator[Callable[[], None]]:
    """Start `manage.py serve` as an installation that really sends; end it after the test."""
    live = environment | SHORT_LEASES | {"MESSAGING_LIVE": "1", "SITE_URL": site}
    command = [sys.executable, "manage.py", "serve", "--port", site.rpartition(":")[2], "--workers", "1"]
    running: list[subprocess.Popen] = []
    log = tmp_path / "serve.log"

    def serve() -> None:
        with log.open("ab") as out:
            running.append(subprocess.Popen(command, env=live, cwd=settings.BASE_DIR, stdout=out, stderr=out))
        until(lambda: answers(f"{site}/healthz"), seconds=60)

    yield serve
    for process in running:
        process.send_signal(signal.SIGINT)
        process.wait(30)
    print(log.read_text("utf-8"))  # shown where the test failed


def test_the_main_job(mail_server: MailServer, start: Callable[[], None], site: str) -> None:
    team = Team()
    facts_come_in()
    campaign = team.campaign("돌아온 단골", segment=everybody_who_bought(), port=mail_server.port)
    team.approve(campaign)
    lifecycle.start_due(timezone.now())
    plan_campaign(campaign.pk)
    withdrawn = some_withdraw()
    expected = {customer.email for customer in willing() if customer.email not in withdrawn}

    start()
    kill_senders(mail_server)
    until(lambda: not Message.objects.filter(campaign=campaign, status__in=ON_THEIR_WAY).exists(), seconds=300)

    assert_each_got_one(campaign, mail_server, expected)
    assert reasons(campaign) == UNREACHABLE | {"OPTED_OUT": UNREACHABLE["OPTED_OUT"] + CHANGED_THEIR_MIND}

    reader, leaver, opener = [accepted for accepted in mail_server.accepted if is_sent(accepted)][:3]
    assert_open_shows(campaign, opener)
    assert_link_leads_to_its_target(reader)
    assert_shows(lambda: funnel_of(campaign).clicked == 1, "the click")
    assert_purchase_is_attributed(campaign, reader, site, key=team.key_of_the_shop())
    assert_opted_out(leaver)
    assert_next_campaign_leaves_them_alone(team, mail_server, leaver)


ON_THEIR_WAY = [Message.Status.PLANNED, Message.Status.CLAIMED, Message.Status.SENDING]


class Team:
    """The people of the shop: one writes campaigns, another approves them."""

    def __init__(self) -> None:
        roles.put_in_force()
        self.operator = self._member("operator", roles.OPERATOR)
        self.approver = self._member("approver", roles.APPROVER)

    def _member(self, name: str, role: roles.Role) -> User:
        user = User.objects.create_user(name, is_staff=True)
        user.groups.add(Group.objects.get(name=role.name))
        return user

    def key_of_the_shop(self) -> str:
        _key, text = api_keys.make(name="Web shop", user=self._member("shop", roles.SHOP_SYSTEM))
        return text

    def campaign(self, name: str, *, segment: Segment, port: int) -> Campaign:
        account, _is_new = ChannelAccount.objects.get_or_create(
            name="Mail",
            defaults={
                "gateway": "smtp",
                "settings": {"host": "127.0.0.1", "port": port},
                "is_live": True,
                "sender_name": "단골마트",
                "sender_address": "hello@shop.example",
                "contact_phone": "02-000-0000",
                "postal_address": "서울특별시 중구 세종대로 110",
                "rate_per_second": 60,
            },
        )
        campaign = Campaign.objects.create(name=name, purpose="ad", segment=segment, author=self.operator)
        step = Step.objects.create(campaign=campaign, account=account)
        html = f'<p>{{{{ name }}}}님, 반갑습니다.</p><p><a href="{TARGET}">이번 주 소식</a></p>'
        Variant.objects.create(step=step, subject="{{ name }}님께", html=html)
        return campaign

    def approve(self, campaign: Campaign) -> None:
        lifecycle.submit_for_review(campaign, by=self.operator)
        recipients = gate.recipients(gate.waterfall(campaign))
        approval.approve(campaign, by=self.approver, expected_recipients=recipients)


def facts_come_in() -> None:
    """A shop's customers with what they said about consent, and an order of each."""
    said_at = timezone.now() - timedelta(days=100)
    took_back_at = said_at + timedelta(days=30)
    yes = {"consent.marketing_use": True, "consent.marketing_use.at": said_at}
    email = {"consent.email": True, "consent.email.at": said_at}
    groups = {
        "willing": (WILLING + CHANGED_THEIR_MIND, yes | email),
        "left": (UNREACHABLE["OPTED_OUT"], yes | {"consent.email": False, "consent.email.at": took_back_at}),
        "silent": (UNREACHABLE["NO_CONSENT"] - 20, {}),
        "no-marketing": (20, email),
        "no-address": (UNREACHABLE["NO_ADDRESS"], yes | email),
    }
    people = [
        {
            "customer_id": f"{group}-{number}",
            "name": "김단골",
            "email": "" if group == "no-address" else f"{group}-{number}@example.com",
            "joined_at": said_at,
            **said,
        }
        for group, (count, said) in groups.items()
        for number in range(count)
    ]
    orders = [an_order(str(person["customer_id"]), at=timezone.now() - timedelta(days=40)) for person in people]

    assert ingest_products([{"sku": "APPLE", "name": "사과"}]).new == 1
    assert ingest_customers(people).refused == 0
    assert ingest_orders(orders).new == len(people)


def an_order(customer: str, *, at: object, number: str = "first") -> dict[str, object]:
    amounts = {"items_amount": 30_000, "shipping": 3_000, "paid": 33_000, "line_amount": 30_000}
    order = {"order_id": f"{number}-{customer}", "customer_id": customer, "placed_at": at, "status": "paid"}
    return order | amounts | {"sku": "APPLE", "quantity": 2}


def everybody_who_bought() -> Segment:
    segment = Segment.objects.create(
        name="구매 고객", rule={"all": [{"is": "order_count", "op": "at_least", "value": 1}]}
    )
    size = refresh_segment(segment.pk).size
    assert size == WILLING + CHANGED_THEIR_MIND + sum(UNREACHABLE.values())
    return segment


def willing() -> list[Customer]:
    return list(Customer.objects.filter(external_id__startswith="willing-").order_by("pk"))


def some_withdraw() -> set[str]:
    """Some withdraw their consent after the messages were planned. Return their addresses."""
    leaving = willing()[-CHANGED_THEIR_MIND:]
    for customer in leaving:
        terms = {"purpose": "ad_receive", "channel": "email", "method": "web"}
        consent.withdraw(customer.pk, occurred_at=timezone.now(), **terms)
    return {customer.email for customer in leaving}


def kill_senders(mail_server: MailServer) -> None:
    """Kill, again and again, the very process that has just handed a mail over."""
    for _kill in range(KILLS):
        mail_server.wait_for(len(mail_server.accepted) + 60, seconds=200)
        sender = None
        while sender is None:
            sender = process_on_port(mail_server.accepted[-1].sender_port)
            time.sleep(0.01)
        os.kill(sender, signal.SIGKILL)


def assert_each_got_one(campaign: Campaign, mail_server: MailServer, expected: set[str]) -> None:
    """No doubles, nobody too many, and whoever got none is shown as unknown."""
    received = mail_server.recipients()
    assert set(received.values()) == {1}
    assert received.keys() <= expected
    statuses = dict(Message.objects.filter(campaign=campaign).values_list("customer__email", "status"))
    assert {statuses[email] for email in received} <= {Message.Status.SENT, Message.Status.UNKNOWN}
    assert {statuses[email] for email in expected - received.keys()} <= {Message.Status.UNKNOWN}
    unknown = sum(statuses[email] == Message.Status.UNKNOWN for email in expected)
    assert len(received) >= 1_000 - 50 * KILLS
    assert unknown <= 50 * KILLS


def reasons(campaign: Campaign) -> dict[str, int]:
    skipped = Message.objects.filter(campaign=campaign, status=Message.Status.SKIPPED)
    codes = skipped.values_list("skip_reason", flat=True)
    return {code: list(codes).count(code) for code in set(codes)}


def is_sent(accepted: Accepted) -> bool:
    return Message.objects.filter(pk=accepted.message_id, status=Message.Status.SENT).exists()


def assert_open_shows(campaign: Campaign, accepted: Accepted) -> None:
    [pixel] = re.findall(r'src="([^"]+/o/[^"]+\.gif)"', accepted.html)

    assert httpx.get(pixel, headers={"User-Agent": BROWSER}).status_code == 200

    assert_shows(lambda: funnel_of(campaign).opened == 1, "the open")


def assert_link_leads_to_its_target(accepted: Accepted) -> None:
    [link] = accepted.links()

    answer = httpx.get(link, headers={"User-Agent": BROWSER})

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(TARGET)
    assert answer.headers["Location"] == Message.objects.get(pk=accepted.message_id).variant.links.get().url


def assert_purchase_is_attributed(campaign: Campaign, accepted: Accepted, site: str, *, key: str) -> None:
    """Post the reader's order as the shop would; its revenue (30,000 won without shipping) is the campaign's."""
    reader = Message.objects.get(pk=accepted.message_id).customer
    order = an_order(reader.external_id, at=timezone.now().isoformat(), number="again")

    answer = httpx.post(f"{site}/api/v1/orders/", json=[order], headers={"Authorization": f"Bearer {key}"})

    assert answer.status_code == 200, answer.text
    assert answer.json()["new"] == 1
    assert_shows(lambda: funnel_of(campaign).orders == 1, "the order")
    credit = AttributedOrder.objects.get(campaign=campaign, model=AttributedOrder.Model.LAST_CLICK)
    assert (credit.revenue, credit.message_id) == (30_000, accepted.message_id)
    funnel = funnel_of(campaign)
    assert (funnel.clicked, funnel.orders, funnel.buyers, funnel.revenue) == (1, 1, 1, 30_000)


def funnel_of(campaign: Campaign) -> Funnel:
    return funnels_of([campaign.pk])[campaign.pk]


def assert_shows(is_there: Callable[[], bool], what: str) -> None:
    """Wait until it shows in the report, and say how long that took."""
    happened_at = time.monotonic()
    until(is_there, seconds=SHOWS_WITHIN_SECONDS)
    print(f"{what} showed in the report after {time.monotonic() - happened_at:.1f} s")


def assert_opted_out(accepted: Accepted) -> None:
    answer = httpx.post(accepted.unsubscribe_url, data={"List-Unsubscribe": "One-Click"})

    assert answer.status_code == 200
    leaver = Message.objects.get(pk=accepted.message_id)
    assert not ConsentState.objects.get(customer=leaver.customer_id, purpose="ad_receive", channel="email").is_granted


def assert_next_campaign_leaves_them_alone(team: Team, mail_server: MailServer, leaver: Accepted) -> None:
    """Send again, to a newcomer and to the one who left: to the one who left nothing comes."""
    newcomer = {
        "customer_id": "newcomer",
        "name": "이새롬",
        "email": "newcomer@example.com",
        "joined_at": timezone.now(),
    }
    said = {f"consent.{name}": True for name in ("marketing_use", "email")}
    said |= {f"consent.{name}.at": timezone.now() for name in ("marketing_use", "email")}
    ingest_customers([newcomer | said])
    ingest_orders([an_order("newcomer", at=timezone.now())])
    segment = Segment.objects.get(name="구매 고객")
    until(lambda: segment.members.filter(external_id="newcomer").exists(), seconds=60)
    second = team.campaign("두 번째 소식", segment=segment, port=mail_server.port)
    before = len(mail_server.accepted)

    team.approve(second)

    mail_server.wait_for(before + 1, seconds=120)
    until(lambda: Campaign.objects.filter(pk=second.pk, status=Campaign.Status.FINISHED).exists(), seconds=120)
    assert [mail.recipient for mail in mail_server.accepted[before:]] == ["newcomer@example.com"]
    skipped = Message.objects.get(campaign=second, customer__email=leaver.recipient)
    assert (skipped.status, skipped.skip_reason) == (Message.Status.SKIPPED, "OPTED_OUT")


def until(happened: Callable[[], bool], *, seconds: float) -> None:
    """Wait for something real to happen."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"It did not happen within {seconds} s."
        time.sleep(0.2)


def answers(address: str) -> bool:
    try:
        return httpx.get(address, timeout=5).status_code == 200
    except httpx.TransportError:
        return False
