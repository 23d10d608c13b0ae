"""Which segments ask which: no unknown ones, no cycles, the asked before the asking."""

from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter

from django.db.models import Q
from django.utils.translation import gettext as _

from customers.models import Segment
from customers.segments.conditions import CONDITIONS
from customers.segments.errors import UnfitValueError


def asked_by(rule: object) -> set[int]:
    """Return the ids of the segments that a stored rule asks, without judging the rest of it."""
    if isinstance(rule, Mapping):
        condition = CONDITIONS.get(str(rule.get("is")))
        if condition is not None:
            return set(condition.segments_asked(rule))
        return set().union(*map(asked_by, rule.values()))
    return set().union(*map(asked_by, rule)) if isinstance(rule, list) else set()


def refuse_unknown_and_cycles(ids: Iterable[int], *, segment_id: int | None) -> None:
    """Refuse segments that do not exist, or that ask the segment `segment_id`, directly or through others.

    Raises:
        UnfitValueError: names the segment.
    """
    wanted = set(ids)
    if not wanted:
        return
    rules = dict(Segment.objects.values_list("pk", "rule"))
    missing = wanted - set(rules)
    if missing:
        raise UnfitValueError(_("There is no segment number %(number)s. Choose another.") % {"number": min(missing)})
    if segment_id is not None and segment_id in _reached_from(wanted, rules):
        raise UnfitValueError(
            _("This segment would ask itself in a circle. Choose a segment that does not ask this one.")
        )


def in_order(segments: Iterable[Segment]) -> list[Segment]:
    """Return the segments so that each comes after those it asks; by number where it does not matter.

    A cycle, which `rules.check` never lets in, leaves the order by number.
    """
    known = {segment.pk: segment for segment in sorted(segments, key=lambda each: each.pk)}
    graph = {pk: sorted(asked_by(segment.rule) & set(known)) for pk, segment in known.items()}
    try:
        order = list(TopologicalSorter(graph).static_order())
    except CycleError:
        order = list(known)
    return [known[pk] for pk in order]


def with_those_it_asks(segment: Segment) -> list[Segment]:
    """Return the active segments that this one asks, directly or not, in order, and itself as the last.

    With them inactive ones that have no last members to keep: nobody in them must not mean everybody outside.
    """
    rules = dict(Segment.objects.values_list("pk", "rule"))
    reached = _reached_from(asked_by(segment.rule), rules) - {segment.pk}
    asked = Segment.objects.filter(Q(is_active=True) | Q(refreshed_at=None), pk__in=reached)
    return [*in_order(asked), segment]


def those_asking(ids: Iterable[int]) -> list[Segment]:
    """Return the segments whose rules name one of these."""
    wanted = set(ids)
    return [each for each in Segment.objects.all() if wanted & asked_by(each.rule)] if wanted else []


def _reached_from(start: Iterable[int], rules: Mapping[int, object]) -> set[int]:
    reached: set[int] = set()
    waiting = list(start)
    while waiting:
        segment_id = waiting.pop()
        if segment_id not in reached:
            reached.add(segment_id)
            waiting += asked_by(rules.get(segment_id))
    return reached
