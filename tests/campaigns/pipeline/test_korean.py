"""Particles and honorifics that fit whatever value is filled in (F-05)."""

import pytest

from campaigns.errors import ContentRefused
from campaigns.pipeline import language
from campaigns.pipeline.korean import MaskedName, honoured, with_particle


@pytest.mark.parametrize(
    ("word", "subject", "object_", "topic", "towards"),
    [
        ("홍길동", "이", "을", "은", "으로"),
        ("이영희", "가", "를", "는", "로"),
        ("서울", "이", "을", "은", "로"),
        ("한올7", "이", "을", "은", "로"),
        ("쿠폰 10", "이", "을", "은", "으로"),
        ("5", "가", "를", "는", "로"),
        ("‘쿠폰’", "이", "을", "은", "으로"),
        ("A", "이(가)", "을(를)", "은(는)", "(으)로"),
        ("", "이(가)", "을(를)", "은(는)", "(으)로"),
    ],
)
def test_the_particle_fits_the_last_letter(word: str, subject: str, object_: str, topic: str, towards: str) -> None:
    found = [with_particle(word, pair) for pair in ("이/가", "를/을", "은 / 는", "으로/로")]

    assert found == [word + particle for particle in (subject, object_, topic, towards)]


@pytest.mark.parametrize(
    ("name", "greeting"),
    [
        ("홍길동", "홍길동님"),
        ("홍길동님", "홍길동님"),
        ("John Smith", "John Smith님"),
        ("", "고객님"),
        ("  ", "고객님"),
        ("고객", "고객님"),
        ("고객님", "고객님"),
        ("홍*동", "고객님"),
        ("★민지★", "고객님"),
        ("민지123", "고객님"),
        ("가나다라마바사아자차", "가나다라마바사아자차님"),
        ("가나다라마바사아자차카", "고객님"),
    ],
)
def test_who_has_a_name_to_say_is_called_by_it(name: str, greeting: str) -> None:
    assert honoured(name) == greeting


def test_a_name_masked_for_the_reader_of_a_preview_is_greeted_like_the_name_itself() -> None:
    assert honoured(MaskedName("홍*동")) == "홍*동님"


def filled(source: str, **fields: object) -> str:
    return language.fill(language.parse(source, is_html=False), fields)


def test_content_uses_both_as_filters() -> None:
    source = '{{ name | honorific | josa: "은/는" }} {{ coupon | josa: "을/를" }} 받으세요'

    assert filled(source, name="김하나", coupon="쿠폰") == "김하나님은 쿠폰을 받으세요"
    assert filled("{{ name | honorific }}", other=1) == "고객님"


def test_a_particle_of_nothing_is_refused_like_any_missing_value() -> None:
    with pytest.raises(ContentRefused):
        filled('{{ name | josa: "이/가" }}')


def test_a_pair_that_there_is_not_is_said_with_its_place() -> None:
    [problem] = language.problems_of('안녕\n{{ name | josa: "도/도" }}', field="text")

    assert (problem.line, problem.column) == (2, 9)
    assert "도/도" in problem.message


@pytest.mark.parametrize("source", ["{{ name | honorific }}님", "{{ name|honorific }} 님께"])
def test_nobody_is_called_by_two_honorifics(source: str) -> None:
    [problem] = language.problems_of(source, field="text")

    assert "님" in problem.message
    assert language.problems_of("{{ name | honorific }}, 안녕", field="text") == []
