"""Which segments touched customers may have moved into or out of, asked for all segments in a few statements.

Most touched customers move nowhere: an order changes one or two segments of a hundred. So all rules are first held
against them at once, without a lock, and only a segment whose members differ is locked, asked again about those who
differ, and written. Of a segment under a full refresh everybody is suspected: what that refresh reads may be older than
what was read here.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from django.db import DatabaseError, transaction
from django.db.models import BooleanField, ExpressionWrapper

from customers.models import Customer, Segment, SegmentMembership
from customers.segments import rules
from customers.segments.clock import Moment
from customers.segments.compiler import compile_tree
from customers.segments.errors import RuleError

SEGMENTS_AT_ONCE = 25


def suspects(segments: Iterable[Segment], moment: Moment) -> dict[int, tuple[int, ...]]:
    """Return the segments that somebody may have to move in or out of, each with those of the moment's customers."""
    everybody = moment.among or ()
    suspected: dict[int, tuple[int, ...]] = {}
    trees: dict[int, rules.Node] = {}
    for segment in segments:
        try:
            trees[segment.pk] = rules.parse(segment.rule)
        except RuleError:
            suspected[segment.pk] = everybody  # the refresh records why
        if segment.refreshing_until:
            suspected[segment.pk] = everybody
    for group in _in_groups([pk for pk in trees if pk not in suspected]):
        suspected |= _differing({pk: trees[pk] for pk in group}, moment)
    return suspected


def _in_groups(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for first in range(0, len(ids), SEGMENTS_AT_ONCE):
        yield ids[first : first + SEGMENTS_AT_ONCE]


def _differing(trees: Mapping[int, rules.Node], moment: Moment) -> dict[int, tuple[int, ...]]:
    """Return who is a member and does not fit, or fits and is none; everybody of all where the database refuses one."""
    try:
        with transaction.atomic():
            differing = _fitting(trees, moment) ^ _members(trees, moment)
    except DatabaseError:
        return dict.fromkeys(trees, moment.among or ())
    customers: defaultdict[int, list[int]] = defaultdict(list)
    for pk, customer in sorted(differing):
        customers[pk].append(customer)
    return {pk: tuple(ids) for pk, ids in customers.items()}


def _fitting(trees: Mapping[int, rules.Node], moment: Moment) -> set[tuple[int, int]]:
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


def _members(trees: Mapping[int, rules.Node], moment: Moment) -> set[tuple[int, int]]:
    members = SegmentMembership.objects.filter(segment__in=list(trees), customer__in=moment.ids_among())
    return set(members.values_list("segment", "customer"))
