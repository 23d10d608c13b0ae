"""The public page of a survey, opened by customers, scanners and strangers."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client

from crm_project import signed_tokens
from customers.feedback import survey_links, survey_view
from customers.identity import merging
from customers.models import Case, CaseNote, Customer, Survey, SurveyAnswer, SurveyResponse, TouchedCustomer
from customers.privacy import erasure
from tests.factories import make_account, make_customer, make_order, make_survey, make_user

pytestmark = pytest.mark.django_db

# Saturday, 21 November, 18:00 in Korea.
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
MESSAGE = 77


@pytest.fixture
def public() -> Client:
    """A stranger's browser, which gets no help: CSRF is enforced."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def customer() -> Customer:
    return make_customer()


@pytest.fixture
def owner() -> User:
    return make_user("owner")


def path(survey: Survey, customer: Customer, message_id: int = MESSAGE) -> str:
    return f"/s/{survey_links.write(survey.pk, customer.pk, message_id=message_id)}/"


def answers_to(survey: Survey, *said: object) -> dict[str, str]:
    return {f"q{question.pk}": str(value) for question, value in zip(survey.questions.all(), said, strict=False)}


def everything() -> list[int]:
    return [model.objects.count() for model in (SurveyResponse, SurveyAnswer, Case, CaseNote, TouchedCustomer)]


def test_the_page_asks_in_korean_with_english_under_it(public: Client, customer: Customer) -> None:
    make_account(sender_name="단골마트")
    survey = make_survey("nps choice text", title_en="How was it?")

    page = public.get(path(survey, customer))

    text = page.content.decode()
    assert page.status_code == 200
    for words in ("구매는 어떠셨나요?", "How was it?", "질문 1", "배송", "Delivery", "단골마트", 'value="10"'):
        assert words in text
    assert text.index("구매는 어떠셨나요?") < text.index("How was it?")


def test_the_page_is_light_needs_no_script_and_is_kept_by_nobody(public: Client, customer: Customer) -> None:
    survey = make_survey("nps csat choice text nps csat choice text", title_en="Title " * 20, intro_ko="말" * 300)

    page = public.get(path(survey, customer))

    assert len(page.content) < 20_000
    assert b"<script" not in page.content
    assert (page["Cache-Control"], page["Referrer-Policy"]) == ("no-store, max-age=0", "no-referrer")
    assert not page.cookies


def test_a_tap_in_the_mail_ticks_the_score_and_records_nothing(public: Client, customer: Customer) -> None:
    survey = make_survey("nps text")

    page = public.get(f"{path(survey, customer)}?score=9")
    public.head(f"{path(survey, customer)}?score=9")

    assert 'value="9" checked' in page.content.decode()
    assert everything() == [0, 0, 0, 0, 0]


@pytest.mark.parametrize("score", ["11", "-1", "9.5", "٣", "nine", "1" * 5_000, "%00", "<b>"])
def test_a_score_that_is_none_ticks_nothing(public: Client, customer: Customer, score: str) -> None:
    page = public.get(f"{path(make_survey(), customer)}?score={score}")

    assert page.status_code == 200
    assert "checked" not in page.content.decode()


def test_the_answer_is_recorded_with_its_message_and_thanked_for(public: Client, customer: Customer) -> None:
    survey = make_survey("nps choice text")

    with time_machine.travel(NOW, tick=False):
        page = public.post(path(survey, customer), answers_to(survey, 9, 2, "빨리 왔어요\r\n고맙습니다"))

    response = SurveyResponse.objects.get()
    assert survey.thanks_ko in page.content.decode()
    assert (response.customer, response.message_id, response.kind, response.score) == (customer, MESSAGE, "nps", 9)
    assert response.answered_at == NOW
    said = response.answers.order_by("question__position").values_list("number", "text")
    assert list(said) == [(9, ""), (2, ""), (None, "빨리 왔어요\n고맙습니다")]
    assert TouchedCustomer.objects.filter(customer=customer).exists()
    assert not Case.objects.exists()


def test_a_second_answer_to_the_same_message_changes_nothing(public: Client, customer: Customer) -> None:
    survey = make_survey("nps text")
    public.post(path(survey, customer), answers_to(survey, 9))
    before = everything()

    page = public.post(path(survey, customer), answers_to(survey, 0, "바꿉니다"))

    assert survey.thanks_ko in page.content.decode()
    assert everything() == before
    assert SurveyResponse.objects.get().score == 9


def test_each_message_may_be_answered_by_itself(public: Client, customer: Customer) -> None:
    survey = make_survey("nps")

    for message_id in (1, 2, 2):
        public.post(path(survey, customer, message_id), answers_to(survey, 9))

    assert list(SurveyResponse.objects.order_by("message_id").values_list("message_id", flat=True)) == [1, 2]


@pytest.mark.parametrize(
    "said",
    [("",), ("11",), ("-1",), ("1e1",), ("９",), ("9 or 1=1",), ("9", "3"), ("9", "0"), ("9", "1", "가" * 2_001)],
)
def test_what_is_no_answer_is_refused_and_what_was_typed_stays(
    public: Client, customer: Customer, said: tuple[str, ...]
) -> None:
    survey = make_survey("nps choice text")

    page = public.post(path(survey, customer), answers_to(survey, *said))

    assert page.status_code == 400
    assert 'role="alert"' in page.content.decode()
    assert ('value="9" checked' in page.content.decode()) == (said[0] == "9")
    assert everything() == [0, 0, 0, 0, 0]


