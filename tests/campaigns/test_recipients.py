"""Who got a campaign: the log page by page, and the answer to "did this customer get it?"."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Campaign, ClosedLeg, Message
from campaigns.notices import drafts
from campaigns.progress import recipient_log
from campaigns.progress.receipt import happenings, receipt_of, receipts
from campaigns.progress.recipient_log import Asked, Cursor
from customers import consent
from customers.identity import merging
from customers.models import AccessLogEntry, Customer
from customers.segments.refresh import refresh_segment
from tests.factories import (
    make_account,
    make_customer,
    make_draft,
    make_message,
    make_reachable_customer,
    make_running_campaign,
    make_user,
    set_consent,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]
Sender = Callable[[Campaign], Campaign]
READS = ("campaigns.view_campaign", "campaigns.view_message", "customers.view_customer")


@pytest.fixture
def reader(client: Client) -> Client:
    client.force_login(make_user("reader", *READS))
    return client


def log_url(campaign: Campaign) -> str:
    return reverse("admin:campaigns_campaign_recipients", args=[campaign.pk])


def read_all(campaign: Campaign, asked: Asked) -> list[Message]:
    """Every message of the log, turning page after page."""
    found: list[Message] = []
    cursor: Cursor | None = Cursor()
    while cursor is not None:
        page = recipient_log.page_of(campaign, asked, cursor)
        found += page.messages
        cursor = page.next
    return found


def test_turning_the_pages_shows_everybody_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipient_log, "PAGE", 3)
    campaign, other = make_running_campaign(), make_running_campaign()
    customers = [make_customer() for _number in range(8)]
    messages = [make_message(campaign, customer) for customer in reversed(customers)]
    make_message(other, customers[0])

    assert read_all(campaign, Asked()) == list(reversed(messages))


def test_a_page_that_ends_with_a_message_of_a_merged_customer_is_followed_by_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recipient_log, "PAGE", 3)
    campaign = make_running_campaign()
    kept, other, merged, last = (make_customer() for _number in range(4))
    messages = [make_message(campaign, customer) for customer in (kept, other, merged, last)]
    merging.merge(kept.pk, merged.pk, by=None)

    first = recipient_log.page_of(campaign, Asked(), Cursor())

    assert first.next is not None
    assert list(first.messages) == messages[:3]
    assert list(recipient_log.page_of(campaign, Asked(), first.next).messages) == messages[3:]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (Asked(status="failed"), {"failed"}),
        (Asked(why="NO_CONSENT"), {"skipped"}),
        (Asked(why="spam_blocked"), {"failed"}),
        (Asked(delivery="failed"), {"came back"}),
        (Asked(status="sent"), {"sent", "came back"}),
        (Asked(status="sent", why="NO_CONSENT"), set()),
    ],
)
def test_the_log_is_narrowed_by_outcome_and_reason(asked: Asked, found: set[str]) -> None:
    campaign = make_running_campaign()
    rows = {
        "sent": {},
        "failed": {"status": "failed", "failure": "spam_blocked"},
        "skipped": {"status": "skipped", "skip_reason": "NO_CONSENT"},
        "came back": {"delivery": "failed", "failure": "invalid_recipient"},
    }
    made = {make_message(campaign, make_customer(), **given).pk: name for name, given in rows.items()}

    assert {made[message.pk] for message in read_all(campaign, asked)} == found


def test_the_log_is_narrowed_by_account() -> None:
    campaign = make_running_campaign()
    make_message(campaign, make_customer())
    other = make_message(campaign, make_customer(), account=make_account(channel="sms"), leg=1)

    assert read_all(campaign, Asked(account=other.account_id)) == [other]


@pytest.mark.parametrize("after", ["", "x", "1", "1.x", "-1.2", "9" * 50 + ".1"])
def test_a_cursor_that_somebody_changed_begins_anew(reader: Client, after: str) -> None:
    campaign = make_running_campaign()
    make_message(campaign, make_customer(external_id="C-1"))

    assert "C-1" in reader.get(log_url(campaign), {"after": after}).content.decode()


def test_the_log_masks_names(reader: Client) -> None:
    campaign = make_running_campaign()
    make_message(campaign, make_customer(name="김민지", email="minji@example.com"))

    page = reader.get(log_url(campaign)).content.decode()

    assert "김*지" in page
    assert not any(secret in page for secret in ("김민지", "minji@"))


def test_the_log_asks_the_same_questions_for_one_and_for_fifty(
    reader: Client, django_assert_max_num_queries: Callable
) -> None:
    campaign = make_running_campaign()
    for _number in range(50):
        make_message(campaign, make_customer())

    with django_assert_max_num_queries(12):
        reader.get(log_url(campaign))


LATER = timezone.now() + timedelta(hours=3)
ANSWERS: dict[str, tuple[dict[str, object], str, str]] = {
    "taken": ({}, "good", "Yes: the gateway took it by e-mail"),
    "delivered": ({"delivery": "delivered"}, "good", "was delivered"),
    "opened": ({"opened_at": LATER}, "good", "was opened"),
    "no report": ({"delivery": "expired"}, "wait", "never reported"),
    "bounced": ({"delivery": "failed", "failure": "invalid_recipient"}, "bad", "came back"),
    "sandbox": ({"is_sandbox": True}, "bad", "written to the sandbox"),
    "failed": ({"status": "failed", "failure": "spam_blocked"}, "bad", "It was taken for spam"),
    "skipped": ({"status": "skipped", "skip_reason": "OPTED_OUT", "sent_at": None}, "bad", "Consent withdrawn"),
    "night": ({"status": "planned", "skip_reason": "NIGHT", "due_at": LATER, "sent_at": None}, "busy", "it waits"),
    "again": ({"status": "planned", "failure": "retryable", "sent_at": None}, "busy", "tried again"),
    "planned": ({"status": "planned", "sent_at": None}, "busy", "it is planned for"),
    "sending": ({"status": "sending", "sent_at": None}, "busy", "being handed over"),
    "unknown": ({"status": "unknown", "sent_at": None}, "wait", "Nobody knows"),
    "stopped": ({"status": "stopped", "sent_at": None}, "bad", "stopped before"),
}


@pytest.mark.parametrize(("given", "tone", "words"), ANSWERS.values(), ids=ANSWERS)
def test_the_answer_says_yes_no_perhaps_or_not_yet(given: dict[str, object], tone: str, words: str) -> None:
    receipt = receipt_of(make_message(make_running_campaign(), make_customer(), **given))

    assert receipt.tone == tone
    assert words in receipt.sentence


def test_every_status_has_an_answer() -> None:
    campaign = make_running_campaign()

    messages = [make_message(campaign, make_customer(), status=status) for status in Message.Status]
    for message in messages:
        message.skip_reason = "NO_CONSENT" if message.status == "skipped" else ""
    answers = [receipt_of(message) for message in messages]

    assert all(answer.sentence for answer in answers)


def without_consent(customer: Customer) -> None:
    set_consent(customer, "ad_receive", channel="email", is_granted=False)


def test_before_it_begins_the_gate_is_asked() -> None:
    reached, refused = make_reachable_customer(), make_reachable_customer()
    without_consent(refused)
    campaign = make_draft()
    refresh_segment(campaign.segment_id)
    stranger = make_customer()

    said = [receipts(campaign, customer)[0].sentence for customer in (reached, refused, stranger)]

    assert said == [
        "It has not begun; they would get it.",
        "It has not begun, and would leave them out: consent withdrawn.",
        "It has not begun, and would not go to them: they are not in its segment.",
    ]


def test_before_notices_begin_the_gate_is_asked_about_those_to_whom_one_is_due(author: User) -> None:
    customer, stranger = make_customer(email="minji@example.com"), make_customer()
    consent.grant(customer.pk, purpose="ad_receive", channel="email", occurred_at=timezone.now(), method="web")
    make_account()
    [campaign, *_others] = drafts.make_drafts(author)

    said = [receipts(campaign, each)[0].sentence for each in (customer, stranger)]

    assert said == [
        "It has not begun; they would get it.",
        "It has not begun, and would not go to them: they are not in its segment.",
    ]


def test_a_message_that_came_with_a_merge_is_answered_for_too() -> None:
    campaign = make_running_campaign()
    kept, merged = make_customer(), make_customer()
    messages = [make_message(campaign, customer) for customer in (kept, merged)]
    merging.merge(kept.pk, merged.pk, by=None)

    assert [receipt.message for receipt in receipts(campaign, kept)] == messages[::-1]


def test_who_came_to_the_segment_later_did_not_get_it() -> None:
    [receipt] = receipts(make_running_campaign(), make_customer())

    assert receipt.sentence == "No: was not among the customers of its segment when it began."


def test_a_campaign_of_notices_speaks_of_what_is_due_and_of_no_segment() -> None:
    campaign = make_running_campaign()
    Campaign.objects.update(duty="result_notice")

    [receipt] = receipts(Campaign.objects.get(pk=campaign.pk), make_customer())

    assert receipt.sentence == "No: nothing it tells of has been due to them so far."


def test_what_happened_is_told_newest_first_with_the_way_that_was_left() -> None:
    account = make_account(channel="sms", name="문자")
    message = make_message(make_running_campaign(), make_customer(), account=account, leg=1, sending_at=timezone.now())
    first = message.campaign.steps.get()
    ClosedLeg.objects.create(
        message=message, leg=0, account=first.account, variant=first.variants.get(), failure="invalid_recipient",
        closed_at=timezone.now() - timedelta(minutes=2),
    )  # fmt: skip

    found = happenings(message)

    told = [each.title for each in found]
    assert told.index("Taken by the gateway") < told.index("Went on to the next way: e-mail had failed")
    assert all(
        first.at >= second.at for first, second in zip(happenings(message), happenings(message)[1:], strict=False)
    )


@pytest.mark.parametrize("words", ["C-1", "minji@example.com", "010-1234-5678"])
def test_a_customer_is_found_by_number_mail_or_phone_and_the_look_is_logged(reader: Client, words: str) -> None:
    campaign = make_running_campaign()
    customer = make_customer(external_id="C-1", email="minji@example.com", phone="+821012345678", name="김민지")
    make_message(campaign, customer)

    answer = reader.get(reverse("admin:campaigns_campaign_find_recipient", args=[campaign.pk]), {"q": words})

    assert answer.headers["Location"] == reverse("admin:campaigns_campaign_recipient", args=[campaign.pk, customer.pk])
    assert AccessLogEntry.objects.filter(action=AccessLogEntry.Action.SEARCH).exists()


def test_nobody_found_leads_back_to_the_log(reader: Client) -> None:
    campaign = make_running_campaign()

    answer = reader.get(reverse("admin:campaigns_campaign_find_recipient", args=[campaign.pk]), {"q": "nobody"})

    assert answer.headers["Location"] == log_url(campaign)


def test_the_drawer_gets_the_answer_alone(reader: Client) -> None:
    message = make_message(make_running_campaign(), make_customer())
    page = reverse("admin:campaigns_campaign_recipient", args=[message.campaign_id, message.customer_id])

    part = reader.get(page, headers={"X-Requested-With": "fetch"}).content.decode()

    assert "<html" not in part
    assert "Yes: the gateway took it" in part
    assert AccessLogEntry.objects.get().customer_id == message.customer_id


def test_a_single_customer_is_for_who_may_see_customers(client: Client) -> None:
    client.force_login(make_user("somebody", *READS[:2]))
    message = make_message(make_running_campaign(), make_customer())

    answer = client.get(reverse("admin:campaigns_campaign_recipient", args=[message.campaign_id, message.customer_id]))

    assert answer.status_code == 403
    assert not AccessLogEntry.objects.exists()


@pytest.mark.parametrize("missing", READS[:2])
def test_the_log_is_for_who_may_see_campaigns_and_messages(client: Client, missing: str) -> None:
    client.force_login(make_user("somebody", *(right for right in READS if right != missing)))

    assert client.get(log_url(make_running_campaign())).status_code == 403


def test_the_customer_page_answers_for_the_last_campaigns(client: Client) -> None:
    client.force_login(make_user("reader", *READS))
    message = make_message(make_running_campaign(name="봄맞이"), make_customer())

    page = client.get(reverse("admin:customers_customer_change", args=[message.customer_id])).content.decode()

    assert "Did they get it?" in page
    assert "봄맞이" in page
