"""The log of messages and the sandbox's outbox: found quickly, told in words, and no name for everybody."""

from collections.abc import Callable

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Campaign, Message
from customers.models import AccessLogEntry
from tests.factories import (
    make_account,
    make_customer,
    make_draft,
    make_message,
    make_reachable_customer,
    make_running_campaign,
    make_text_campaign,
    make_text_reader,
    make_user,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]

LOG = "/admin/campaigns/message/"
OUTBOX = f"{LOG}outbox/"
READS = ("outbox_mail", "outbox_body")
Sender = Callable[[Campaign], Campaign]


@pytest.fixture
def reader(client: Client) -> Client:
    client.force_login(make_user("reader", "campaigns.view_message"))
    return client


@pytest.fixture
def written(sent: Sender) -> Message:
    """A mail that the sandbox wrote."""
    customer = make_reachable_customer(external_id="C-1", name="김민지", email="minji@example.com")
    return sent(make_draft(name="다시 만나요")).messages.get(customer=customer)


def listed(client: Client, **question: object) -> list[Message]:
    return list(client.get(LOG, question).context["cl"].result_list)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"status": Message.Status.SENT}, ["Sent"]),
        ({"status": Message.Status.SENT, "is_sandbox": True}, ["Sent to the sandbox", "Read"]),
        ({"status": Message.Status.SKIPPED, "skip_reason": "OPTED_OUT", "sent_at": None}, ["consent withdrawn"]),
        ({"status": Message.Status.FAILED, "failure": "smtp_550", "failure_detail": "550 gone"}, ["550 gone"]),
        ({"status": Message.Status.FAILED, "failure": "connection"}, ["connection"]),
    ],
)
def test_the_log_says_what_became_of_a_message(reader: Client, given: dict[str, object], words: list[str]) -> None:
    customer = make_customer(external_id="C-1", name="김민지", email="minji@example.com")
    make_message(make_running_campaign(name="다시 만나요"), customer, **given)

    page = reader.get(LOG).content.decode()

    assert [word for word in ["다시 만나요", "C-1", *words] if word.lower() not in page.lower()] == []
    assert not any(secret in page for secret in ("김민지", "minji@"))


def test_the_log_is_narrowed_by_campaign_outcome_and_reason(reader: Client) -> None:
    spring, autumn = make_running_campaign(name="봄"), make_running_campaign(name="가을")
    sent = make_message(spring, make_customer())
    skipped = make_message(spring, make_customer(), status=Message.Status.SKIPPED, skip_reason="NO_CONSENT")
    other = make_message(autumn, make_customer())

    assert listed(reader) == [other, skipped, sent]
    assert listed(reader, campaign=spring.pk) == [skipped, sent]
    assert listed(reader, status__exact="sent") == [other, sent]
    assert listed(reader, skip_reason__exact="NO_CONSENT") == [skipped]


@pytest.mark.parametrize(("words", "found"), [("C-1", 1), ("C-", 0), ("c-1", 0), ("김민지", 0)])
def test_a_message_is_found_by_the_whole_customer_number(reader: Client, words: str, found: int) -> None:
    make_message(make_running_campaign(), make_customer(external_id="C-1", name="김민지"))

    assert len(listed(reader, q=words)) == found


def test_nobody_changes_the_log(client: Client) -> None:
    rights = [f"campaigns.{verb}_message" for verb in ("view", "add", "change", "delete")]
    client.force_login(make_user("curious", *rights))
    message = make_message(make_running_campaign(), make_customer())

    answers = [client.post(f"{LOG}{path}") for path in ("add/", f"{message.pk}/change/", f"{message.pk}/delete/")]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert Message.objects.filter(pk=message.pk, status=Message.Status.SENT).exists()


def test_the_outbox_lists_what_the_sandbox_wrote_by_number(reader: Client, written: Message) -> None:
    make_message(make_running_campaign(name="진짜로 보낸 것"), make_customer(external_id="C-really-sent"))

    page = reader.get(OUTBOX).content.decode()

    assert reverse("admin:campaigns_outbox_mail", args=[written.pk]) in page
    assert "C-1" in page
    assert not any(other in page for other in ("C-really-sent", "김민지", "minji@"))
    assert not AccessLogEntry.objects.exists()


@pytest.mark.parametrize("name", READS)
def test_reading_a_mail_leaves_a_trace(reader: Client, written: Message, name: str) -> None:
    assert reader.get(reverse(f"admin:campaigns_{name}", args=[written.pk])).status_code == 200

    entry = AccessLogEntry.objects.get()
    assert (entry.user.username, entry.action, entry.customer) == ("reader", "view", written.customer)


@pytest.mark.parametrize(("permission", "seen"), [((), False), (("customers.view_personal_data",), True)])
def test_a_mails_reader_is_named_to_who_may_see_it(
    client: Client, written: Message, permission: tuple[str, ...], seen: bool
) -> None:
    client.force_login(make_user("somebody", "campaigns.view_message", *permission))

    page = client.get(reverse("admin:campaigns_outbox_mail", args=[written.pk])).content.decode()

    assert [secret in page for secret in ("김민지", "minji@example.com")] == [seen, seen]


def test_looking_at_a_mail_neither_opens_nor_clicks_for_its_reader(
    client: Client, written: Message, settings: object
) -> None:
    client.force_login(make_user("somebody", "campaigns.view_message", "customers.view_personal_data"))

    body = client.get(reverse("admin:campaigns_outbox_body", args=[written.pk])).content.decode()

    assert 'href="#"' in body
    assert settings.SITE_URL not in body


@pytest.mark.parametrize("name", READS)
def test_a_mail_is_not_for_who_may_not_see_messages(client: Client, written: Message, name: str) -> None:
    client.force_login(make_user("outsider", "customers.view_personal_data"))

    assert client.get(reverse(f"admin:campaigns_{name}", args=[written.pk])).status_code == 403
    assert not AccessLogEntry.objects.exists()


@pytest.mark.parametrize("name", READS)
def test_a_mail_that_is_not_there_has_no_page(reader: Client, outbox: object, name: str) -> None:
    never_written = make_message(make_running_campaign(), make_customer(), sent_at=timezone.now())

    for number in (never_written.pk, 0):
        assert reader.get(reverse(f"admin:campaigns_{name}", args=[number])).status_code == 404
    assert not AccessLogEntry.objects.exists()


@pytest.mark.parametrize(("permission", "seen"), [((), False), (("customers.view_personal_data",), True)])
def test_a_text_message_is_shown_as_on_a_phone(
    client: Client, sent: Sender, permission: tuple[str, ...], seen: bool
) -> None:
    make_text_reader(1, name="김민지")
    account = make_account(channel="sms", sender_address="02-1234-5678", opt_out_number="080-123-4567")
    with time_machine.travel("2026-11-20T03:00:00Z", tick=True):
        sent(make_text_campaign(account, "{{ name }}님, 어서 오세요"))
    client.force_login(make_user("somebody", "campaigns.view_message", *permission))

    page = client.get(reverse("admin:campaigns_outbox_mail", args=[Message.objects.get().pk])).content.decode()

    assert "어서 오세요" in page
    assert "무료거부0801234567" in page
    assert [secret in page for secret in ("김민지", "+821000000001")] == [seen, seen]
    assert AccessLogEntry.objects.count() == 1
