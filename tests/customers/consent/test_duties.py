"""What the law asks after a customer spoke: the notice of the result, and the question every two years."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from crm_project.schedules import SCHEDULES
from customers import consent
from customers.consent import ConsentExpression, duties, record_many
from customers.identity import merging
from customers.models import ConsentState, Customer, CustomerMerge, NoticeDuty
from customers.privacy import incidents
from customers.tasks import open_consent_duties
from tests.factories import make_customer, make_incident, make_user

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 1, 3, 0, tzinfo=UTC)


def at(day: date) -> datetime:
    """Noon of the day in Korea."""
    return datetime(day.year, day.month, day.day, 3, tzinfo=UTC)


def say(customer: Customer, action: str, when: datetime | None, *, method: str = "web", **more: object) -> None:
    terms = {"purpose": "ad_receive", "channel": "email"} | more
    record_many([ConsentExpression(customer.pk, action=action, occurred_at=when, **terms)], method=method)


def open_duties(kind: str) -> list[NoticeDuty]:
    return list(NoticeDuty.objects.filter(kind=kind, done_at=None).order_by("due_on", "pk"))


def reconfirm_by(customer: Customer, purpose: str = "ad_receive") -> date | None:
    return ConsentState.objects.get(customer=customer, purpose=purpose).reconfirm_by


@pytest.mark.parametrize(
    ("action", "purpose", "channel", "method", "due_on"),
    [
        pytest.param("granted", "ad_receive", "email", "web", date(2026, 11, 15), id="L-12 a grant, within 14 days"),
        pytest.param("withdrawn", "ad_receive", "email", "link", date(2026, 11, 15), id="L-12 a withdrawal"),
        pytest.param("withdrawn", "ad_receive", "sms", "call", date(2026, 11, 15), id="L-12 a refusal by phone"),
        pytest.param("granted", "ad_receive", "sms", "api", date(2026, 11, 15), id="L-12 reported by the shop"),
        pytest.param("withdrawn", "ad_receive", "sms", "080", date(2026, 11, 15), id="L-12 by the 080 number"),
        pytest.param("granted", "ad_receive", "sms", "import", None, id="L-12 an import tells of old consents"),
        pytest.param("withdrawn", "marketing_use", "", "web", date(2026, 11, 11), id="P-05 withdrawal of use, 10 days"),
        pytest.param("granted", "marketing_use", "", "web", None, id="P-01 marketing use needs no notice"),
    ],
)
def test_what_a_customer_says_is_answered_in_time(
    action: str, purpose: str, channel: str, method: str, due_on: date | None
) -> None:
    customer = make_customer()

    with time_machine.travel(NOON, tick=False):
        say(customer, action, NOON, method=method, purpose=purpose, channel=channel)

    assert [duty.due_on for duty in open_duties("result_notice")] == ([due_on] if due_on else [])


def test_the_night_has_a_notice_of_its_own() -> None:
    customer = make_customer()

    say(customer, "granted", NOON, channel="sms")
    say(customer, "granted", NOON + timedelta(minutes=1), channel="sms", purpose="ad_night")

    assert [duty.purpose for duty in open_duties("result_notice")] == ["ad_receive", "ad_night"]


def test_the_day_of_a_notice_is_that_of_korea() -> None:
    say(make_customer(), "withdrawn", datetime(2026, 10, 31, 15, 30, tzinfo=UTC))

    assert open_duties("result_notice")[0].due_on == date(2026, 11, 15)


@pytest.mark.parametrize(
    ("now", "is_overdue"),
    [
        pytest.param(datetime(2026, 11, 15, 14, 59, 59, tzinfo=UTC), False, id="L-12 the last second"),
        pytest.param(datetime(2026, 11, 15, 15, 0, tzinfo=UTC), True, id="L-12 overdue from midnight"),
    ],
)
def test_a_notice_is_overdue_from_the_day_after(now: datetime, is_overdue: bool) -> None:
    say(make_customer(), "withdrawn", NOON)

    assert duties.overdue(now).exists() == is_overdue


@pytest.mark.parametrize(
    ("is_new", "count"),
    [pytest.param(True, 1, id="L-12 the operator says it is new"), pytest.param(False, 0, id="L-12 known for long")],
)
def test_whoever_imports_may_say_whether_it_is_new(is_new: bool, count: int) -> None:
    expression = ConsentExpression(make_customer().pk, "ad_receive", "granted", NOON, "email")

    record_many([expression], method="import", is_new=is_new)

    assert len(open_duties("result_notice")) == count


def test_the_shops_history_over_the_api_opens_no_notices() -> None:
    with time_machine.travel(NOON, tick=False):
        say(make_customer(), "granted", NOON - timedelta(days=15), method="api")
        say(make_customer(), "granted", NOON - timedelta(days=13), method="api")

    assert len(open_duties("result_notice")) == 1


def test_the_same_word_again_opens_no_second_duty() -> None:
    customer = make_customer()

    for _time in range(2):
        say(customer, "withdrawn", NOON)

    assert NoticeDuty.objects.count() == 1


@pytest.mark.parametrize(
    ("said_on", "last_day"),
    [
        pytest.param(date(2024, 11, 21), date(2026, 11, 20), id="L-13 two years less a day"),
        pytest.param(date(2024, 2, 29), date(2026, 2, 27), id="L-13 a leap day"),
        pytest.param(date(2025, 12, 31), date(2027, 12, 30), id="L-13 the end of a year"),
        pytest.param(date(2026, 3, 1), date(2028, 2, 29), id="L-13 into a leap year"),
    ],
)
def test_a_consent_is_asked_about_again_before_two_years_are_over(said_on: date, last_day: date) -> None:
    customer = make_customer()
    say(customer, "granted", at(said_on), method="import")

    day_before = open_reconfirmations_on(last_day - timedelta(days=31))
    thirty_days_ahead = open_reconfirmations_on(last_day - timedelta(days=30))

    assert reconfirm_by(customer) == last_day
    assert (day_before, thirty_days_ahead) == ([], [last_day])


def open_reconfirmations_on(day: date) -> list[date]:
    """Return what a nightly run of that day finds open, forgetting what the ledger opened at once."""
    NoticeDuty.objects.all().delete()
    with time_machine.travel(at(day), tick=False):
        open_consent_duties()
    return [duty.due_on for duty in open_duties("reconfirmation")]


def test_marketing_use_is_not_asked_about_again() -> None:
    say(make_customer(), "granted", at(date(2020, 1, 1)), method="import", purpose="marketing_use", channel="")

    open_consent_duties()

    assert not NoticeDuty.objects.exists()


def test_an_old_consent_that_comes_in_is_asked_about_at_once() -> None:
    say(make_customer(), "granted", at(date(2020, 1, 1)), method="import")

    assert [duty.due_on for duty in open_duties("reconfirmation")] == [date(2021, 12, 31)]


def test_a_second_nightly_run_opens_nothing() -> None:
    say(make_customer(), "granted", at(date(2020, 1, 1)), method="import")

    for _night in range(2):
        open_consent_duties()

    assert len(open_duties("reconfirmation")) == 1


@pytest.mark.parametrize("action", ["confirmed", "granted", "withdrawn"])
def test_a_customer_who_answers_ends_the_question(action: str) -> None:
    customer = make_customer()
    say(customer, "granted", at(date(2024, 11, 21)), method="import")

    with time_machine.travel(at(date(2026, 11, 10)), tick=False):
        open_consent_duties()
        say(customer, action, at(date(2026, 11, 10)))

    duty = NoticeDuty.objects.get(kind="reconfirmation")
    assert (duty.outcome, duty.done_at) == ("answered", at(date(2026, 11, 10)))


def test_withdrawing_the_day_ends_the_question_about_the_night_too() -> None:
    customer = make_customer()
    for purpose in ("ad_receive", "ad_night"):
        say(customer, "granted", at(date(2020, 1, 1)), method="import", purpose=purpose, channel="sms")
    assert len(open_duties("reconfirmation")) == 2

    say(customer, "withdrawn", NOON, channel="sms")

    assert open_duties("reconfirmation") == []


def test_silence_after_the_notice_keeps_the_consent_for_another_two_years() -> None:
    customer = make_customer()
    say(customer, "granted", at(date(2024, 11, 21)), method="import")
    with time_machine.travel(at(date(2026, 11, 10)), tick=False):
        open_consent_duties()

        marked = duties.mark_done([each.pk for each in open_duties("reconfirmation")], "e-mail")

    assert marked == 1
    assert consent.is_granted(customer.pk, purpose="ad_receive", channel="email")
    assert reconfirm_by(customer) == date(2028, 11, 9)
    assert consent.rebuild_states() == 0


def test_an_undated_consent_is_asked_about_within_thirty_days() -> None:
    customer = make_customer()

    say(customer, "granted", None, method="import", evidence={"file": "동의서.pdf"})

    (duty,) = open_duties("reconfirmation")
    recorded_on = duty.entry.recorded_at + timedelta(hours=9)
    assert duty.due_on == reconfirm_by(customer) == recorded_on.date() + timedelta(days=30)


def test_marking_done_says_by_whom_and_how_and_leaves_the_done_alone() -> None:
    clerk = make_user("clerk")
    say(make_customer(), "withdrawn", NOON)
    (duty,) = open_duties("result_notice")

    first = duties.mark_done([duty.pk], "letter of 2 November", by=clerk, now=NOON)
    second = duties.mark_done([duty.pk], "again", now=NOON + timedelta(days=1))

    duty.refresh_from_db()
    assert (first, second) == (1, 0)
    assert (duty.outcome, duty.how, duty.done_by, duty.done_at) == ("noticed", "letter of 2 November", clerk, NOON)


def test_a_notice_that_came_back_is_owed_again_but_for_what_a_person_marked() -> None:
    for number in range(2):
        say(make_customer(), "withdrawn", NOON + timedelta(days=number))
    by_message, by_letter = open_duties("result_notice")
    duties.mark_done([by_message.pk], "message “통지”, campaign 1", now=NOON)
    duties.mark_done([by_letter.pk], "letter", by=make_user("clerk"), now=NOON)

    assert duties.reopen([by_message.pk, by_letter.pk], now=NOON) == 1

    by_message.refresh_from_db()
    assert open_duties("result_notice") == [by_message]
    assert (by_message.done_at, by_message.outcome, by_message.how) == (None, "", "")


def test_a_question_that_came_back_leaves_the_consent_as_it_was_and_the_answered_alone() -> None:
    silent, spoke = make_customer(), make_customer()
    for customer in (silent, spoke):
        say(customer, "granted", at(date(2024, 11, 21)), method="import")
    with time_machine.travel(at(date(2026, 11, 10)), tick=False):
        open_consent_duties()
        asked = [each.pk for each in open_duties("reconfirmation")]
        duties.mark_done(asked, "e-mail")
        say(spoke, "confirmed", at(date(2026, 11, 10)))

        assert (len(asked), duties.reopen(asked)) == (2, 2)

    assert [each.customer for each in open_duties("reconfirmation")] == [silent]
    assert (reconfirm_by(silent), reconfirm_by(spoke)) == (date(2026, 11, 20), date(2028, 11, 9))
    assert NoticeDuty.objects.get(customer=spoke, kind="reconfirmation").outcome == "answered"
    assert consent.rebuild_states() == 0


def test_the_due_are_the_open_ones_most_urgent_first() -> None:
    customer = make_customer()
    say(customer, "withdrawn", NOON, channel="sms")
    say(customer, "withdrawn", NOON - timedelta(days=3))
    done = NoticeDuty.objects.get(channel="sms")

    before = [duty.channel for duty in duties.due("result_notice", datetime(2100, 1, 1, tzinfo=UTC))]
    duties.mark_done([done.pk], "e-mail")
    after = [duty.channel for duty in duties.due("result_notice", datetime(2100, 1, 1, tzinfo=UTC))]

    assert (before, after) == (["email", "sms"], ["email"])


def test_the_standing_counts_open_overdue_and_done() -> None:
    for days in (0, 5, 20):
        say(make_customer(), "withdrawn", NOON - timedelta(days=days))
    duties.mark_done([open_duties("result_notice")[1].pk], "e-mail", now=NOON)

    notices, reconfirmations = duties.standings(NOON)

    assert (notices.open, notices.overdue, notices.done) == (2, 1, 1)
    assert (reconfirmations.open, reconfirmations.overdue, reconfirmations.done) == (0, 0, 0)


def test_coming_reconfirmations_are_counted_by_how_soon() -> None:
    for days in (5, 20, 50, 90):
        due_on = at(date(2026, 11, 21) + timedelta(days=days))
        say(make_customer(), "granted", due_on.replace(year=due_on.year - 2) + timedelta(days=1), method="import")

    assert duties.coming_reconfirmations(date(2026, 11, 21)) == {60: 3, 30: 2, 7: 1}


def test_duties_of_many_take_a_constant_number_of_queries(django_assert_max_num_queries: object) -> None:
    said = [ConsentExpression(make_customer().pk, "ad_receive", "granted", NOON, "email") for _number in range(30)]

    with django_assert_max_num_queries(14):
        record_many(said, method="web")

    assert len(open_duties("result_notice")) == 30


def test_the_clock_opens_them_every_night() -> None:
    (schedule,) = [each for each in SCHEDULES if each.path == "customers.tasks.open_consent_duties"]

    assert schedule.cron == "10 1 * * *"


@pytest.fixture
def kept_twice() -> CustomerMerge:
    """Two customers owed the same notice of an incident, become one who was told under the kept number."""
    incident = make_incident(handed_over_at=NOON, handed_over_by=make_user("colleague"), notice_count=2)
    kept, merged = make_customer(), make_customer()
    for customer in (kept, merged):
        NoticeDuty.objects.create(customer=customer, kind="incident", incident=incident, due_on=date(2026, 11, 3))
    done = merging.merge(kept.pk, merged.pk, by=None)
    duties.mark_done(NoticeDuty.objects.filter(customer=kept).values_list("pk", flat=True), "letter", now=NOON)
    return done


def owed_everywhere(now: datetime) -> list[int]:
    """How many notices each reader counts as open: list, lateness, board, menu, the incident itself."""
    [incident] = incidents.pending()
    on_board = sum(each.open for each in duties.standings(now))
    due, overdue = duties.due("incident", now), duties.overdue(now)
    return [due.count(), overdue.count(), on_board, duties.pressing(now.date()).due, incident.open_count]


def test_a_merged_customer_is_owed_nothing_that_the_kept_one_has_as_well(kept_twice: CustomerMerge) -> None:
    later = NOON + timedelta(days=60)
    assert owed_everywhere(later) == [0] * 5
    assert incidents.missing(incidents.pending().get()) == []

    merging.undo(kept_twice.pk, by=None)

    assert owed_everywhere(later) == [1] * 5
