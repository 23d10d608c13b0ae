"""What a trigger is, and the register of all of them.

The editor, the sentence, the engine, the dry run, the back-test and the contract test all read the register, so a new
trigger is one class in a module that `campaigns/triggers/every.py` imports.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from crm_project.registry import Registry
from customers.segments.errors import UnfitValueError
from customers.segments.values import Value

Settings = Mapping[str, Any]


class Topic(models.TextChoices):
    """The headings under which the editor lists triggers."""

    PEOPLE = "people", _("People")
    PURCHASES = "purchases", _("Purchases")
    BEHAVIOUR = "behaviour", _("Visits and cart")
    DATES = "dates", _("Dates")
    SEGMENTS = "segments", _("Segments")
    LOYALTY = "loyalty", _("Points, tiers and coupons")
    FEEDBACK = "feedback", _("Feedback")


@dataclass(frozen=True, slots=True)
class Window:
    """The moments after `since` up to and with `until` in which the anchor must lie. `now` is when it is asked."""

    since: datetime
    until: datetime
    now: datetime


@dataclass(frozen=True, slots=True)
class Entries:
    """A SELECT of (customer_id bigint, anchor_at timestamptz, entry_key text, context jsonb) and its parameters.

    Named parameters (`%(since)s`); the anchor is when the automation begins for the customer: a cart left for two
    hours is anchored two hours after it was last touched, not when it was filled.
    """

    sql: str
    parameters: Mapping[str, Any]


class Trigger(ABC):
    """Something that happens to a customer. Stateless: what it is asked with comes as `settings`."""

    key: ClassVar[str]
    label: ClassVar[str | Promise]
    topic: ClassVar[Topic]
    # What its settings are, by key, as the editor asks for them; those of `optional` may be left out.
    required: ClassVar[Mapping[str, Value]] = {}
    optional: ClassVar[Mapping[str, Value]] = {}
    labels: ClassVar[Mapping[str, str | Promise]] = {}
    # Whether one customer can enter several times at once, such as once for each order or cart.
    repeats: ClassVar[bool] = False
    # Whether whoever entered by it has it for good, by whichever order. The key ends in `/` and the order's number, as
    # another one takes its place where it is taken back before anything was said.
    is_for_good: ClassVar[bool] = False
    # The keys of the context, for `{{ trigger.… }}` in content: ids and names of things, never of people.
    tells: ClassVar[Sequence[str]] = ()

    @abstractmethod
    def entries(self, settings: Settings, window: Window) -> Entries:
        """Return who enters in the window: facts that stand in the tables now, asked again the same rows.

        What happened is told by its own time, not by when it was stored, and does not depend on `window.now` unless
        the class says so: a window in two parts gives what the whole gives. Where a key of a customer comes twice, the
        earliest anchor counts. Erased and merged customers may be among them, the engine leaves them out.
        """

    @abstractmethod
    def sentence(self, settings: Settings) -> str:
        """Say in the current language when somebody enters."""

    def next_ask(self, settings: Settings, read_until: datetime) -> datetime:
        """Return from when on asking again can find somebody new; the window that is asked for stays the whole one."""
        return read_until

    @property
    def fields(self) -> Mapping[str, Value]:
        """Return all settings by key, the required ones first."""
        return {**self.required, **self.optional}

    def lookup(self, key: str) -> Value | None:
        """Return the kind of value of a setting, for the boxes of the editor that search."""
        return self.fields.get(key)

    def schema(self) -> dict[str, Any]:
        """Return what the editor needs to offer the trigger; its fields as those of a segment's condition."""
        return {
            "name": self.key,
            "label": str(self.label),
            "topic": self.topic.value,
            "fields": [
                {"name": key, "label": str(self.labels.get(key, "")), "required": key in self.required, **kind.schema()}
                for key, kind in self.fields.items()
            ],
        }

    def said(self, sentence: str, settings: Settings, *keys: str) -> str:
        """Return the sentence with what these settings narrow it down to in brackets."""
        narrowed = [f"{self.labels[key]}: {self.fields[key].words(settings[key])}" for key in keys if key in settings]
        return f"{sentence} ({'; '.join(narrowed)})" if narrowed else sentence

    def check(self, settings: Settings) -> None:
        """Refuse settings with which the trigger cannot be asked.

        Raises:
            UnfitValueError: says what is wrong and what would be right.
        """
        known = self.fields
        for key in settings:
            if key not in known:
                raise UnfitValueError(
                    _("“%(key)s” is no setting of “%(trigger)s”.") % {"key": key, "trigger": self.label}
                )
        for key, kind in known.items():
            if key in settings:
                kind.check(settings[key])
            elif key in self.required:
                name = self.labels.get(key, key)
                raise UnfitValueError(_("“%(trigger)s” needs “%(key)s”.") % {"key": name, "trigger": self.label})


TRIGGERS: Registry[Trigger] = Registry("trigger")


def trigger(kind: type[Trigger]) -> type[Trigger]:
    """Register the decorated class."""
    TRIGGERS.register(kind.key, kind())
    return kind
