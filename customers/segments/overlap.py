"""How two or three segments overlap: how many customers are in exactly which of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from django.db import connection

from customers.models import Segment, SegmentMembership

FEWEST, MOST = 2, 3


@dataclass(frozen=True)
class Region:
    """The customers who are in exactly these segments of those that are compared, and in none of the others."""

    inside: tuple[Segment, ...]
    outside: tuple[Segment, ...]
    size: int

    @property
    def rule(self) -> dict[str, Any]:
        """Return the rule of a segment that follows this region."""
        parts: list[dict[str, Any]] = [_in(segment) for segment in self.inside]
        parts += [{"not": _in(segment)} for segment in self.outside]
        return {"all": parts}


def overlap(segments: Sequence[Segment]) -> list[Region]:
    """Return every region that two or three segments make, by their members as last refreshed, in one query.

    Raises:
        ValueError: not two or three different segments.
    """
    if not FEWEST <= len({segment.pk for segment in segments}) == len(segments) <= MOST:
        raise ValueError("An overlap is of two or three different segments.")
    sizes = _sizes([segment.pk for segment in segments])
    masks = [mask for mask in product((True, False), repeat=len(segments)) if any(mask)]
    return [
        Region(
            inside=tuple(segment for segment, is_in in zip(segments, mask, strict=True) if is_in),
            outside=tuple(segment for segment, is_in in zip(segments, mask, strict=True) if not is_in),
            size=sizes.get(mask, 0),
        )
        for mask in masks
    ]


def _sizes(ids: list[int]) -> dict[tuple[bool, ...], int]:
    columns = ", ".join("bool_or(segment_id = %s)" for _id in ids)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT mask, count(*) FROM (
                SELECT ARRAY[{columns}] AS mask FROM {SegmentMembership._meta.db_table}
                WHERE segment_id = ANY(%s) GROUP BY customer_id
            ) AS masks GROUP BY mask
            """,
            [*ids, ids],
        )
        return {tuple(mask): count for mask, count in cursor.fetchall()}


def _in(segment: Segment) -> dict[str, Any]:
    return {"is": "in_segment", "op": "in", "value": [segment.pk]}
