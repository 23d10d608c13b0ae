"""Korean is complete, reads like Korean, and stays so."""

import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import django
import pytest
from babel.messages.pofile import read_po
from django.contrib.admin import site
from django.contrib.auth.models import User
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext, pgettext

from crm_project import translations
from customers.segments import rules

# Django's own Korean for admin pages (F-08), and what else gives a translating machine away.
POOR = (
    "저장 및 다른 이름으로 추가",
    "저장 및 편집 계속",
    "선택된",
    "언제나",
    "(들)",
    "을/를",
    "이/가",
    "은/는",
    "와/과",
    "액션",
    "오브젝트",
    "히스토리",
    "토글",
    "스태프",
    "성공적으로",
    "당신",
    "독자",
    "님님",
)
# What an operator may put into a content stands there as it is written: pairs of particles, with both of them.
PIECES_OF_CODE = re.compile(r"<code>.*?</code>|<button[^>]*data-inserts=.*?</button>", re.DOTALL)
# 해요체, as in 입력해 주세요.
TOO_FAMILIAR = re.compile(r"(?<!필)(?<!아니)요[.?!]?$")
PARTICLE_AFTER_A_PLACEHOLDER = re.compile(r"(%\(\w+\)[sd]|%[sd]|\{\w+\})(을|를|은|는|이|가|과|와)(?=[\s.,]|$)")


def said_in_korean() -> Iterator[tuple[str, str]]:
    """Every English string with its Korean."""
    with translations.catalogue_path("ko").open("rb") as file:
        for message in read_po(file, locale="ko"):
            if message.id:
                english, korean = (each if isinstance(each, str) else each[0] for each in (message.id, message.string))
                yield english, korean


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The catalogue's source as it is now, compiled once for all tests here."""
    source = translations.catalogue_path("ko")
    with override_settings(LOCALE_PATHS=[tmp_path_factory.mktemp("locale")]):
        translations.catalogue_path("ko").parent.mkdir(parents=True)
        for each in source.parent.glob("*.po"):
            shutil.copy(each, translations.catalogue_path("ko").parent)
        translations.compile_catalogue("ko")
        yield


@pytest.fixture
def korean(catalogue: None) -> Iterator[None]:
    """Korean as the catalogue's source has it now, compiled before or not."""
    with translation.override("ko"):
        yield


@pytest.fixture(scope="module")
def gathered() -> list[translations.Found]:
    """Every string of the project that is shown."""
    return list(translations.gather())


def test_every_string_that_is_shown_has_a_korean_translation() -> None:
    assert translations.problems("ko") == []


def test_no_translation_reads_like_a_machines() -> None:
    assert [korean for _english, korean in said_in_korean() if any(poor in korean for poor in POOR)] == []


def test_staff_are_spoken_to_in_one_tone() -> None:
    assert [korean for _english, korean in said_in_korean() if TOO_FAMILIAR.search(korean)] == []


def test_no_particle_depends_on_a_word_that_is_filled_in() -> None:
    assert [korean for _english, korean in said_in_korean() if PARTICLE_AFTER_A_PLACEHOLDER.search(korean)] == []


def test_django_still_has_every_string_that_is_said_better_here(gathered: list[translations.Found]) -> None:
    known = set()
    for path in Path(django.__path__[0]).glob("con*/**/locale/ko/LC_MESSAGES/django.po"):
        with path.open("rb") as file:
            known |= {message.id for message in read_po(file, locale="ko")}

    listed = {found.message for found in gathered if found.path == "crm_project/django_wording.py"}

    assert len(listed) > 100
    assert listed - known == set()


def test_django_still_has_every_string_of_its_widgets_that_is_said_better_here() -> None:
    known, ours = (
        {message.id for message in read_po(path.open("rb"), locale="ko")}
        for path in (
            Path(django.__path__[0]) / "contrib/admin/locale/ko/LC_MESSAGES/djangojs.po",
            translations.catalogue_path("ko").with_name("djangojs.po"),
        )
    )

    assert ours - known == set()


@pytest.mark.usefixtures("korean")
def test_the_projects_words_come_before_djangos() -> None:
    assert gettext("Save and add another") == "저장하고 새로 추가"
    assert gettext("Any date") == "전체 기간"
    assert gettext("Delete selected %(verbose_name_plural)s") == "선택한 %(verbose_name_plural)s 삭제"


