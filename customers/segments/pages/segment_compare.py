"""The page that compares segments: how two or three overlap, drawn, and each region a segment away."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.models import Segment
from customers.segments.overlap import FEWEST, MOST, Region, overlap
from customers.segments.ready import address_of

if TYPE_CHECKING:
    from customers.segments.pages.segment_admin import SegmentAdmin

Point = tuple[int, int]


@dataclass(frozen=True)
class Picture:
    """Where circles stand, and where the number of each region is written, by the circles it lies in."""

    width: int
    height: int
    radius: int
    centres: tuple[Point, ...]
    names: tuple[Point, ...]
    numbers: dict[tuple[bool, ...], Point]


TWO = Picture(
    width=480,
    height=250,
    radius=96,
    centres=((180, 140), (300, 140)),
    names=((150, 30), (330, 30)),
    numbers={(True, False): (140, 145), (True, True): (240, 145), (False, True): (340, 145)},
)
THREE = Picture(
    width=480,
    height=380,
    radius=104,
    centres=((180, 140), (300, 140), (240, 244)),
    names=((130, 24), (350, 24), (240, 370)),
    numbers={
        (True, False, False): (132, 118),
        (False, True, False): (348, 118),
        (False, False, True): (240, 304),
        (True, True, False): (240, 100),
        (True, False, True): (172, 212),
        (False, True, True): (308, 212),
        (True, True, True): (240, 176),
    },
)


@dataclass(frozen=True)
class Drawn:
    """A region as the page shows it."""

    region: Region
    words: str
    point: Point
    make_url: str


def compare(request: HttpRequest, admin: "SegmentAdmin") -> HttpResponse:
    """Show the choice of segments, and the overlap of those that are chosen (`?segment=1&segment=2`)."""
    if not admin.has_view_permission(request):
        raise PermissionDenied
    every = list(Segment.objects.order_by("-is_active", "name"))
    chosen = _chosen(request, every)
    context = admin.admin_site.each_context(request) | {
        "title": _("Compare segments"),
        "opts": Segment._meta,
        "fields": [(number, chosen[number].pk if number < len(chosen) else None) for number in range(MOST)],
        "segments": every,
    }
    if len(chosen) >= FEWEST:
        context |= _drawn(chosen, may_make=admin.has_add_permission(request))
    return render(request, "segments/compare.html", context)


def _chosen(request: HttpRequest, every: Sequence[Segment]) -> list[Segment]:
    """Return the segments of the address, each once, in its order; unknown numbers are left out."""
    known = {str(segment.pk): segment for segment in every}
    wanted = dict.fromkeys(request.GET.getlist("segment"))
    return [known[number] for number in wanted if number in known][:MOST]


def _drawn(chosen: Sequence[Segment], *, may_make: bool) -> dict[str, object]:
    picture = TWO if len(chosen) == FEWEST else THREE
    regions = overlap(chosen)
    drawn = [
        Drawn(
            region=region,
            words=_words(region),
            point=picture.numbers[tuple(segment in region.inside for segment in chosen)],
            make_url=address_of(region.rule, _words(region)) if may_make else "",
        )
        for region in regions
    ]
    return {
        "picture": picture,
        "circles": list(zip(chosen, picture.centres, picture.names, strict=True)),
        "regions": drawn,
        "together": sum(region.size for region in regions),
    }


def _words(region: Region) -> str:
    inside = _(" and ").join(f"“{segment}”" for segment in region.inside)
    if not region.outside:
        return ngettext("in %(inside)s", "in all: %(inside)s", len(region.inside)) % {"inside": inside}
    outside = _(" or ").join(f"“{segment}”" for segment in region.outside)
    return _("in %(inside)s, not in %(outside)s") % {"inside": inside, "outside": outside}
