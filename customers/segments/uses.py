"""What hangs on a segment: the segments that ask it, and whatever rows of upper apps point at it or name it."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from django.db.models import ForeignObjectRel, Model
from django.urls import NoReverseMatch, reverse

from crm_project.registry import Registry
from customers.models import Segment
from customers.segments import dependencies

# Of those segments by their ids, who names them in settings of theirs, where no relation tells: (id, row) pairs.
Naming = Callable[[Collection[int]], Iterable[tuple[int, Model]]]
NAMINGS: Registry[Naming] = Registry("naming of segments")


@dataclass(frozen=True)
class Use:
    """Something that would be wrong without the segment."""

    kind: str
    name: str
    url: str


def relations() -> list[ForeignObjectRel]:
    """Return the relations by which other apps point at segments; the app of segments does not know who they are."""
    own = Segment._meta.app_label
    every = Segment._meta.get_fields(include_hidden=True)  # rows that need no way back from the segment point at it too
    known = [each for each in every if isinstance(each, ForeignObjectRel) and not each.related_model._meta.auto_created]
    return [each for each in known if each.related_model._meta.app_label != own]


def uses_of(segments: Iterable[Segment]) -> dict[int, list[Use]]:
    """Return what uses each of the segments, in one query for each relation and naming."""
    segments = list(segments)
    uses: dict[int, list[Use]] = {segment.pk: [] for segment in segments}
    for relation in relations():
        field = relation.field.name
        rows = relation.related_model._default_manager.filter(**{f"{field}__in": segments}).distinct()
        pairs = rows.values_list(f"{field}__pk", "pk")
        owner = getattr(relation.related_model, "part_of", "")
        named = {row.pk: _use(_owner(row, owner)) for row in (rows.select_related(owner) if owner else rows)}
        for segment_id, row_id in pairs:
            if segment_id in uses and named[row_id] not in uses[segment_id]:
                uses[segment_id].append(named[row_id])
    for naming in NAMINGS:
        for segment_id, row in naming(list(uses)):
            if (use := _use(row)) not in uses[segment_id]:
                uses[segment_id].append(use)
    for asking in Segment.objects.all():
        for asked in dependencies.asked_by(asking.rule) & set(uses):
            uses[asked].append(_use(asking))
    return uses


def _owner(row: Model, path: str) -> Model:
    """Return what staff know the row as: a row that is part of something says of what (`part_of`)."""
    for name in filter(None, path.split("__")):
        row = getattr(row, name)
    return row


def _use(row: Model) -> Use:
    options = row._meta
    try:
        url = reverse(f"admin:{options.app_label}_{options.model_name}_change", args=[row.pk])
    except NoReverseMatch:
        url = ""
    return Use(kind=str(options.verbose_name), name=str(row), url=url)
