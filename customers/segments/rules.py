"""Check a rule, and say it in words."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from customers.segments import dependencies
from customers.segments.conditions import CONDITIONS, Condition, Part
from customers.segments.errors import RuleError, UnfitValueError
from customers.segments.values import shown

DEEPEST = 8
MOST_CONDITIONS = 100
MOST_BYTES = 64 * 1024
GROUP_WORDS = ("all", "any", "not")


@dataclass(frozen=True)
class ConditionNode:
    """A condition of a checked rule, and where it stands."""

    condition: Condition
    part: Part
    place: "Place"

    @property
    def path(self) -> str:
        """Say where the condition stands: "group 1 › condition 2"."""
        return self.place.words


@dataclass(frozen=True)
class GroupNode:
    """A group of a checked rule. `word` "not" has one member."""

    word: Literal["all", "any", "not"]
    members: "tuple[Node, ...]"
    place: "Place"


Node = ConditionNode | GroupNode


@dataclass(frozen=True)
class Place:
    """Where something stands in a rule: the number of the member at each level, and whether it is a group."""

    steps: tuple[tuple[int, bool], ...] = ()

    @property
    def numbers(self) -> tuple[int, ...]:
        """Return the numbers alone, for machines; the first member is 1."""
        return tuple(number for number, _is_group in self.steps)

    @property
    def words(self) -> str:
        """Say the place in the current language; nothing for the rule as a whole."""
        return " › ".join(
            (_("group %(number)s") if is_group else _("condition %(number)s")) % {"number": number}
            for number, is_group in self.steps
        )

    def of(self, member: object, number: int) -> "Place":
        """Return the place of a member; a "not" around it is no level of its own."""
        while isinstance(member, Mapping) and set(member) == {"not"}:
            member = member["not"]
        return Place((*self.steps, (number, isinstance(member, Mapping) and "is" not in member)))

    def refused(self, reason: object) -> RuleError:
        """Return the error to raise about what stands here."""
        return RuleError(self.words, reason, numbers=self.numbers)


def check(rule: object, *, segment_id: int | None = None) -> None:
    """Refuse a rule that cannot be used, as that of the segment `segment_id` where one is given.

    Raises:
        RuleError: says where and how to mend it: too deep, too many conditions, too large, an empty group, an
            unknown condition, operator, key or segment, a value that does not fit, segments that ask each other.
    """
    for node in conditions_of(parse(rule)):
        try:
            dependencies.refuse_unknown_and_cycles(node.condition.segments_asked(node.part), segment_id=segment_id)
        except UnfitValueError as error:
            raise node.place.refused(error) from error


def parse(rule: object) -> Node:
    """Return the rule as a tree, checked but for what only the database knows.

    Raises:
        RuleError: as for `check`.
    """
    if rule is None or rule in ({}, [], ""):
        raise RuleError("", _("The rule is empty. Add at least one condition: a segment is never “everyone”."))
    reader = _Reader()
    tree = reader.read(rule, place=Place(), depth=1)
    if len(json.dumps(rule, ensure_ascii=False).encode(errors="replace")) > MOST_BYTES:
        raise RuleError("", _("The rule is larger than 64 kB. Split it into several segments."))
    return tree


def sentence(rule: object) -> str:
    """Say the rule in the current language.

    Raises:
        RuleError: the rule cannot be used.
    """
    return words(parse(rule))


def words(node: Node, *, inside: bool = False) -> str:
    """Say a checked rule, in brackets where it is a group inside another one."""
    if isinstance(node, ConditionNode):
        return node.condition.sentence(node.part)
    if node.word == "not":
        return _("not (%(rule)s)") % {"rule": words(node.members[0])}
    joint = pgettext("between conditions", "and") if node.word == "all" else pgettext("between conditions", "or")
    said = f" {joint} ".join(words(member, inside=True) for member in node.members)
    return f"({said})" if inside and len(node.members) > 1 else said


def conditions_of(node: Node) -> Iterator[ConditionNode]:
    """Yield the conditions of a checked rule in reading order."""
    if isinstance(node, ConditionNode):
        yield node
    else:
        for member in node.members:
            yield from conditions_of(member)


def members_of(node: Node) -> Iterator[Node]:
    """Yield every member of every group in reading order; a "not" comes with what it turns around, as one member."""
    while isinstance(node, GroupNode) and node.word == "not":
        node = node.members[0]
    if isinstance(node, GroupNode):
        for member in node.members:
            yield member
            yield from members_of(member)


class _Reader:
    """Reads one rule; counts its conditions as it goes, so that a huge one is left early."""

    def __init__(self) -> None:
        self.conditions = 0

    def read(self, rule: object, *, place: Place, depth: int) -> Node:
        if depth > DEEPEST:
            raise place.refused(_("Groups may be at most %(most)s deep. Flatten this one.") % {"most": DEEPEST})
        if not isinstance(rule, Mapping):
            raise place.refused(_("Expected a condition or a group, not %(value)s.") % {"value": shown(rule)})
        if "is" in rule:
            return self._condition(rule, place)
        return self._group(rule, place=place, depth=depth)

    def _condition(self, part: Part, place: Place) -> ConditionNode:
        self.conditions += 1
        if self.conditions > MOST_CONDITIONS:
            raise place.refused(_("A rule may have at most %(most)s conditions.") % {"most": MOST_CONDITIONS})
        condition = CONDITIONS.get(part["is"]) if isinstance(part["is"], str) else None
        if condition is None:
            known = {"name": shown(part["is"]), "known": ", ".join(CONDITIONS.names())}
            raise place.refused(_("There is no condition %(name)s. Known are: %(known)s.") % known)
        try:
            condition.check(part)
        except UnfitValueError as error:
            raise place.refused(error) from error
        return ConditionNode(condition, part, place)

    def _group(self, group: Mapping[str, Any], *, place: Place, depth: int) -> GroupNode:
        if len(group) != 1 or next(iter(group)) not in GROUP_WORDS:
            expected = _("Expected one of “all”, “any”, “not” or a condition with “is”, not %(value)s.")
            raise place.refused(expected % {"value": shown(dict(group))})
        ((word, inner),) = group.items()
        if word == "not":
            return GroupNode("not", (self.read(inner, place=place, depth=depth + 1),), place)
        return GroupNode("all" if word == "all" else "any", self._members(inner, place=place, depth=depth), place)

    def _members(self, members: object, *, place: Place, depth: int) -> tuple[Node, ...]:
        if not isinstance(members, list):
            raise place.refused(_("Expected a list of conditions, not %(value)s.") % {"value": shown(members)})
        if not members:
            raise place.refused(_("The group is empty. Add a condition or remove the group."))
        return tuple(
            self.read(member, place=place.of(member, number), depth=depth + 1)
            for number, member in enumerate(members, start=1)
        )
