"""Once a year a large shop tells everybody what of their data it uses for what (P-16)."""

import re
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from customers.errors import UsageNoticeRefused
from customers.models import NoticeDuty, UsageNotice
from customers.privacy import usage_notices
from customers.tasks import open_consent_duties
from tests.factories import make_customer, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]
WRITES = tuple(f"customers.{act}_usagenotice" for act in ("view", "add", "change"))
LIST, ADD = "admin:customers_usagenotice_changelist", "admin:customers_usagenotice_add"
MORNING = datetime(2027, 12, 1, 0, 0, tzinfo=UTC)


@pytest.fixture
def writer() -> User:
    return make_user("writer", *WRITES)


@pytest.fixture
def colleague() -> User:
    return make_user("colleague", "customers.view_usagenotice", "customers.hand_over_notices")


@pytest.fixture
def notice(writer: User) -> UsageNotice:
    words = {"uses": "주문·배송: 이름, 전화번호", "recipients": "없음"}
    return UsageNotice.objects.create(due_on=date(2026, 12, 31), written_by=writer, **words)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page_of(notice: UsageNotice, act: str = "change") -> str:
    return reverse(f"admin:customers_usagenotice_{act}", args=[notice.pk])


def seen_on(client: Client, notice: UsageNotice) -> str:
    """What the form says was read."""
    [seen] = re.findall(r'name="seen" value="([^"]+)"', client.get(page_of(notice)).text)
    return seen


def test_everybody_who_can_be_written_to_is_owed_a_notice(notice: UsageNotice, colleague: User) -> None:
    by_mail, by_phone = make_customer(), make_customer(email="", phone="+821012345678")
    make_customer(email="", phone="")

    assert usage_notices.hand_over(notice, by=colleague) == 2

    owed = NoticeDuty.objects.values_list("customer", "kind", "usage_notice", "due_on")
    assert set(owed) == {(person.pk, "usage_notice", notice.pk, date(2026, 12, 31)) for person in (by_mail, by_phone)}


def test_a_colleague_hands_it_over_once_and_then_the_words_stand(
    notice: UsageNotice, writer: User, colleague: User
) -> None:
    make_customer()
    with pytest.raises(UsageNoticeRefused, match="colleague"):
        usage_notices.hand_over(notice, by=writer)
    usage_notices.hand_over(notice, by=colleague)

    with pytest.raises(UsageNoticeRefused, match="already"):
        usage_notices.hand_over(notice, by=colleague)
    with pytest.raises(UsageNoticeRefused, match="stand"):
        usage_notices.write_down(notice, by=colleague)
    assert NoticeDuty.objects.count() == 1


def test_with_nobody_to_tell_nothing_is_handed_over(notice: UsageNotice, colleague: User) -> None:
    with pytest.raises(UsageNoticeRefused):
        usage_notices.hand_over(notice, by=colleague)

    assert usage_notices.newest() is None


def test_the_next_opens_by_itself_thirty_days_before_it_is_due_and_once(notice: UsageNotice, colleague: User) -> None:
    make_customer()
    usage_notices.hand_over(notice, by=colleague)
    newcomer = make_customer()

    with time_machine.travel(datetime(2027, 11, 30, 14, 59, tzinfo=UTC), tick=False):
        open_consent_duties()
    assert UsageNotice.objects.count() == 1
    for _time in range(2):
        with time_machine.travel(MORNING, tick=False):
            open_consent_duties()

    following = usage_notices.newest()
    assert (following.due_on, following.uses, following.handed_over_by) == (
        *(date(2027, 12, 31), notice.uses, colleague),
    )
    assert following.notices.filter(customer=newcomer).count() == 1
    assert following.notices.count() == 2


def test_switched_off_no_other_opens(notice: UsageNotice, colleague: User) -> None:
    make_customer()
    usage_notices.hand_over(notice, by=colleague)
    usage_notices.turn(notice, is_yearly=False)

    assert usage_notices.open_next(MORNING) == 0
    assert UsageNotice.objects.count() == 1


def test_words_written_for_next_year_wait_for_a_colleague(notice: UsageNotice, writer: User, colleague: User) -> None:
    make_customer()
    usage_notices.hand_over(notice, by=colleague)
    UsageNotice.objects.create(due_on=date(2027, 12, 31), uses="새 문구", recipients="없음", written_by=writer)

    assert usage_notices.open_next(MORNING) == 0
    assert NoticeDuty.objects.count() == 1


