"""Which segments touched customers may have moved into or out of, asked for all segments in a few statements.

Most touched customers move nowhere: an order changes one or two segments of a hundred. So all rules are first held
against them at once, without a lock, and only a segment whose members differ is locked, asked again and written.
A segment under a full refresh is always suspected: what that refresh reads may be older than what was read here.
"""

from collections.abc import Iterable, Iterator, Sequence

from django.db import DatabaseError, transaction
from django.db.models import BooleanField, ExpressionWrapper

from customers.models import Customer, Segment, SegmentMembership
from customers.segments import rules
from customers.segments.clock import Moment
from customers.segments.compiler import compile_tree
from customers.segments.errors import RuleError

SEGMENTS_AT_ONCE = 25


def suspects(segments: Iterable[Segment], moment: Moment) -> set[int]:
    """Return the segments that the moment's customers have to be held against one by one."""
    suspected: set[int] = set()
    trees: dict[int, rules.Node] = {}
    for segment in segments:
        try:
            trees[segment.pk] = rules.parse(segment.rule)
        except RuleError:
            suspected.add(segment.pk)  # the refresh records why
        if segment.refreshing_until:
            suspected.add(segment.pk)
    for group in _in_groups([pk for pk in trees if pk not in suspected]):
        suspected |= _differing({pk: trees[pk] for pk in group}, moment)
    return suspected


def _in_groups(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for first in range(0, len(ids), SEGMENTS_AT_ONCE):
        yield ids[first : first + SEGMENTS_AT_ONCE]


def _differing(trees: dict[int, rules.Node], moment: Moment) -> set[int]:
    """Return those whose members are not whom the rule holds for; all of them where the database refuses one."""
    try:
        with transaction.atomic():
            return {pk for pk, _customer in _fitting(trees, moment) ^ _members(trees, moment)}
    except DatabaseError:
        return set(trees)


def _fitting(trees: dict[int, rules.Node], moment: Moment) -> set[tuple[int, int]]:
    columns = {
        f"fits_{pk}": ExpressionWrapper(compile_tree(tree, moment), output_field=BooleanField())
        for pk, tree in trees.items()
    }
    asked = Customer.objects.filter(pk__in=moment.ids_among()).order_by().annotate(**columns)
    return {
        (pk, customer)
        for customer, *answers in asked.values_list("pk", *columns)
        for pk, fits in zip(trees, answers, strict=True)
        if fits
    }


def _members(trees: dict[int, rules.Node], moment: Moment) -> set[tuple[int, int]]:
    members = SegmentMembership.objects.filter(segment__in=list(trees), customer__in=moment.ids_among())
    return set(members.values_list("segment", "customer"))
