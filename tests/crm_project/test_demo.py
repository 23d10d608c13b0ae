"""What the demo sets up, whom it refuses, and how its public answers mail."""

import io
import json
from datetime import date
from email.message import EmailMessage
from itertools import count
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.utils import timezone

from analytics.models import MarketingSpend
from campaigns.models import Campaign
from crm_project import roles
from crm_project.demo.complete_journey import SOURCE
from crm_project.demo.logins import LOGINS, make_users, web_shop_key
from crm_project.demo.mailbox import Mail, Mailboxes, read
from crm_project.demo.public import Public, Shopper, Ware, order
from crm_project.demo.setup import CAMPAIGN, SEGMENTS, set_up
from crm_project.demo.shoppers import who_is
from crm_project.models import ApiKey, Kick
from customers.models import ConsentWording, OrderLine, Product, Segment
from tests.factories import make_customer, make_order

TODAY = date(2026, 11, 22)
SHOPPER = Shopper("105", (Ware("A", 4_000), Ware("B", 12_000), Ware("C", 30_000)))


@pytest.fixture
def team(db: None, tmp_path: Path) -> dict[str, str]:
    roles.put_in_force()
    return make_users(tmp_path)


def test_every_role_can_log_in_with_the_password_that_is_printed(team: dict[str, str]) -> None:
    for login in LOGINS:
        user = get_user_model().objects.get(username=login.username)
        assert user.check_password(team[login.username])
        assert [group.name for group in user.groups.all()] == [login.role.name]
        assert not user.is_superuser


def test_passwords_stay_and_only_their_owner_can_read_them(team: dict[str, str], tmp_path: Path) -> None:
    assert make_users(tmp_path) == team
    assert (tmp_path / "logins.json").stat().st_mode & 0o077 == 0


def test_the_shop_keeps_its_key(team: dict[str, str], tmp_path: Path) -> None:
    key = web_shop_key(tmp_path)

    assert web_shop_key(tmp_path) == key
    assert ApiKey.objects.count() == 1
    assert not get_user_model().objects.get(username="webshop").has_usable_password()


def test_a_campaign_waits_for_the_approver_and_a_second_start_changes_nothing(team: dict[str, str]) -> None:
    set_up(TODAY)
    set_up(TODAY)

    campaign = Campaign.objects.get(name=CAMPAIGN)
    assert (campaign.name, campaign.status, campaign.author.username) == (CAMPAIGN, "in_review", "operator")
    assert set(Segment.objects.values_list("name", flat=True)) == set(SEGMENTS)
    assert ConsentWording.objects.exclude(published_at=None).count() == 3
    assert Kick.objects.filter(job="campaigns.tasks.count_recipes").count() == 1
    assert MarketingSpend.objects.count() == 48
    assert (MarketingSpend.objects.earliest("month").month, MarketingSpend.objects.latest("month").month) == (
        date(2025, 12, 1),
        date(2026, 11, 1),
    )


def test_what_somebody_did_with_the_campaign_stays(team: dict[str, str]) -> None:
    set_up(TODAY)
    Campaign.objects.update(status=Campaign.Status.CANCELLED)

    set_up(TODAY)

    assert Campaign.objects.get(name=CAMPAIGN).status == Campaign.Status.CANCELLED


@pytest.mark.django_db
@pytest.mark.parametrize("options", [{}, {"reset": True}])
def test_a_real_shop_gets_no_demo(options: dict[str, bool]) -> None:
    make_customer()

    with pytest.raises(CommandError, match="This database holds a shop of its own"):
        call_command("demo", no_serve=True, stdout=io.StringIO(), **options)

    assert not get_user_model().objects.exists()


@pytest.mark.django_db
def test_the_demo_never_sends(settings: object) -> None:
    settings.MESSAGING_LIVE = True

    with pytest.raises(CommandError, match="does not run with MESSAGING_LIVE=1"):
        call_command("demo", no_serve=True, stdout=io.StringIO())