@pytest.mark.parametrize(
    ("last", "today", "following"),
    [
        pytest.param(date(2026, 12, 31), date(2027, 1, 1), date(2027, 12, 31), id="the same day a year later"),
        pytest.param(date(2026, 12, 31), date(2026, 1, 1), date(2027, 12, 31), id="however early the last was"),
        pytest.param(date(2026, 12, 31), date(2027, 12, 31), date(2027, 12, 31), id="on the day itself"),
        pytest.param(date(2026, 12, 31), date(2030, 1, 1), date(2030, 12, 31), id="years that are over are left out"),
        pytest.param(date(2028, 2, 29), date(2028, 3, 1), date(2029, 2, 28), id="of 29 February the 28th"),
        pytest.param(date(2028, 2, 29), date(2031, 3, 1), date(2032, 2, 29), id="and in a leap year the 29th"),
    ],
)
def test_the_next_is_due_on_the_same_day_of_a_later_year(last: date, today: date, following: date) -> None:
    assert usage_notices.next_due_on(UsageNotice(due_on=last), today) == following


def test_switched_on_again_after_years_one_opens_and_the_page_names_its_day(
    notice: UsageNotice, writer: User, colleague: User
) -> None:
    make_customer()
    usage_notices.hand_over(notice, by=colleague)
    usage_notices.turn(notice, is_yearly=False)

    usage_notices.turn(notice, is_yearly=True)
    with time_machine.travel(datetime(2030, 6, 1, 3, 0, tzinfo=UTC), tick=False):
        open_consent_duties()
        next_on = signed_in(writer).get(reverse(LIST)).context["next_on"]
    assert (UsageNotice.objects.count(), next_on) == (1, date(2030, 12, 31))
    for day in (2, 3, 4):
        usage_notices.open_next(datetime(2030, 12, day, 3, 0, tzinfo=UTC))

    assert list(UsageNotice.objects.values_list("due_on", flat=True)) == [date(2030, 12, 31), date(2026, 12, 31)]


def test_words_that_changed_while_a_colleague_read_them_are_read_again(
    notice: UsageNotice, writer: User, colleague: User
) -> None:
    make_customer()
    client = signed_in(colleague)
    seen = seen_on(client, notice)
    notice.recipients = "택배사"
    usage_notices.write_down(notice, by=writer)

    answers = [client.post(page_of(notice, "hand_over"), given, follow=True).text for given in ({"seen": seen}, {})]

    assert ["changed while you were reading" in text for text in answers] == [True, True]
    assert not NoticeDuty.objects.exists()
    client.post(page_of(notice, "hand_over"), {"seen": seen_on(client, notice)})
    assert NoticeDuty.objects.count() == 1


def test_it_is_written_handed_over_and_switched_off_in_the_admin(writer: User, colleague: User) -> None:
    make_customer()
    client = signed_in(writer)
    assert "Off: no notice of use was written" in client.get(reverse(LIST)).content.decode()

    words = {"uses": "주문: 이름", "recipients": "없음", "due_on": "2026-12-31", "is_yearly": "on"}
    client.post(reverse(ADD), words)
    notice = UsageNotice.objects.get()
    client.post(page_of(notice, "form"), words | {"recipients": "택배사"})
    assert "a colleague reads them" not in client.get(page_of(notice)).content.decode()
    reader = signed_in(colleague)
    reader.post(page_of(notice, "hand_over"), {"seen": seen_on(reader, notice)})
    assert client.get(page_of(notice, "form"))["Location"] == page_of(notice)
    client.post(page_of(notice, "turn"))

    notice.refresh_from_db()
    assert (notice.recipients, notice.is_yearly, notice.handed_over_by) == ("택배사", False, colleague)
    assert NoticeDuty.objects.count() == 1


def test_the_page_says_from_how_many_people_on_it_is_owed(writer: User, settings: Settings) -> None:
    make_customer()
    client = signed_in(writer)
    assert "The law asks for it" not in client.get(reverse(LIST)).content.decode()

    settings.USAGE_NOTICE_FROM = 1

    assert "The law asks for it, and none was given here yet." in client.get(reverse(LIST)).content.decode()
