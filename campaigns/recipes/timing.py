"""When a recipe speaks, as points on a line from the moment of entry: for the small picture of its card."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.channels.base import CHANNELS
from campaigns.recipes.base import AD, OnlyIf, Recipe, Say, Step, Wait

HOURS_OF_DAY = 24


@dataclass(frozen=True, slots=True)
class Point:
    """A message on the line: how long after the entry, and what."""

    hours: int
    name: str
    is_advertising: bool
    channel: Any
    gives: str = ""
    # Of a branch: who goes this way.
    only_if: str = ""

    @property
    def when(self) -> str:
        """Say how long after the entry, in the current language."""
        if not self.hours:
            return _("at once")
        if self.hours < HOURS_OF_DAY:
            return ngettext("%(count)s hour", "%(count)s hours", self.hours) % {"count": self.hours}
        days = self.hours // HOURS_OF_DAY
        return ngettext("day %(count)s", "day %(count)s", days) % {"count": days}


def points(recipe: Recipe, *, language: str) -> list[Point]:
    """Return the messages of a recipe in the order in which they are due; those of branches beside each other."""
    return list(_points(recipe.steps, 0, language))


def _points(steps: tuple[Step, ...], hours: int, language: str, only_if: str = "") -> Iterator[Point]:
    for step in steps:
        if isinstance(step, Wait):
            hours = _after(step.settings, hours)
        elif isinstance(step, OnlyIf):
            yield from _points(step.yes, hours, language, str(step.segment.name))
            yield from _points(step.no, hours, language, _("everybody else"))
        elif isinstance(step, Say):
            yield _point(step, hours, language, only_if)


def _point(step: Say, hours: int, language: str, only_if: str) -> Point:
    message = step.message
    first = next(channel for channel, contents in message.contents.items() if language in contents)
    coupon = message.coupon.name[language] if message.coupon else ""
    return Point(hours, str(message.name), message.purpose == AD, CHANNELS[first], coupon, only_if)


def _after(settings: Mapping[str, Any], hours: int) -> int:
    """Return the hours after the entry at which a wait ends; until an hour of the same day does not count."""
    if "after_anchor_days" in settings:
        return settings["after_anchor_days"] * HOURS_OF_DAY
    return hours + settings.get("hours", 0) + settings.get("days", 0) * HOURS_OF_DAY
