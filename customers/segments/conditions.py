"""What a condition is, and the register of all that the apps know.

A condition is a class with a name, words and a `q()`. The builder, the sentence, the live count, Explain and the
contract test all read the register, so a new condition is one class in its app's `segment_conditions.py`.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django.db.models import Q, QuerySet, TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from crm_project.registry import Registry
from customers.models import Customer
from customers.segments.clock import Moment
from customers.segments.errors import UnfitValueError
from customers.segments.values import Value

# The parts of a condition as the rule has them: {"is": …, "op": …, "value": …} and extras such as "window".
Part = Mapping[str, Any]


class Topic(TextChoices):
    """The headings under which the builder lists conditions."""

    PURCHASES = "purchases", gettext_lazy("Purchases")
    BEHAVIOUR = "behaviour", gettext_lazy("Visits and cart")
    VALUE = "value", gettext_lazy("RFM")
    CYCLE = "cycle", gettext_lazy("Purchase cycle")
    PLACES = "places", gettext_lazy("Stores and online")
    PROFILE = "profile", gettext_lazy("Profile")
    CONSENT = "consent", gettext_lazy("Consent and contact")
    MESSAGES = "messages", gettext_lazy("Messages")
    LOYALTY = "loyalty", gettext_lazy("Points and tiers")
    COUPONS = "coupons", gettext_lazy("Coupons")
    SEGMENTS = "segments", gettext_lazy("Segments")


@dataclass(frozen=True)
class Operator:
    """How a condition compares, the kind of value it compares with (None: no value), and its sentence."""

    name: str
    label: str | Promise
    sentence: str | Promise
    value: Value | None = None


def at_least(value: Value) -> Operator:
    return Operator("at_least", gettext_lazy("at least"), gettext_lazy("%(what)s at least %(value)s"), value)


def at_most(value: Value) -> Operator:
    return Operator("at_most", gettext_lazy("at most"), gettext_lazy("%(what)s at most %(value)s"), value)


def exactly(value: Value) -> Operator:
    return Operator("exactly", gettext_lazy("exactly"), gettext_lazy("%(what)s exactly %(value)s"), value)


def within_days(value: Value) -> Operator:
    sentence = gettext_lazy("%(what)s within the last %(value)s")
    return Operator("within_days", pgettext_lazy("days", "within the last"), sentence, value)


def more_than_days_ago(value: Value) -> Operator:
    sentence = gettext_lazy("%(what)s more than %(value)s ago")
    return Operator("more_than_days_ago", pgettext_lazy("days", "longer ago than"), sentence, value)


def between(value: Value) -> Operator:
    return Operator("between", gettext_lazy("between"), gettext_lazy("%(what)s from %(value)s"), value)


def never() -> Operator:
    return Operator("never", gettext_lazy("never"), gettext_lazy("%(what)s: never"))


def one_of(value: Value) -> Operator:
    return Operator("in", gettext_lazy("is one of"), gettext_lazy("%(what)s is %(value)s"), value)


def not_one_of(value: Value) -> Operator:
    return Operator("not_in", gettext_lazy("is none of"), gettext_lazy("%(what)s is not %(value)s"), value)


# Keys that have a place of their own in the sentence.
SAID_ELSEWHERE = {"window", "times"}


class Condition(ABC):
    """One question about a customer. Stateless: what it is asked with comes as `part`."""

    name: ClassVar[str]
    label: ClassVar[str | Promise]
    topic: ClassVar[Topic]
    operators: ClassVar[tuple[Operator, ...]]
    # What else the condition needs (required) or may take (optional), by the key it has in the rule.
    required: ClassVar[Mapping[str, Value]] = {}
    optional: ClassVar[Mapping[str, Value]] = {}
    # How the builder names those that need a name.
    labels: ClassVar[Mapping[str, str | Promise]] = {}

    @abstractmethod
    def q(self, part: Part, moment: Moment) -> Q:
        """Return the condition on `Customer`: to-one columns and subqueries only, nothing that multiplies rows.

        A customer without the fact in question (or without statistics) is one for whom it happened zero times.
        """

    @abstractmethod
    def actual(self, customer: Customer, part: Part, moment: Moment) -> str:
        """Say what this customer has instead of what the condition asks for."""

    def segments_asked(self, part: Part) -> list[int]:
        """Return the ids of the segments whose members the condition reads."""
        return []

    def turning(self, part: Part, *, after: datetime, until: datetime) -> QuerySet[Customer] | None:
        """Return whom time alone may have moved in or out between two moments of one day; None where it moves nobody.

        What turns over at midnight needs nothing here: then every segment is refreshed in full.
        """
        return None

    def operator(self, name: object) -> Operator | None:
        """Return the operator of that name, or None."""
        return next((each for each in self.operators if each.name == name), None)

    def check(self, part: Part) -> None:
        """Refuse a part that this condition cannot be asked with.

        Raises:
            UnfitValueError: says what is wrong and what would be right.
        """
        operator = self.operator(part.get("op"))
        if operator is None:
            raise UnfitValueError(self._wrong_operator(part))
        wanted = {"value": operator.value} if operator.value else {}
        wanted |= self.required
        self._check_keys(part, wanted)
        for key, kind in {**wanted, **self.optional}.items():
            if key in part:
                self._check_value(key, kind, part[key])

    def sentence(self, part: Part) -> str:
        """Say the condition in the current language."""
        operator = next(each for each in self.operators if each.name == part["op"])
        value = operator.value.words(part["value"]) if operator.value else ""
        said = operator.sentence % {"what": self.words(part), "value": value}
        if "window" in part:
            return _("%(condition)s %(window)s") % {"condition": said, "window": self._words_of("window", part)}
        return said

    def words(self, part: Part) -> str:
        """Return the condition's subject inside a sentence, with what narrows it down in brackets."""
        narrowed = [self._words_of(key, part) for key in self.optional if key in part and key not in SAID_ELSEWHERE]
        return f"{self.label} ({', '.join(narrowed)})" if narrowed else str(self.label)

    def schema(self) -> dict[str, Any]:
        """Return what the builder needs to offer the condition."""
        return {
            "name": self.name,
            "label": str(self.label),
            "topic": self.topic.value,
            "operators": [
                {"name": each.name, "label": str(each.label), "value": each.value.schema() if each.value else None}
                for each in self.operators
            ],
            "extras": [
                {"name": key, "label": str(self.labels.get(key, "")), "required": key in self.required, **kind.schema()}
                for key, kind in {**self.required, **self.optional}.items()
            ],
        }

    def lookup(self, key: str) -> Value | None:
        """Return the kind of value under a key of the rule ("value" or an extra)."""
        kinds = {**self.required, **self.optional}
        values = {"value": next((each.value for each in self.operators if each.value), None)}
        return (values | kinds).get(key)

    def _words_of(self, key: str, part: Part) -> str:
        return {**self.required, **self.optional}[key].words(part[key])

    def _wrong_operator(self, part: Part) -> str:
        known = ", ".join(each.name for each in self.operators)
        return _("“%(condition)s” has no operator “%(operator)s”. Use one of: %(known)s.") % {
            "condition": self.name,
            "operator": str(part.get("op"))[:40],
            "known": known,
        }

    def _check_keys(self, part: Part, wanted: Mapping[str, Value]) -> None:
        missing = [key for key in wanted if key not in part]
        if missing:
            raise UnfitValueError(_("“%(key)s” is missing.") % {"key": missing[0]})
        strange = set(part) - {"is", "op"} - set(wanted) - set(self.optional)
        if strange:
            raise UnfitValueError(
                _("“%(condition)s” with “%(operator)s” takes no “%(key)s”. Remove it.")
                % {"condition": self.name, "operator": part["op"], "key": min(map(str, strange))[:40]}
            )

    def _check_value(self, key: str, kind: Value, value: object) -> None:
        try:
            kind.check(value)
        except UnfitValueError as error:
            if key == "value":
                raise
            raise UnfitValueError(f"{key}: {error}") from error


CONDITIONS: Registry[Condition] = Registry("segment condition")


def register(condition: type[Condition]) -> type[Condition]:
    """Add a condition to the register; a class decorator.

    Raises:
        ValueError: the name is taken.
    """
    CONDITIONS.register(condition.name, condition())
    return condition
