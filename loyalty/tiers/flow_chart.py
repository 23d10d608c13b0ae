"""Geometry of the picture of who moves between tiers: bands from a column of tiers to another. Numbers only.

Down is in pixels. Across a band runs from 0 to 100, stretched over whatever room there is; the words beside it do not
stretch. The higher a tier, the higher it stands.
"""

from dataclasses import dataclass

from loyalty.tiers.preview import Flow, Movement, Rung

HEIGHT = 260.0  # of all bands together
ROW = 44.0  # what a tier takes at least, so that its words have room
GAP = 10.0
THINNEST = 2.0
KINDS = {1: "up", 0: "stays", -1: "down"}


@dataclass(frozen=True, slots=True)
class Node:
    """A tier in its column: where it stands, and where its words do."""

    rung: Rung
    customers: int
    top: float
    height: float

    @property
    def middle(self) -> float:
        """Return the pixels down to its middle."""
        return round(self.top + self.height / 2, 1)


@dataclass(frozen=True, slots=True)
class Band:
    """A stream of customers: its outline, its kind ("up", "stays", "down") and who they are."""

    path: str
    kind: str
    origin: Rung
    target: Rung
    customers: int


@dataclass(frozen=True, slots=True)
class Drawing:
    """The picture: two columns and the bands between."""

    before: list[Node]
    after: list[Node]
    bands: list[Band]
    height: float


def draw(movement: Movement) -> Drawing:
    """Place the tiers of a movement and the bands between them."""
    everyone = max(1, sum(flow.customers for flow in movement.flows))
    widths = {flow: max(THINNEST, flow.customers / everyone * HEIGHT) for flow in movement.flows}
    before = _column(movement.before, movement.sizes_before(), _sums(widths, "origin"))
    after = _column(movement.after, movement.sizes_after(), _sums(widths, "target"))
    height = max(_foot(before), _foot(after))
    # Those who stay first, so that those who move are drawn over them.
    bands = sorted(_bands(movement, widths, before, after), key=lambda band: band.kind != "stays")
    return Drawing(before, after, bands, height)


def _sums(widths: dict[Flow, float], side: str) -> dict[int, float]:
    sums: dict[int, float] = {}
    for flow, width in widths.items():
        place = getattr(flow, side)
        sums[place] = sums.get(place, 0.0) + width
    return sums


def _column(rungs: list[Rung], sizes: list[int], widths: dict[int, float]) -> list[Node]:
    """Return the tiers of a column by their place on the ladder; the highest stands on top."""
    nodes: dict[int, Node] = {}
    top = 0.0
    for place in reversed(range(len(rungs))):
        height = max(ROW, widths.get(place, 0.0))
        nodes[place] = Node(rungs[place], sizes[place], round(top, 1), round(height, 1))
        top += height + GAP
    return [nodes[place] for place in range(len(rungs))]


def _foot(nodes: list[Node]) -> float:
    return max((node.top + node.height for node in nodes), default=0.0)


def _bands(movement: Movement, widths: dict[Flow, float], before: list[Node], after: list[Node]) -> list[Band]:
    """Return the bands; within a tier, those to or from a higher one lie higher."""
    starts = _offsets(widths, "origin", "target", before)
    ends = _offsets(widths, "target", "origin", after)
    return [
        Band(
            _path(starts[flow], ends[flow], widths[flow]),
            KINDS[flow.direction],
            movement.before[flow.origin],
            movement.after[flow.target],
            flow.customers,
        )
        for flow in movement.flows
    ]


def _offsets(widths: dict[Flow, float], side: str, other: str, nodes: list[Node]) -> dict[Flow, float]:
    filled = [node.top for node in nodes]
    offsets: dict[Flow, float] = {}
    for flow in sorted(widths, key=lambda each: -getattr(each, other)):
        place = getattr(flow, side)
        offsets[flow] = filled[place]
        filled[place] += widths[flow]
    return offsets


def _path(start: float, end: float, width: float) -> str:
    upper = f"M0 {start:.1f}C50 {start:.1f} 50 {end:.1f} 100 {end:.1f}"
    lower = f"V{end + width:.1f}C50 {end + width:.1f} 50 {start + width:.1f} 0 {start + width:.1f}Z"
    return upper + lower
