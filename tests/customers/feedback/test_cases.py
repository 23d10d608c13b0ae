"""Cases: what opens them, when they are due, how they end."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from django.contrib.auth.models import User

from customers.errors import CaseRefused
from customers.feedback import cases
from customers.models import Case, CaseNote, SurveyResponse
from customers.privacy import erasure
from tests.factories import make_case, make_customer, make_response, make_survey, make_user

pytestmark = pytest.mark.django_db

# Friday, 20 November, noon in Korea.
NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


@pytest.fixture
def owner() -> User:
    return make_user("owner")


def respond(score: int, kinds: str = "nps", **given: object) -> SurveyResponse:
    return make_response(make_survey(kinds, **given), score=score, customer=make_customer())


@pytest.mark.parametrize(
    ("kinds", "low_score", "score", "is_opened"),
    [
        ("nps", None, 6, True),
        ("nps", None, 7, False),
        ("nps", None, 0, True),
        ("csat", None, 2, True),
        ("csat", None, 3, False),
        ("nps", 3, 4, False),
        ("nps", 0, 0, True),
        ("csat", 4, 4, True),
    ],
)
def test_a_low_score_opens_a_case(kinds: str, low_score: int | None, score: int, *, is_opened: bool) -> None:
    case = cases.open_if_low(respond(score, kinds, low_score=low_score), now=NOW)

    assert (case is not None, Case.objects.count()) == (is_opened, int(is_opened))


def test_a_survey_may_open_none() -> None:
    assert cases.open_if_low(respond(0, opens_cases=False), now=NOW) is None


def test_a_case_goes_to_the_owner_of_its_survey_and_is_due_in_working_days(owner: User) -> None:
    response = respond(1, case_owner=owner, case_days=2)

    case = cases.open_if_low(response, now=NOW)

    assert (case.owner, case.due_on, case.priority) == (owner, date(2026, 11, 24), Case.Priority.HIGH)
    assert case.subject == "1 / 10 · 구매는 어떠셨나요?"


@pytest.mark.parametrize(
    ("day", "days", "due"),
    [("2026-11-20", 1, "2026-11-23"), ("2026-11-21", 1, "2026-11-23"), ("2026-11-23", 5, "2026-11-30")],
)
def test_working_days_leave_out_the_weekend(day: str, days: int, due: str) -> None:
    assert cases.working_days_after(date.fromisoformat(day), days) == date.fromisoformat(due)


def test_who_is_low_again_while_a_case_is_pending_gets_no_second_one() -> None:
    first = respond(3)
    case = cases.open_if_low(first, now=NOW)
    again = make_response(make_survey(), score=2, customer=first.customer)

    assert cases.open_if_low(again, now=NOW) == case

    assert CaseNote.objects.get().text.endswith("2 / 10 · 구매는 어떠셨나요?")


def test_after_it_was_closed_a_low_score_opens_another(owner: User) -> None:
    first = respond(3)
    cases.close(cases.open_if_low(first, now=NOW), "solved", by=owner)

    cases.open_if_low(make_response(make_survey(), score=2, customer=first.customer), now=NOW)

    assert sorted(Case.objects.values_list("status", flat=True)) == ["closed", "open"]


def test_a_reply_makes_the_case_wait_for_the_customer(owner: User) -> None:
    case = make_case(respond(3))

    cases.note(case, "전화로 사과드렸습니다", by=owner, is_reply=True)

    case.refresh_from_db()
    assert case.status == Case.Status.WAITING
    assert cases.pending().get() == case


def test_a_case_ends_with_an_outcome_and_a_last_note(owner: User) -> None:
    case = make_case(respond(3))

    with time_machine.travel(NOW, tick=False):
        cases.close(case, "made_good", by=owner, text="환불했습니다")

    case.refresh_from_db()
    assert (case.status, case.outcome, case.closed_at, case.closed_by) == ("closed", "made_good", NOW, owner)
    assert CaseNote.objects.get().text == "환불했습니다"
    assert not cases.pending().exists()


def test_a_closed_case_takes_nothing_until_it_is_opened_again(owner: User) -> None:
    case = make_case(respond(3))
    cases.close(case, "solved", by=owner)

    for act in (
        lambda: cases.note(case, "하나 더", by=owner),
        lambda: cases.close(case, "nothing", by=owner),
        lambda: cases.assign(case, owner=owner, due_on=date(2026, 12, 1), priority=1),
    ):
        with pytest.raises(CaseRefused):
            act()
    assert (CaseNote.objects.count(), Case.objects.get().outcome) == (0, "solved")

    cases.reopen(case, by=owner)

    case.refresh_from_db()
    assert (case.status, case.outcome, case.closed_at) == ("open", "", None)


@pytest.mark.parametrize("outcome", ["", "closed", "x"])
def test_a_case_does_not_end_without_an_outcome(owner: User, outcome: str) -> None:
    case = make_case(respond(3))

    with pytest.raises(CaseRefused):
        cases.close(case, outcome, by=owner, text="끝")

    case.refresh_from_db()
    assert (case.status, CaseNote.objects.count()) == ("open", 0)


def test_a_case_that_came_by_phone_is_opened_by_hand(owner: User) -> None:
    customer = make_customer()

    with time_machine.travel(NOW, tick=False):
        case = cases.open_by_hand(customer, " 포장이 뜯겨 왔음 ", by=owner)

    assert (case.subject, case.owner, case.due_on) == ("포장이 뜯겨 왔음", owner, date(2026, 11, 24))
    with pytest.raises(CaseRefused):
        cases.open_by_hand(customer, " ", by=owner)


def test_an_erased_customer_leaves_scores_without_words_and_no_pending_case(owner: User) -> None:
    response = make_response(make_survey(), score=3, words="길동이에게 전화 주세요", customer=make_customer())
    case = make_case(response)
    cases.note(case, "전화했음", by=owner)

    erasure.erase([response.customer_id], by=None)

    response.refresh_from_db()
    case.refresh_from_db()
    assert (response.score, case.subject, CaseNote.objects.count()) == (3, "", 0)
    assert set(response.answers.values_list("text", flat=True)) == {""}
    assert not cases.pending().exists()


def test_what_presses_somebody_is_theirs_and_due_or_nobodys(owner: User) -> None:
    today, tomorrow = date(2026, 11, 20), date(2026, 11, 21)
    due, free = make_case(respond(3), owner=owner, due_on=today), make_case(respond(3), due_on=tomorrow)
    make_case(respond(3), owner=owner, due_on=tomorrow)
    make_case(respond(3), owner=make_user("other"), due_on=today)
    cases.close(make_case(respond(3), owner=owner, due_on=today), "solved", by=owner)

    assert set(cases.pressing_for(owner, today)) == {due, free}


def test_a_sign_that_no_database_holds_is_left_out_of_notes_and_subjects(owner: User) -> None:
    case = cases.open_by_hand(make_customer(), "상자가 \0깨졌음", by=owner)

    written = cases.note(case, "전화\0함", by=owner)

    assert (case.subject, written.text) == ("상자가 깨졌음", "전화함")
    with pytest.raises(CaseRefused):
        cases.note(case, "\0", by=owner)
