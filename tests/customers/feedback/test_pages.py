"""The pages of staff: surveys are built, opened and read; cases are worked on."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from customers.feedback import surveys
from customers.feedback.answer_export import header, rows
from customers.models import AccessLogEntry, Case, ExportRequest, Survey, SurveyQuestion
from customers.privacy import exports
from tests.factories import make_case, make_customer, make_response, make_survey, make_user

pytestmark = pytest.mark.django_db
ENGLISH = {"Accept-Language": "en"}
WRITES = ("view_survey", "add_survey", "change_survey", "add_surveyquestion", "change_surveyquestion")
WORKS = ("view_case", "change_case", "add_case", "view_customer")


@pytest.fixture
def staff(client: Client) -> User:
    """Somebody who may do everything with surveys and cases, and sees nothing unmasked."""
    needed = (*WRITES, *WORKS, "view_surveyquestion", "delete_surveyquestion", "view_surveyanswer", "export_customers")
    user = make_user("staff", *(f"customers.{each}" for each in needed))
    client.force_login(user)
    return user


def typed(**given: object) -> dict[str, object]:
    """A survey as the form sends it: an NPS question and one with options."""
    return {
        "name": "배송 후",
        "title_ko": "어떠셨나요?",
        "thanks_ko": "감사합니다",
        "link_days": 30,
        "opens_cases": "on",
        "case_days": 2,
        "questions-TOTAL_FORMS": 2,
        "questions-INITIAL_FORMS": 0,
        "questions-0-position": 1,
        "questions-0-kind": "nps",
        "questions-0-text_ko": "추천하시겠어요?",
        "questions-1-position": 2,
        "questions-1-kind": "choice",
        "questions-1-text_ko": "무엇이 좋았나요?",
        "questions-1-options_typed": "배송 / Delivery\n품질\n",
    } | given


def test_a_survey_is_built_opened_and_then_fixed(client: Client, staff: User) -> None:
    client.post(reverse("admin:customers_survey_add"), typed())
    survey = Survey.objects.get()
    client.post(reverse("admin:customers_survey_open", args=[survey.pk]))

    survey.refresh_from_db()
    assert (survey.status, survey.author) == ("open", staff)
    assert survey.questions.last().options == [{"ko": "배송", "en": "Delivery"}, {"ko": "품질", "en": ""}]

    client.post(reverse("admin:customers_survey_change", args=[survey.pk]), typed(name="새 이름", title_ko="바뀜"))

    survey.refresh_from_db()
    assert (survey.name, survey.title_ko) == ("새 이름", "어떠셨나요?")


@pytest.mark.parametrize("options", ["", "하나", "\n".join(map(str, range(13))), "가" * 101 + "\n나"])
def test_options_that_are_none_are_refused(client: Client, staff: User, options: str) -> None:
    answer = client.post(reverse("admin:customers_survey_add"), typed(**{"questions-1-options_typed": options}))

    assert answer.status_code == 200
    assert not Survey.objects.exists()


def test_a_survey_without_a_scale_that_opens_cases_cannot_be_opened(client: Client, staff: User) -> None:
    survey = make_survey("text", status="draft")

    client.post(reverse("admin:customers_survey_open", args=[survey.pk]))

    survey.refresh_from_db()
    assert survey.status == "draft"


def test_a_copy_asks_the_same_and_is_a_draft(staff: User) -> None:
    copy = surveys.copy(make_survey("nps choice"), by=staff)

    assert (copy.status, copy.opened_at) == ("draft", None)
    assert list(copy.questions.values_list("kind", flat=True)) == ["nps", "choice"]
    assert SurveyQuestion.objects.count() == 4


def test_results_show_words_masked_and_write_down_who_was_looked_at(client: Client, staff: User) -> None:
    customer = make_customer(name="홍길동")
    response = make_response(score=3, customer=customer, words="홍길동 010-1234-5678 연락 주세요")

    page = client.get(reverse("admin:customers_survey_results", args=[response.survey_id]), headers=ENGLISH)

    text = page.content.decode()
    assert "홍*동" in text
    assert "1234" not in text
    assert "NPS -100" in text
    assert AccessLogEntry.objects.filter(customer=customer, user=staff).exists()


def test_answers_leave_as_a_file_by_the_one_way(client: Client, staff: User, settings, tmp_path) -> None:
    response = make_response(score=3, customer=make_customer(name="홍길동"), words="=1+1 홍길동")

    client.post(reverse("admin:customers_survey_export", args=[response.survey_id]), {"reason": "월간 보고"})

    export = ExportRequest.objects.get()
    assert (export.kind, export.row_count, export.is_unmasked) == ("survey_answers", 1, False)
    assert len(header(export)) == 5
    ((number, _at, score, nps, words),) = rows(export)
    assert (number, score, nps, words) == (response.customer.external_id, 3, 3, "=1+1 홍*동")
    assert exports.export_files.safe(words) != words


@pytest.mark.parametrize(
    ("act", "given", "status"),
    [
        ("note", {"text": "확인 중"}, "open"),
        ("reply", {"text": "사과드림"}, "waiting"),
        ("close", {"outcome": "solved"}, "closed"),
        ("close", {"outcome": ""}, "open"),
        ("note", {"text": " "}, "open"),
        ("reopen", {}, "open"),
    ],
)
def test_a_case_is_worked_on(client: Client, staff: User, act: str, given: dict[str, str], status: str) -> None:
    case = make_case(make_response(customer=make_customer()))

    answer = client.post(reverse(f"admin:customers_case_{act}", args=[case.pk]), given)

    case.refresh_from_db()
    assert (answer.status_code, case.status) == (302, status)


def test_a_case_shows_answer_story_and_that_advertising_rests(client: Client, staff: User) -> None:
    response = make_response(score=3, customer=make_customer(name="홍길동"), words="홍길동입니다. 늦었어요")
    case = make_case(response)

    page = client.get(reverse("admin:customers_case_change", args=[case.pk]), headers=ENGLISH)

    text = page.content.decode()
    for words in ("홍*동입니다. 늦었어요", "gets no advertising", "Dangol does not send this", "Answered:"):
        assert words in text
    assert "홍길동" not in text


def test_a_case_is_opened_on_the_customers_page(client: Client, staff: User) -> None:
    customer = make_customer()

    client.post(reverse("admin:customers_case_open", args=[customer.pk]), {"subject": "포장이 뜯겨 옴"})

    case = Case.objects.get()
    assert (case.customer, case.owner, case.subject) == (customer, staff, "포장이 뜯겨 옴")
    page = client.get(reverse("admin:customers_customer_change", args=[customer.pk]))
    assert "포장이 뜯겨 옴" in page.content.decode()


def test_the_phone_shows_the_page_and_sends_nothing(client: Client, staff: User) -> None:
    survey = make_survey("nps", status="draft")

    page = client.get(reverse("admin:customers_survey_preview", args=[survey.pk]))

    assert "sandbox" in page["Content-Security-Policy"]
    assert page["X-Frame-Options"] == "SAMEORIGIN"


def test_who_may_not_read_answers_gets_no_file_of_them(client: Client) -> None:
    response = make_response(words="느려요", customer=make_customer())
    client.force_login(make_user("exporter", "customers.view_survey", "customers.export_customers"))

    answer = client.post(
        reverse("admin:customers_survey_export", args=[response.survey_id]), {"reason": "for the boss"}
    )

    assert (answer.status_code, ExportRequest.objects.count()) == (403, 0)
