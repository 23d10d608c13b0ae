"""The public addresses of messages, asked as mail programs, scanners and strangers ask them."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.test import Client

from campaigns import links
from campaigns.models import Hit, Message
from campaigns.tasks import roll_up_hits
from campaigns.tracking import flood_gate, views
from customers import consent
from customers.models import ConsentEntry, ConsentState
from tests.factories import make_account, make_customer, make_message, make_running_campaign, set_consent

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
TARGET = "https://shop.example/sale?utm_source=dangol"
CHROME = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Chrome/130.0"}


@pytest.fixture(autouse=True)
def _clean_counters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "flood_gate", flood_gate.FloodGate())


@pytest.fixture
def public() -> Client:
    """A stranger's browser, which checks nothing of ours and gets no help: CSRF is enforced."""
    return Client(enforce_csrf_checks=True, headers=CHROME)


@pytest.fixture
def message() -> Message:
    return make_message(make_running_campaign(links=(TARGET,)), make_customer())


def agree(message: Message) -> None:
    consent.grant(
        message.customer_id,
        purpose="ad_receive",
        channel="email",
        occurred_at=datetime(2026, 1, 5, tzinfo=UTC),
        method="web",
    )


def path(url: str) -> str:
    return url.removeprefix(links.settings.SITE_URL)


def agrees(message: Message) -> bool:
    return ConsentState.objects.get(customer=message.customer_id, purpose="ad_receive", channel="email").is_granted


def test_the_pixel_is_a_picture_of_43_bytes_that_nobody_keeps(public: Client, message: Message) -> None:
    answer = public.get(path(links.open_url(message.pk)))

    assert (answer.status_code, answer["Content-Type"], len(answer.content)) == (200, "image/gif", 43)
    assert (answer["Cache-Control"], answer["Referrer-Policy"]) == ("no-store, max-age=0", "no-referrer")
    assert not answer.cookies
    assert Hit.objects.get().kind == "open"


def test_the_pixel_answers_a_bad_token_alike_and_writes_nothing(public: Client, message: Message) -> None:
    good = public.get(path(links.open_url(message.pk)))
    bad = public.get("/o/" + "A" * 32 + ".gif")

    assert (bad.status_code, bad.content, bad.headers) == (good.status_code, good.content, good.headers)
    assert Hit.objects.count() == 1


@pytest.mark.parametrize("accept", ["image/avif,image/webp,image/*;q=0.8", "image/png", "text/html", ""])
def test_the_pixel_serves_whatever_a_mail_program_says_it_accepts(
    public: Client, message: Message, accept: str
) -> None:
    assert public.get(path(links.open_url(message.pk)), headers={"Accept": accept}).status_code == 200


def test_a_click_leads_to_the_stored_link(public: Client, message: Message) -> None:
    answer = public.get(path(links.click_url(message.pk, 1)))

    assert (answer.status_code, answer["Location"]) == (302, TARGET)
    assert (answer["Referrer-Policy"], answer["Cache-Control"]) == ("no-referrer", "no-store, max-age=0")
    assert (Hit.objects.get().kind, Hit.objects.get().user_agent) == ("click", CHROME["User-Agent"])


def test_a_click_on_an_address_in_korean_arrives(public: Client) -> None:
    campaign = make_running_campaign(links=("https://shop.example/상품?색=파랑",))
    message = make_message(campaign, make_customer())

    answer = public.get(path(links.click_url(message.pk, 1)))

    assert answer["Location"] == "https://shop.example/%EC%83%81%ED%92%88?%EC%83%89=%ED%8C%8C%EB%9E%91"


def test_a_query_cannot_choose_another_target(public: Client, message: Message) -> None:
    answer = public.get(path(links.click_url(message.pk, 1)) + "?url=https://evil.example&next=//evil.example")

    assert answer["Location"] == TARGET


@pytest.mark.parametrize("token", ["A" * 32, "x", "https:%2F%2Fevil.example", "%00", "가"])
def test_a_bad_click_is_a_page_not_found_and_no_redirect(public: Client, token: str) -> None:
    answer = public.get(f"/c/{token}")

    assert answer.status_code == 404
    assert "Location" not in answer


def test_a_token_opens_only_the_kind_of_address_it_was_made_for(public: Client, message: Message) -> None:
    click = links.write(message.pk, Hit.Kind.CLICK, 1)

    assert public.get(f"/u/{click}").status_code == 404
    assert public.post(f"/u/{click}").status_code == 404
    assert public.get(f"/o/{click}.gif").status_code == 200
    assert not Hit.objects.exists()


def test_a_link_that_is_gone_is_not_found(public: Client, message: Message) -> None:
    assert public.get(path(links.click_url(message.pk, 2))).status_code == 404
    assert public.get(path(links.click_url(message.pk + 1, 1))).status_code == 404


def test_a_head_request_is_recorded_as_what_it_is(public: Client, message: Message) -> None:
    answer = public.head(path(links.click_url(message.pk, 1)))

    roll_up_hits()

    assert answer.status_code == 302
    assert (Hit.objects.get().method, Hit.objects.get().machine_reason) == ("HEAD", "head")
    message.refresh_from_db()
    assert message.clicked_at is None


