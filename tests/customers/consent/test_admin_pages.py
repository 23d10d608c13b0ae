"""The pages of consent: the overview, the board of duties, the numbers that refused, the panel of a customer."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from customers import consent
from customers.consent import duties, overview, phone_opt_outs
from customers.consent.phone_opt_outs import Call
from customers.identity import merging
from customers.models import ConsentEntry, Customer, NoticeDuty
from tests.factories import make_customer, make_incident, make_user, make_wording

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 21)  # a Saturday
NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
BOARD = "admin:customers_noticeduty_changelist"


@pytest.fixture(autouse=True)
def _plain(in_english: None) -> None:
    """Speak English, and count anew."""
    cache.clear()


@pytest.fixture
def operator(client: Client) -> Client:
    seen = ("customer", "consententry", "consentstate", "noticeduty", "phoneoptout", "consentwording")
    rights = [f"customers.view_{model}" for model in seen]
    client.force_login(make_user("operator", *rights, "customers.change_noticeduty"))
    return client


def say(
    customer: Customer, action: str, *, days_ago: int = 0, purpose: str = "ad_receive", channel: str = "sms"
) -> None:
    act = consent.grant if action == "granted" else consent.withdraw
    act(
        customer.pk,
        purpose=purpose,
        channel=channel,
        occurred_at=NOW - timedelta(days=days_ago),
        method="web",
    )


def test_the_overview_counts_people_by_channel_and_leaves_the_erased_and_merged_out() -> None:
    first, second, third, erased, merged = (make_customer() for _number in range(5))
    for customer in (first, second, third, erased, merged):
        say(customer, "granted", days_ago=3)
        say(customer, "granted", days_ago=3, purpose="marketing_use", channel="")
    say(first, "granted", days_ago=2, purpose="ad_night")
    say(second, "withdrawn", days_ago=1)
    Customer.objects.filter(pk=erased.pk).update(erased_at=NOW)
    Customer.objects.filter(pk=merged.pk).update(merged_into=first)

    standing = overview.standing()

    by_channel = {each.channel: (each.granted, each.withdrawn, each.night) for each in standing.channels}
    assert by_channel["sms"] == (2, 1, 1)
    assert by_channel["email"] == (0, 0, 0)
    assert (standing.use_granted, standing.use_withdrawn) == (3, 0)


def test_the_course_is_of_weeks_that_begin_on_monday_in_korea() -> None:
    customer = make_customer()
    monday_in_korea = datetime(2026, 11, 15, 15, 0, tzinfo=UTC)
    for at, channel in ((monday_in_korea, "sms"), (monday_in_korea - timedelta(seconds=1), "email")):
        consent.grant(customer.pk, purpose="ad_receive", channel=channel, occurred_at=at, method="web")

    weeks = overview.weeks(TODAY)

    assert [(week.first, week.granted, week.withdrawn) for week in weeks[-2:]] == [
        (date(2026, 11, 9), 1, 0),
        (date(2026, 11, 16), 1, 0),
    ]
    assert len(weeks) == 26
    assert sum(week.granted for week in overview.weeks(TODAY, "sms")) == 1


def test_the_overview_tells_of_missing_words_and_of_what_is_overdue(operator: Client) -> None:
    make_wording("marketing_use")
    say(make_customer(), "withdrawn", days_ago=400)

    page = operator.get(reverse("admin:customers_consents")).content.decode()

    assert "There are no published words for: receive advertising, receive advertising at night." in page
    assert "1 overdue" in page


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", ["email", "sms"]),
        ("?state=overdue", ["email"]),
        ("?state=soon", []),
        ("?state=done", ["kakao"]),
        ("?state=all", ["email", "kakao", "sms"]),
        ("?kind=reconfirmation", []),
    ],
)
def test_the_board_shows_what_is_open_first(operator: Client, query: str, shown: list[str]) -> None:
    customer = make_customer()
    with time_machine.travel(NOW, tick=False):
        for channel, days_ago in (("sms", 0), ("email", 20), ("kakao", 5)):
            say(customer, "withdrawn", channel=channel, days_ago=days_ago)
        duties.mark_done(NoticeDuty.objects.filter(channel="kakao").values_list("pk", flat=True), "e-mail")

        page = operator.get(reverse(BOARD) + query)

    assert sorted(duty.channel for duty in page.context["cl"].result_list) == shown


def test_the_board_leaves_out_what_stayed_with_a_merged_customer_and_says_so_among_all(operator: Client) -> None:
    incident, people = make_incident(), [make_customer(), make_customer()]
    for customer in people:
        NoticeDuty.objects.create(customer=customer, kind="incident", incident=incident, due_on=NOW.date())
    merging.merge(people[0].pk, people[1].pk, by=None)

    with time_machine.travel(NOW + timedelta(days=2), tick=False):
        shown = [operator.get(reverse(BOARD) + query) for query in ("", "?state=overdue", "?state=all")]

    assert [len(page.context["cl"].result_list) for page in shown] == [1, 1, 2]
    assert ["merged" in page.text for page in shown] == [False, False, True]


def test_a_notice_that_went_by_letter_is_marked_with_how(operator: Client) -> None:
    say(make_customer(), "withdrawn")
    duty = NoticeDuty.objects.get()
    chosen = {"action": "mark_done", "_selected_action": [duty.pk]}

    operator.post(reverse(BOARD), chosen)
    without_words = NoticeDuty.objects.get().done_at
    operator.post(reverse(BOARD), chosen | {"how": "letter of 2 November"})

    duty.refresh_from_db()
    assert without_words is None
    assert (duty.outcome, duty.how, duty.done_by.username) == ("noticed", "letter of 2 November", "operator")


def test_whoever_may_only_look_marks_nothing(client: Client) -> None:
    say(make_customer(), "withdrawn")
    duty = NoticeDuty.objects.get()
    client.force_login(make_user("analyst", "customers.view_noticeduty"))

    client.post(reverse(BOARD), {"action": "mark_done", "_selected_action": [duty.pk], "how": "letter"})

    duty.refresh_from_db()
    assert duty.done_at is None


def test_numbers_are_masked_and_found_whole_only(operator: Client) -> None:
    phone_opt_outs.hear([Call("+821012345678", NOW)], file_name="calls.csv", by=None)
    page = reverse("admin:customers_phoneoptout_changelist")

    listed, found = operator.get(page), operator.get(page, {"q": "010-1234-5678"})
    guessed = operator.get(page, {"q": "5678"}), operator.get(page, {"phone__startswith": "+82101"})

    assert "010-****-5678" in listed.content.decode()
    assert "12345678" not in listed.content.decode()
    assert len(found.context["cl"].result_list) == 1
    assert len(guessed[0].context["cl"].result_list) == 0
    assert guessed[1].status_code == 400


def test_the_customers_panel_tells_since_when_and_until_when(operator: Client) -> None:
    customer = make_customer()
    with time_machine.travel(NOW, tick=False):
        consent.grant(customer.pk, purpose="ad_receive", channel="email", occurred_at=NOW, method="web")
        say(customer, "granted", days_ago=720)
        consent.grant(
            customer.pk, purpose="ad_receive", channel="kakao", occurred_at=None, method="import", evidence={"a": "b"}
        )
        page = operator.get(reverse("admin:customers_customer_change", args=[customer.pk])).content.decode()

    assert "2028-11-20" in page
    assert "re-confirm soon" in page
    assert "date unknown" in page
    assert "1000-" not in page
    assert page.count("data-copies") == 1


def test_an_entry_without_a_date_says_so_in_the_ledger(operator: Client) -> None:
    consent.grant(
        make_customer().pk, purpose="ad_receive", channel="sms", occurred_at=None, method="import", evidence={"a": "b"}
    )
    entry = ConsentEntry.objects.get()

    pages = [
        operator.get(reverse("admin:customers_consententry_changelist")),
        operator.get(reverse("admin:customers_consententry_change", args=[entry.pk])),
    ]

    assert ["date unknown" in page.content.decode() for page in pages] == [True, True]
    assert not any("1000-" in page.content.decode() for page in pages)


def test_the_home_page_counts_what_is_legally_due(client: Client) -> None:
    client.force_login(make_user("operator", "campaigns.view_campaign", "customers.view_noticeduty"))
    say(make_customer(), "withdrawn", days_ago=100)

    page = client.get("/admin/").content.decode()

    tile = page.partition("Legally due")[2].partition("tile-figure")[2]
    assert tile.startswith('">1')
    assert reverse(BOARD) in page
