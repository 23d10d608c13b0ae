"""Korean is complete, and stays so."""

from pathlib import Path

from crm_project import translations


def test_every_string_that_is_shown_has_a_korean_translation() -> None:
    assert translations.problems("ko") == []


def test_strings_are_found_in_code_and_in_templates() -> None:
    messages = {found.message for found in translations.gather()}

    assert {"customer", "customers", "Log in"} <= messages


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


def test_compiling_twice_writes_once(settings, tmp_path: Path) -> None:
    settings.LOCALE_PATHS = [tmp_path]
    settings.BASE_DIR = tmp_path
    translations.update("ko")

    assert translations.compile_catalogue("ko") is True
    assert translations.compile_catalogue("ko") is False
