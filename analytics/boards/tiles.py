"""Tiles: a figure, how far it moved, and what it was before."""

from collections.abc import Callable
from typing import Any

from django.utils.html import strip_tags
from django.utils.translation import gettext as _

Figure = int | float | None


def tile_of(label: str, now: Figure, then: Figure, write: Callable[[Figure], Any], **more: Any) -> dict[str, Any]:
    """Return a tile with its figure, how far it moved, and the figure of the time before."""
    versus = _("before: %(figure)s") % {"figure": strip_tags(write(then))} if then is not None else ""
    shown = {"label": label, "figure": write(now), "change": change(now, then), "versus": versus}
    return {"unit": "", "hint": "", "href": "", "less_is_better": False} | shown | more


def change(now: Figure, then: Figure) -> float | None:
    """Return by what share `now` differs from `then`; None where that has no meaning."""
    return round((now - then) / then, 3) + 0.0 if then and now is not None else None