@pytest.mark.usefixtures("korean", "db")
def test_the_stock_widgets_speak_the_projects_words(admin_client: Client) -> None:
    said = admin_client.get("/admin/jsi18n/", headers={"accept-language": "ko"}).content

    assert "선택 가능한 %s".encode("unicode_escape") in said


@pytest.mark.usefixtures("korean")
@pytest.mark.parametrize(("language", "written"), [("ko", "2026-11-21 (토) 09:05"), ("en", "2026-11-21 (Sat) 09:05")])
def test_a_moment_is_written_with_its_day_of_the_week(language: str, written: str) -> None:
    with translation.override(language):
        assert date_format(datetime(2026, 11, 21, 9, 5, tzinfo=UTC), "DATETIME_FORMAT") == written


@pytest.mark.usefixtures("korean")
def test_one_english_word_may_be_two_korean_ones() -> None:
    assert (gettext("paid"), pgettext("amount", "paid")) == ("결제 완료", "결제 금액")
    assert (gettext("orders"), pgettext("after a count", "orders")) == ("주문", "건")


@pytest.mark.usefixtures("korean")
@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ({"is": "last_order", "op": "more_than_days_ago", "value": 90}, "마지막 주문 후 90일 초과"),
        (
            {"is": "orders", "op": "at_least", "value": 2, "window": {"last_days": 90}},
            "최근 90일간 주문 2회 이상",
        ),
        ({"is": "paid_total", "op": "at_least", "value": 500_000}, "누적 구매액 500,000원 이상"),
        ({"is": "consent", "op": "granted", "value": "email"}, "이메일 광고 수신동의 있음"),
        ({"is": "last_visit", "op": "never"}, "마지막 방문 없음"),
    ],
)
def test_a_condition_is_a_korean_phrase(rule: dict, sentence: str) -> None:
    assert rules.sentence(rule) == sentence


@pytest.mark.django_db
@pytest.mark.usefixtures("korean")
@pytest.mark.parametrize("model", sorted(site._registry, key=lambda model: model._meta.label))
def test_no_page_of_the_admin_has_poor_korean(admin_client: Client, model: type) -> None:
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"

    pages = [
        admin_client.get(reverse(f"{name}_{page}"), headers={"accept-language": "ko"}) for page in ("changelist", "add")
    ]

    shown = [PIECES_OF_CODE.sub("", page.content.decode()) for page in pages if page.status_code == 200]
    assert shown
    assert [poor for poor in POOR for page in shown if poor in page] == []


@pytest.mark.usefixtures("korean")
def test_changing_a_user_reads_well(admin_client: Client, admin_user: User) -> None:
    pages = ["password/", "change/", "history/", "delete/"]

    answers = [admin_client.get(f"/admin/auth/user/{admin_user.pk}/{each}") for each in pages]

    assert {answer.status_code for answer in answers} == {200}
    assert [poor for poor in POOR for answer in answers if poor in answer.content.decode()] == []


def test_strings_are_found_in_code_and_in_templates(gathered: list[translations.Found]) -> None:
    assert {"customer", "customers", "Log in"} <= {found.message for found in gathered}


def test_a_template_yields_its_strings_with_their_lines(settings, tmp_path: Path) -> None:
    settings.BASE_DIR = tmp_path
    page = tmp_path / "customers" / "templates" / "page.html"
    page.parent.mkdir(parents=True)
    page.write_text(
        '{% load i18n %}\n{% translate "Hello" %}\n'
        "{% blocktranslate count n=n %}{{ n }} order{% plural %}{{ n }} orders{% endblocktranslate %}\n"
        '{% translate "May" context "month" %}',
        encoding="utf-8",
    )

    found = list(translations.gather())

    assert found == [
        ("customers/templates/page.html", 2, "Hello", None),
        ("customers/templates/page.html", 3, ("%(n)s order", "%(n)s orders"), None),
        ("customers/templates/page.html", 4, "May", "month"),
    ]


def test_a_call_without_a_literal_is_passed_over(settings, tmp_path: Path) -> None:
    settings.BASE_DIR = tmp_path
    module = tmp_path / "customers" / "words.py"
    module.parent.mkdir(parents=True)
    module.write_text('_(found[word])\n_("Hello")\n', encoding="utf-8")

    assert [(found.line, found.message) for found in translations.gather()] == [(2, "Hello")]


def test_compiling_twice_writes_once(settings, tmp_path: Path) -> None:
    settings.LOCALE_PATHS = [tmp_path]
    settings.BASE_DIR = tmp_path
    translations.update("ko")

    assert translations.compile_catalogue("ko") is True
    assert translations.compile_catalogue("ko") is False
