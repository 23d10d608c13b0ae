"""Templates that have nothing but fields, cut at them: filling one in is then a matter of joining strings.

Most content is of that kind, and a campaign fills it in a million times. Whatever is unusual, about the template or
about a value, is left to Liquid itself, so that what comes out, and what is refused, is the same.
"""

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from liquid import BoundTemplate, RenderContext
from liquid.builtin.content import ContentNode
from liquid.builtin.expressions import FilteredExpression, Path
from liquid.builtin.output import OutputNode
from liquid.exceptions import LiquidError
from liquid.stringify import to_liquid_string
from markupsafe import escape

# A piece is text as it stands, a field by itself, or an expression with filters.
Piece = str | Path | FilteredExpression
# So far from the limit of Liquid's output, which counts bytes, nobody needs to count.
SURELY_WITHIN_LIMIT = 100_000
# Without these nothing is escaped, which is found out sooner than it is done.
ESCAPED = re.compile("[&<>'\"]")


class SplicedTemplate(BoundTemplate):
    """A template as Liquid knows it, with a shorter way to fill it in."""

    @cached_property
    def pieces(self) -> list[Piece] | None:
        """Return the pieces in order; None where there is more than fields."""
        pieces = [_piece(node) for node in self.nodes]
        return None if None in pieces else pieces  # type: ignore[return-value]

    @cached_property
    def field_names(self) -> frozenset[str]:
        """Return the names of the fields that it reads."""
        return frozenset(self.analyze(include_partials=False).globals)

    def render(self, fields: Mapping[str, object]) -> str:
        """Return the text with the fields filled in.

        Raises:
            LiquidError: see Liquid's own.
        """
        text = self._without_gaps
        if text is None and self.pieces is not None:
            text = self._spliced(fields)
        return text if text is not None else super().render(dict(fields))

    @cached_property
    def _without_gaps(self) -> str | None:
        """Return what everybody reads where nothing is to be filled in."""
        if self.pieces is None or self._gaps:
            return None
        text = "".join(map(str, self.pieces))
        return text if len(text) < SURELY_WITHIN_LIMIT else None

    @cached_property
    def _gaps(self) -> list[tuple[int, str, Path | FilteredExpression]]:
        """Return (position, name of the field by itself, or "", the piece) of the pieces that differ by customer."""
        pieces = list(enumerate(self.pieces or ()))
        return [(place, _name(piece), piece) for place, piece in pieces if not isinstance(piece, str)]

    def _spliced(self, fields: Mapping[str, object]) -> str | None:
        """Return the joined pieces, or None where one of them is not plain sailing."""
        parts: list[Any] = list(self.pieces or ())
        context: RenderContext | None = None
        is_escaped = self.env.autoescape
        try:
            for place, name, piece in self._gaps:
                if name:
                    value = fields[name]
                    is_text = type(value) is str and not (is_escaped and ESCAPED.search(value))
                    parts[place] = value if is_text else self._plain(value)
                else:
                    context = context or RenderContext(self, globals=fields)
                    parts[place] = to_liquid_string(piece.evaluate(context), is_escaped)
        except (LiquidError, ArithmeticError, LookupError, ValueError, TypeError):
            return None  # said again, and better, by Liquid itself
        text = "".join(parts)
        return text if len(text) < SURELY_WITHIN_LIMIT else None

    def _plain(self, value: object) -> str:
        """Return a value as text.

        Raises:
            TypeError: it is neither text nor a whole number.
        """
        if isinstance(value, str):
            return str(escape(value)) if self.env.autoescape and ESCAPED.search(value) else value
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        raise TypeError(value)


def _name(piece: Path | FilteredExpression) -> str:
    return str(piece.path[0]) if isinstance(piece, Path) else ""


def _piece(node: object) -> Piece | None:
    if type(node) is ContentNode:
        return node.text
    if type(node) is not OutputNode or type(node.expression) is not FilteredExpression:
        return None
    expression = node.expression
    is_field = isinstance(expression.left, Path) and len(expression.left.path) == 1
    if is_field and isinstance(expression.left.path[0], str) and not expression.filters:  # type: ignore[attr-defined]
        return expression.left  # type: ignore[return-value]
    return expression
