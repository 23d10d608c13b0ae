"""The closed language of content: Liquid with a short list of tags and filters, limits, and known fields only.

Nothing in it reaches an object's attributes, a file or another template. A field without a value is not silently
empty: it falls back by the `default` filter, or the message is not made.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, wraps
from typing import cast

from django.utils.translation import gettext as _
from liquid import BoundTemplate, Environment, Undefined
from liquid.exceptions import LiquidError, UndefinedError

from campaigns import template_fields
from campaigns.errors import ContentRefused
from campaigns.models import SkipReason
from campaigns.pipeline import korean
from campaigns.pipeline.splicing import SplicedTemplate

TAGS = {"output", "illegal", "content", "if", "unless", "case", "for", "break", "continue", "assign", "comment"}
FILTERS = {
    "append", "at_least", "at_most", "capitalize", "ceil", "date", "divided_by", "downcase", "first",
    "floor", "join", "last", "minus", "plus", "prepend", "replace", "round", "size", "strip", "times", "truncate",
    "upcase",
}  # fmt: skip
LONGEST_SOURCE = 200_000
PARTICLE_PAIR = re.compile(r"""\|\s*josa\s*:\s*(["'])(.*?)\1""")
HONOURED_TWICE = re.compile(r"\|\s*honorific\s*\}\}\s*님")
LINE_BREAKS = re.compile(r"[\r\n\x00-\x1f\x7f\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class ContentProblem:
    """Something about the content to mend (or, as a warning, to think about), and where it stands."""

    field: str
    message: str
    line: int | None = None
    column: int | None = None
    is_warning: bool = False

    def __str__(self) -> str:
        if self.line is None:
            return self.message
        return _("Line %(line)d, column %(column)d: %(message)s") % {
            "line": self.line,
            "column": self.column,
            "message": self.message,
        }


class MissingField(Undefined):
    """A field the customer has no value for: false in conditions, replaced by `default`, refused when shown."""

    __slots__ = ()

    def __str__(self) -> str:
        raise UndefinedError(self.name, token=self.token)

    def __int__(self) -> int:
        raise UndefinedError(self.name, token=self.token)


class ClosedEnvironment(Environment):
    """Liquid without everything that operators do not need."""

    loop_iteration_limit = 1_000
    output_stream_limit = 400_000
    local_namespace_limit = 10_000
    context_depth_limit = 10
    block_nesting_limit = 20
    template_class = SplicedTemplate

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        """Keep the listed tags and filters and add our own."""
        super().setup_tags_and_filters(extra=extra)
        self.tags = {name: tag for name, tag in self.tags.items() if name in TAGS}
        own: dict[str, Callable[..., object]] = {
            "default": self.filters["default"],
            "won": _needing_value(won),
            "josa": _needing_value(josa),
            "honorific": honorific,
        }
        self.filters = {name: _needing_value(self.filters[name]) for name in FILTERS} | own


def won(amount: int) -> str:
    """Write an amount of won as 24,680원 (F-01)."""
    return f"{int(amount):,}원"


def josa(word: object, pair: str) -> str:
    """Write a word with the particle that fits it: {{ name | josa: "이/가" }} (F-05)."""
    return korean.with_particle(str(word), pair)


def honorific(name: object) -> str:
    """Write a name with 님, or 고객님 where there is none to say; so it needs no fallback (F-05)."""
    return korean.ANYBODY if isinstance(name, MissingField) else korean.honoured(name if isinstance(name, str) else "")


def _needing_value(function: Callable[..., object]) -> Callable[..., object]:
    """Make a filter refuse a missing value; Liquid's own would take it for zero or nothing."""

    @wraps(function)
    def refuse_missing(value: object, *arguments: object, **named: object) -> object:
        return str(value) if isinstance(value, MissingField) else function(value, *arguments, **named)

    return refuse_missing


FOR_HTML = ClosedEnvironment(undefined=MissingField, autoescape=True)
FOR_TEXT = ClosedEnvironment(undefined=MissingField, autoescape=False)


def parse(source: str, *, is_html: bool) -> SplicedTemplate:
    """Return the template, ready to render any number of times.

    Raises:
        LiquidError: it is not well-formed.
    """
    return cast(SplicedTemplate, (FOR_HTML if is_html else FOR_TEXT).parse(source))


def fill(template: BoundTemplate, fields: dict[str, object]) -> str:
    """Return the template with its fields filled in.

    Raises:
        ContentRefused: a field without a value or fallback (VAR_MISSING), or a limit of the language was hit.
    """
    try:
        return template.render(fields)
    except UndefinedError as error:
        message = _("The customer has no “%s”, and the content has no fallback for it.") % error.message
        raise ContentRefused(SkipReason.VAR_MISSING, message) from error
    except (LiquidError, ArithmeticError, LookupError, ValueError, TypeError) as error:
        raise ContentRefused("content", str(error)[:300]) from error


def one_line(text: str) -> str:
    """Return the text without line breaks, which in a header would begin another header."""
    return LINE_BREAKS.sub(" ", text).strip()


def problems_of(source: str, *, field: str) -> list[ContentProblem]:
    """Return what is wrong with a template as its author wrote it: syntax, unknown fields, unknown filters."""
    if len(source) > LONGEST_SOURCE:
        return [ContentProblem(field, _("The content is longer than 200,000 characters."))]
    try:
        template = FOR_TEXT.parse(source)
        analysis = template.analyze(include_partials=False)
    except LiquidError as error:
        context = error.context()
        line, column = (context[0], context[1] + 1) if context else (None, None)
        return [ContentProblem(field, _("This cannot be read: %s.") % error.message, line, column)]
    unknown_filters = [
        _problem_at(field, source, span, _("There is no filter named “%s”.") % name)
        for name, spans in analysis.filters.items()
        if name not in FOR_TEXT.filters
        for span in spans
    ]
    korean_problems = [*_unknown_particles(field, source), *_honoured_twice(field, source)]
    return unknown_fields(field, source, analysis.globals) + unknown_filters + korean_problems


def _unknown_particles(field: str, source: str) -> list[ContentProblem]:
    """Return a problem for each pair of particles that there is not."""
    message = _("There is no pair of particles “%(pair)s”. Known pairs: %(known)s.")
    known = ", ".join(korean.PARTICLES)
    return [
        ContentProblem(field, message % {"pair": match[2], "known": known}, *_place(source, match.start()))
        for match in PARTICLE_PAIR.finditer(source)
        if match[2].replace(" ", "") not in korean.ORDERS
    ]


def _honoured_twice(field: str, source: str) -> list[ContentProblem]:
    """Return a problem for each 님 that would stand twice (F-05)."""
    message = _("“honorific” writes 님 by itself. Leave yours out, or leave the filter out.")
    return [ContentProblem(field, message, *_place(source, match.start())) for match in HONOURED_TWICE.finditer(source)]


def _place(source: str, index: int) -> tuple[int, int]:
    """Return line and column, both from one, of a place in the source."""
    return source.count("\n", 0, index) + 1, index - source.rfind("\n", 0, index)


def unknown_fields(field: str, source: str, used: dict) -> list[ContentProblem]:
    """Return a problem for each use of a field that does not exist, with the fields that do."""
    known = template_fields.known_names()
    return [
        _problem_at(
            field,
            source,
            variable.span,
            _("There is no field named “%(name)s”. Known fields: %(known)s.")
            % {"name": name, "known": ", ".join(known)},
        )
        for name, variables in used.items()
        if name not in known
        for variable in variables
    ]


def _problem_at(field: str, source: str, span: object, message: str) -> ContentProblem:
    try:
        line, column = span.line_col(source)  # type: ignore[attr-defined]
    except ValueError:
        return ContentProblem(field, message)
    return ContentProblem(field, message, line, column + 1)


@lru_cache(maxsize=1)
def filter_names() -> list[str]:
    """Return the filters that content may use, for the editor's help."""
    return sorted(FOR_TEXT.filters)
