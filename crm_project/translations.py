"""The Korean catalogue: gather the strings of code and templates, check that none is missing, compile.

Works without gettext's programs, which a newcomer's machine may not have.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

SOURCES = ("crm_project", "customers", "loyalty", "campaigns", "analytics")
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
_LITERAL = r"""u?(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')"""
_TEMPLATE_CALL = re.compile(rf"\b(_|n?p?gettext)\(\s*({_LITERAL}(?:\s*,\s*{_LITERAL})*)")
_LITERALS = re.compile(_LITERAL)
_PLACEHOLDERS = re.compile(r"%\(\w+\)\w|%[sd]|\{\w*\}")


class Found(NamedTuple):
    """A string that is shown to somebody, and where it stands."""

    path: str
    line: int
    message: str | tuple[str, str]
    context: str | None


def catalogue_path(language: str) -> Path:
    """Return where the catalogue of a language lies."""
    return _folder(language) / "django.po"


def _folder(language: str) -> Path:
    return Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES"


def gather() -> Iterator[Found]:
    """Yield every translatable string of the project."""
    for top in SOURCES:
        folder = Path(settings.BASE_DIR) / top
        for path in sorted(folder.rglob("*.py")):
            if "migrations" not in path.parts:
                yield from _in_python(path)
        for path in sorted([*folder.rglob("*.html"), *folder.rglob("*.txt")]):
            if "templates" in path.parts:
                yield from _in_template(path)


def _in_python(path: Path) -> Iterator[Found]:
    with path.open("rb") as file:
        for line, function, messages, _comments in extract_python(file, KEYWORDS, (), {"encoding": "utf-8"}):
            parts: list[str | None] = [messages] if isinstance(messages, str) else [*(messages or ())]
            yield from _found(path, line, str(function), parts)


def _in_template(path: Path) -> Iterator[Found]:
    code = templatize(path.read_text(encoding="utf-8"), origin=str(path))
    for call in _TEMPLATE_CALL.finditer(code):
        parts = [ast.literal_eval(literal) for literal in _LITERALS.findall(call[2])]
        yield from _found(path, code.count("\n", 0, call.start()) + 1, call[1], parts)


def _found(path: Path, line: int, function: str, parts: list[str | None]) -> Iterator[Found]:
    name = function.removesuffix("_lazy")
    context = parts.pop(0) if "pgettext" in name and parts else None
    wanted = 2 if name in {"ngettext", "npgettext"} else 1
    texts = [part for part in parts[:wanted] if part]
    if len(texts) == wanted:
        relative = str(path.relative_to(settings.BASE_DIR))
        yield Found(relative, line, (texts[0], texts[1]) if wanted == 2 else texts[0], context)


def update(language: str) -> Catalog:
    """Bring the catalogue up to date with the sources, keeping its translations, and return it."""
    template = Catalog()
    for found in gather():
        template.add(found.message, context=found.context, locations=[(found.path, 0)])
    catalogue = _read(language)
    catalogue.update(template, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    path = catalogue_path(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalogue, sort_output=True, omit_header=False, include_lineno=False, width=118)
    return catalogue


def compile_catalogue(language: str) -> bool:
    """Write the binary catalogues that Django reads; tell whether one was out of date.

    Besides ours there is `djangojs.po`, written by hand: what the stock widgets say in the browser.
    """
    stale = [source for source in sorted(_folder(language).glob("*.po")) if _is_stale(source)]
    for source in stale:
        with source.with_suffix(".mo").open("wb") as file:
            write_mo(file, _read_file(source, language))
    return bool(stale)


def _is_stale(source: Path) -> bool:
    compiled = source.with_suffix(".mo")
    return not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime


def problems(language: str) -> list[str]:
    """Return what is wrong: strings without a translation, and translations that lost a placeholder."""
    catalogue = _read(language)
    found = []
    for string in gather():
        message = catalogue.get(string.message, string.context)
        where = f"{string.path}:{string.line}"
        if message is None or not all(_as_tuple(message.string)):
            found.append(f"{where} is not translated: {string.message!r}")
        elif _placeholders(_as_tuple(string.message)[-1:]) != _placeholders(_as_tuple(message.string)[-1:]):
            found.append(f"{where} lost a placeholder: {string.message!r} → {message.string!r}")
    return found


def _read(language: str) -> Catalog:
    path = catalogue_path(language)
    if not path.exists():
        return Catalog(locale=language, project="Dangol", copyright_holder="Dangol", fuzzy=False, charset="utf-8")
    return _read_file(path, language)


def _read_file(path: Path, language: str) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=language)


def _as_tuple(text: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    return (text or "",) if isinstance(text, str | None) else tuple(text)


def _placeholders(texts: tuple[str, ...]) -> set[str]:
    return {placeholder for text in texts for placeholder in _PLACEHOLDERS.findall(text)}