def test_words_are_words_whatever_they_contain(public: Client, customer: Customer) -> None:
    survey = make_survey("nps text")
    survey.questions.filter(kind="text").update(is_required=True)
    hostile = "<script>alert(1)</script>\x00'; DROP TABLE customers_survey; --\u202e=1+1"

    public.post(path(survey, customer), answers_to(survey, 9, hostile))

    assert SurveyAnswer.objects.get(question__kind="text").text == hostile.replace("\x00", "")


def test_typed_words_are_shown_escaped(public: Client, customer: Customer) -> None:
    survey = make_survey("nps text")

    page = public.post(path(survey, customer), answers_to(survey, "", "</textarea><img src=x>"))

    assert "<img" not in page.content.decode()


def test_fields_of_other_surveys_are_not_looked_at(public: Client, customer: Customer) -> None:
    survey, other = make_survey("nps"), make_survey("nps text")

    public.post(path(survey, customer), answers_to(survey, 9) | answers_to(other, 0, "남의 질문"))

    assert list(SurveyAnswer.objects.values_list("question__survey", "number")) == [(survey.pk, 9)]


def bad_tokens(survey: Survey, customer: Customer) -> list[str]:
    good = survey_links.write(survey.pk, customer.pk)
    flipped = good[:-1] + ("A" if good[-1] != "A" else "B")
    unknown_survey = survey_links.write(survey.pk + 1, customer.pk)
    unknown_customer = survey_links.write(survey.pk, customer.pk + 1)
    other_key = signed_tokens.write(b"0" * survey_links.LENGTH, "another-key")
    return [flipped, good[:-4], good + "AAAA", unknown_survey, unknown_customer, other_key, "x", "가나다", "%2e%2e"]


def test_every_address_that_leads_nowhere_gets_the_same_page(public: Client, customer: Customer) -> None:
    survey = make_survey("nps")

    answers = [public.post(f"/s/{token}/", answers_to(survey, 9)) for token in bad_tokens(survey, customer)]

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert everything() == [0, 0, 0, 0, 0]


def test_links_of_an_older_key_work_until_it_is_removed(public: Client, customer: Customer, settings) -> None:
    settings.SURVEY_KEYS = "1:old"
    survey = make_survey("nps")
    address = path(survey, customer)

    settings.SURVEY_KEYS = "2:new,1:old"
    assert public.get(address).status_code == 200

    settings.SURVEY_KEYS = "2:new"
    assert public.get(address).status_code == 404


@pytest.mark.parametrize(("days", "status"), [(30, 200), (31, 410)])
def test_a_link_ends_after_its_days(public: Client, customer: Customer, days: int, status: int) -> None:
    survey = make_survey("nps", link_days=30)
    token = survey_links.write(survey.pk, customer.pk, on=date(2026, 11, 21) - timedelta(days=days))

    with time_machine.travel(NOW, tick=False):
        answer = public.post(f"/s/{token}/", answers_to(survey, 9))

    assert answer.status_code == status
    assert SurveyResponse.objects.count() == (status == 200)


@pytest.mark.parametrize(("state", "status"), [("draft", 404), ("open", 200), ("closed", 410)])
def test_only_an_open_survey_takes_answers(public: Client, customer: Customer, state: str, status: int) -> None:
    survey = make_survey("nps", status=state)

    answer = public.post(path(survey, customer), answers_to(survey, 9))

    assert answer.status_code == status
    assert SurveyResponse.objects.count() == (status == 200)


def test_a_trial_shows_a_draft_and_keeps_nothing(public: Client) -> None:
    survey = make_survey("nps", status="draft")
    address = survey_links.trial_url(survey.pk).removeprefix("http://testserver").partition("/s/")[2]

    page = public.post(f"/s/{address}", answers_to(survey, 3))

    assert survey.thanks_ko in page.content.decode()
    assert everything() == [0, 0, 0, 0, 0]


def test_after_a_merge_the_kept_customer_answers(public: Client, customer: Customer, owner: User) -> None:
    kept, survey = make_customer(), make_survey("nps")
    address = path(survey, customer)
    merging.merge(kept.pk, customer.pk, by=owner)

    public.post(address, answers_to(survey, 9))

    assert SurveyResponse.objects.get().customer == kept


def test_who_was_erased_has_no_page(public: Client, customer: Customer) -> None:
    survey = make_survey("nps")
    address = path(survey, customer)
    erasure.erase([customer.pk], by=None)

    assert public.get(address).status_code == 404


def test_floods_are_refused(public: Client, customer: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(survey_view, "VISITS_A_MINUTE", 3)
    address = path(make_survey("nps"), customer)

    statuses = [public.get(address).status_code for _visit in range(5)]

    assert statuses == [200, 200, 200, 429, 429]


def test_the_answer_is_about_the_last_purchase(public: Client, customer: Customer) -> None:
    survey = make_survey("nps")
    make_order(customer, placed_at=NOW - timedelta(days=40))
    last = make_order(customer, placed_at=NOW - timedelta(days=4))
    make_order(customer, placed_at=NOW - timedelta(days=1), status="cancelled")

    with time_machine.travel(NOW, tick=False):
        public.post(path(survey, customer), answers_to(survey, 9))

    assert SurveyResponse.objects.get().order == last
