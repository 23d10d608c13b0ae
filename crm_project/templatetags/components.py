"""The components of the design system as template tags; `/admin/design/` shows each of them.

`icon` and `badge` are plain functions too, for the columns of a change list.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from crm_project.charts import spark_path
from crm_project.templatetags.formats import percent_text

register = template.Library()

# A colour never stands alone: each tone brings its shape.
TONE_ICONS = {
    "good": "circle-check",
    "wait": "clock",
    "bad": "circle-alert",
    "busy": "circle-dot",
    "quiet": "circle-dashed",
    "accent": "circle",
}
MESSAGE_TONES = {"success": "good", "warning": "wait", "error": "bad", "info": "busy", "debug": "quiet"}


@register.simple_tag
def icon(name: str, size: int = 16, label: str = "") -> SafeString:
    """Draw an icon of the sprite, 16 or 20 pixels; silent to screen readers unless it has a label."""
    if label:
        return _drawn(name, size, format_html('role="img" aria-label="{}"', label))
    return _drawn_silently(name, size)


@lru_cache(maxsize=512)
def _drawn_silently(name: str, size: int) -> SafeString:
    """Draw it once a process: a page has dozens, which were a twentieth of its time."""
    return _drawn(name, size, SafeString('aria-hidden="true"'))


def _drawn(name: str, size: int, said: SafeString) -> SafeString:
    picture = '<svg class="icon" width="{}" height="{}" {}><use href="{}#{}"></use></svg>'
    return format_html(picture, size, size, said, static("dangol/icons/lucide.svg"), name)


@register.simple_tag
def badge(text: object, tone: str = "quiet", icon_name: str | None = None) -> SafeString:
    """Draw a word in its tone: good, wait, bad, busy, quiet or accent."""
    shape = icon(icon_name or TONE_ICONS.get(tone, "circle"), 14)
    return format_html('<span class="badge tone-{}">{}{}</span>', tone, shape, text)


@register.filter
def message_tone(tags: str) -> str:
    """Return the tone of a message of Django's messages framework."""
    return next((MESSAGE_TONES[tag] for tag in tags.split() if tag in MESSAGE_TONES), "good")


@register.filter
def tone_icon(tone: str) -> str:
    """Return the name of the icon that goes with a tone."""
    return TONE_ICONS.get(tone, "circle")


def change_tone(change: float | Decimal, *, less_is_better: bool) -> str:
    if not change:
        return "quiet"
    return "good" if (change > 0) != less_is_better else "bad"


def change_of(change: float | Decimal | None, *, less_is_better: bool) -> dict[str, Any] | None:
    """Return how a change against the time before is shown; None stays None."""
    if change is None:
        return None
    change = round(change, 3) or 0  # what is shown as 0.0 % is no change, and has no sign
    arrow = "minus" if not change else "trending-up" if change > 0 else "trending-down"
    text = ("+" if change > 0 else "") + percent_text(change)
    return {"text": text, "icon": arrow, "tone": change_tone(change, less_is_better=less_is_better)}


def _figure(
    label: object,
    figure: object,
    *,
    change: float | Decimal | None = None,
    less_is_better: bool = False,
    spark: Sequence[float] | None = None,
    **more: Any,
) -> dict[str, Any]:
    shown_change = change_of(change, less_is_better=less_is_better)
    return {"label": label, "figure": figure, "change": shown_change, "spark": spark_path(spark or ())} | more


@register.inclusion_tag("dangol/components/tile.html")
def tile(label: object, figure: object, **more: Any) -> dict[str, Any]:
    """Draw a figure with its label.

    `more`: unit, change (share: 0.12 is +12 %), versus (words for what it is compared with), less_is_better,
    spark (numbers, oldest first), href, hint (what it means, how it is computed), icon_name, tone, target.
    """
    return _figure(label, figure, **more)


@register.inclusion_tag("dangol/components/stat.html")
def stat(label: object, figure: object, **more: Any) -> dict[str, Any]:
    """Draw a small figure inside a card. `more`: unit, change, versus, less_is_better, spark, hint."""
    return _figure(label, figure, **more)


@register.inclusion_tag("dangol/components/key_values.html")
def key_values(pairs: Iterable[Any], kind: str = "strip") -> dict[str, Any]:
    """Draw label and value pairs: a `strip` across the page or a `list` down a card."""
    rows = pairs.items() if isinstance(pairs, Mapping) else pairs
    return {"pairs": [(row[0], row[1], row[2] if len(row) > 2 else "") for row in map(tuple, rows)], "kind": kind}


@register.inclusion_tag("dangol/components/tabs.html")
def tabs(items: Iterable[Mapping[str, Any]], current: str) -> dict[str, Any]:
    """Draw links as tabs. An item: key, label, url, and if wanted count and icon."""
    return {"items": items, "current": current}


@register.inclusion_tag("dangol/components/stepper.html")
def stepper(steps: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Draw the steps of a process. A step: label, state (done, current, todo, problem), and if wanted url and hint."""
    return {"steps": steps}


@register.inclusion_tag("dangol/components/timeline.html")
def timeline(entries: Iterable[Any], empty: object = "") -> dict[str, Any]:
    """Draw what happened, newest first. An entry: at, title, and if wanted icon, tone, detail, amount, url, kind."""
    return {"entries": entries, "empty": empty}


@register.inclusion_tag("dangol/components/progress.html")
def progress(done: int, whole: int, label: object = "", tone: str = "busy") -> dict[str, Any]:
    """Draw how much of the whole is done, in figures too."""
    return {"done": done, "whole": whole, "label": label, "tone": tone, "share": done / whole if whole else 0}


@register.inclusion_tag("dangol/components/empty.html")
def empty(title: object, text: object = "", **more: Any) -> dict[str, Any]:
    """Say what this place is for, with the one button to begin. `more`: icon_name, url, button."""
    return {"title": title, "text": text} | more


@register.inclusion_tag("dangol/components/note.html")
def note(text: object, tone: str = "busy", **more: Any) -> dict[str, Any]:
    """Draw a notice inside a page. `more`: title, url, button, icon_name."""
    return {"text": text, "tone": tone} | more


@register.inclusion_tag("dangol/components/check_list.html")
def check_list(checks: Iterable[Any]) -> dict[str, Any]:
    """Draw checks with ticks and crosses. A check: label, tone (good, wait, bad, quiet), and if wanted detail, url."""
    return {"checks": checks}


@register.inclusion_tag("dangol/components/consent_dots.html")
def consent_dots(channels: Iterable[Any]) -> dict[str, Any]:
    """Draw which channels a customer agreed to. A channel: label, icon, allowed."""
    return {"channels": channels}