def test_looking_at_the_unsubscribe_page_changes_nothing(public: Client, message: Message) -> None:
    agree(message)

    page = public.get(path(links.unsubscribe_url(message.pk)))
    public.head(path(links.unsubscribe_url(message.pk)))

    assert page.status_code == 200
    assert page.content.decode().count("<form") == 1
    assert agrees(message)
    assert not Hit.objects.exists()


def test_the_unsubscribe_page_is_light_and_needs_no_script(public: Client, message: Message) -> None:
    page = public.get(path(links.unsubscribe_url(message.pk))).content.decode()

    assert len(page.encode()) < 20_000
    assert "<script" not in page
    assert "Unsubscribe" in page
    assert "단골마트" in page
    assert message.customer.email not in page


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("List-Unsubscribe=One-Click", "application/x-www-form-urlencoded"),
        (
            '--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--',
            "multipart/form-data; boundary=x",
        ),
        ("", "text/plain"),
        ("\x00" * 100, "multipart/form-data; boundary="),
    ],
    ids=["form", "multipart", "empty", "broken"],
)
def test_one_post_withdraws_without_cookie_login_or_redirect(
    public: Client, message: Message, body: str, content_type: str
) -> None:
    agree(message)

    with time_machine.travel(NOW, tick=False):
        answer = public.post(path(links.unsubscribe_url(message.pk)), data=body, content_type=content_type)

    assert (answer.status_code, not answer.cookies) == (200, True)
    assert not agrees(message)
    entry = ConsentEntry.objects.get(action="withdrawn")
    assert (entry.method, entry.occurred_at) == ("link", NOW)
    assert entry.evidence == {"message": message.pk, "campaign": message.campaign_id}


def test_the_unsubscribe_shows_on_the_message(public: Client, message: Message) -> None:
    public.post(path(links.unsubscribe_url(message.pk)), headers={"User-Agent": ""})

    roll_up_hits()

    message.refresh_from_db()
    assert message.unsubscribed_at is not None


def test_unsubscribing_again_changes_nothing_and_says_since_when(public: Client, message: Message) -> None:
    agree(message)
    with time_machine.travel(NOW, tick=False):
        public.post(path(links.unsubscribe_url(message.pk)))

    again = public.post(path(links.unsubscribe_url(message.pk)))
    page = public.get(path(links.unsubscribe_url(message.pk)))

    assert again.status_code == 200
    assert ConsentEntry.objects.filter(action="withdrawn").count() == 1
    assert "<form" not in page.content.decode()
    assert "2026-11-21 (토) 18:00" in page.content.decode()


def test_who_never_agreed_can_refuse_all_the_same(public: Client, message: Message) -> None:
    public.post(path(links.unsubscribe_url(message.pk)))

    assert not agrees(message)


def test_an_unsubscribe_with_a_bad_token_changes_nothing(public: Client, message: Message) -> None:
    agree(message)

    answer = public.post("/u/" + "A" * 32)

    assert answer.status_code == 404
    assert agrees(message)


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options", "trace"])
def test_other_methods_are_refused(public: Client, message: Message, method: str) -> None:
    answer = getattr(public, method)(path(links.click_url(message.pk, 1)))

    assert answer.status_code == 405
    assert not Hit.objects.exists()


def test_a_flood_from_one_address_is_refused(public: Client, message: Message, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flood_gate, "REQUESTS_A_MINUTE", 2)
    with time_machine.travel(NOW, tick=False):
        answers = [public.get(path(links.open_url(message.pk))).status_code for _ in range(3)]
        other = public.get(path(links.open_url(message.pk)), REMOTE_ADDR="203.0.113.9").status_code

    assert (answers, other) == ([200, 200, 429], 200)
    assert Hit.objects.count() == 3


def test_refusing_what_came_over_another_way_refuses_that_way(public: Client) -> None:
    """A campaign by e-mail may reach some by app push: who refuses there refuses app push (L-02, L-05)."""
    customer = make_customer()
    for channel in ("email", "push"):
        set_consent(customer, "ad_receive", channel=channel)
    sent = make_message(make_running_campaign(), customer, account=make_account(channel="push"))

    public.post(path(links.unsubscribe_url(sent.pk)))

    states = ConsentState.objects.filter(customer=customer, purpose="ad_receive")
    assert dict(states.values_list("channel", "is_granted")) == {"email": True, "push": False}


def test_a_short_link_of_a_text_message_leads_on_and_is_a_click(public: Client, message: Message) -> None:
    token = links.short_click_url(message.pk, 1).rpartition("/")[2]

    answer = public.get(f"/{token}")

    assert (answer.status_code, answer["Location"]) == (302, TARGET)
    assert Hit.objects.get().kind == "click"


@pytest.mark.parametrize("token", ["a" * 9, "Zz9Zz9Zz9", "admin0000"])
def test_nine_letters_that_we_did_not_write_lead_nowhere(public: Client, message: Message, token: str) -> None:
    answer = public.get(f"/{token}")

    assert answer.status_code == 404
    assert not Hit.objects.exists()


def test_a_robot_that_follows_a_short_link_does_not_count(message: Message) -> None:
    robot = Client(headers={"User-Agent": "facebookexternalhit/1.1"})

    robot.get(f"/{links.short_click_url(message.pk, 1).rpartition('/')[2]}")
    roll_up_hits()

    message.refresh_from_db()
    assert Hit.objects.get().is_machine
    assert message.clicked_at is None