def mail_bytes(number: int = 7) -> bytes:
    message = EmailMessage()
    message["To"] = "김단골 <sky53.105@example.com>"
    message["X-Dangol-Message"] = str(number)
    message["List-Unsubscribe"] = "<http://127.0.0.1:8000/u/leave>"
    message.set_content("안녕하세요")
    message.add_alternative(
        '<a href="http://127.0.0.1:8000/c/one">하나</a><a href="http://127.0.0.1:8000/c/two">둘</a>'
        '<a href="http://127.0.0.1:8000/u/leave">수신거부</a><img src="http://127.0.0.1:8000/o/eye.gif">',
        subtype="html",
    )
    return message.as_bytes()


def test_a_mail_is_read_as_a_mail_program_reads_it() -> None:
    assert read(mail_bytes()) == Mail(
        number="7",
        recipient="김단골 <sky53.105@example.com>",
        picture="/o/eye.gif",
        links=("/c/one", "/c/two"),
        unsubscribe="/u/leave",
    )


def test_only_mail_that_comes_later_is_new(tmp_path: Path) -> None:
    (tmp_path / "1").mkdir()
    (tmp_path / "1" / "old.eml").write_bytes(mail_bytes(1))
    mailboxes = Mailboxes(tmp_path)

    (tmp_path / "1" / "2.eml").write_bytes(mail_bytes(2))

    assert [mail.number for mail in mailboxes.new_mail()] == ["2"]
    assert list(mailboxes.new_mail()) == []


class RecordingWeb:
    """Takes down what the public asks for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.reported: list[tuple[str, list[dict[str, object]]]] = []

    def ask(self, path: str, *, user_agent: str, method: str = "GET", body: str | None = None) -> int:
        self.asked.append((method, path))
        return 200

    def report(self, path: str, records: list[dict[str, object]]) -> int:
        self.reported.append((path, json.loads(json.dumps(records))))
        return 200


def answers_to(mails: int, tmp_path: Path) -> RecordingWeb:
    web = RecordingWeb()
    hours = count()
    public = Public(Mailboxes(tmp_path), web, lambda _recipient: SHOPPER, clock=lambda: next(hours) * 3_600)
    for number in range(mails):
        public.receive(read(mail_bytes(number)))
    while public.act():
        pass
    return web


def test_of_many_some_open_fewer_click_and_few_buy_or_leave(tmp_path: Path) -> None:
    web = answers_to(1_000, tmp_path)

    opens = web.asked.count(("GET", "/o/eye.gif"))
    clicks = web.asked.count(("GET", "/c/one")) + web.asked.count(("GET", "/c/two"))
    bought = [records for path, records in web.reported if path == f"/api/v1/orders/?source={SOURCE}"]
    assert 450 < opens < 700
    assert 150 < clicks < 300
    assert 15 < len(bought) < 80
    assert 1 <= web.asked.count(("POST", "/u/leave")) < 30


def test_the_same_mail_is_always_answered_alike(tmp_path: Path) -> None:
    first, second = answers_to(50, tmp_path), answers_to(50, tmp_path)

    assert sorted(first.asked) == sorted(second.asked)
    assert len(first.reported) == len(second.reported)


@pytest.mark.parametrize(("wares", "shipping"), [(SHOPPER.favourites[:2], 3_000), (SHOPPER.favourites, 0)])
def test_an_online_order_adds_up(wares: tuple[Ware, ...], shipping: int) -> None:
    lines = order("web-7", SHOPPER, list(wares), timezone.now().isoformat())

    assert [line["line_amount"] for line in lines] == [ware.price for ware in wares]
    assert {(line["items_amount"], line["shipping"], line["paid"]) for line in lines} == {
        (sum(ware.price for ware in wares), shipping, sum(ware.price for ware in wares) + shipping)
    }


@pytest.mark.django_db
def test_a_shopper_is_known_by_their_address_and_likes_what_they_buy_most() -> None:
    customer = make_customer(external_id="105", email="sky53.105@example.com", is_demo=True)
    milk = Product.objects.create(sku="M", name="우유", price=2_800)
    bread = Product.objects.create(sku="B", name="빵", price=3_500)
    for position, product in enumerate([milk, bread, bread]):
        bought = make_order(customer, placed_at=timezone.now())
        OrderLine.objects.create(order=bought, position=position, product=product, amount=product.price)

    assert who_is("김단골 <SKY53.105@example.com>") == Shopper("105", (Ware("B", 3_500), Ware("M", 2_800)))
    assert who_is("nobody@example.com") is None
