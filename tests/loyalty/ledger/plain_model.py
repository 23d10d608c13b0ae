"""The points of one account in plain Python, written without a look at the ledger: every point is an object of its own.

A point lies in one place at a time: "pending", "available", ("hold", n), ("used", n), "gone". There are no sums that
could be wrong.
"""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(eq=False)
class Point:
    """One point of an award."""

    award: int
    usable_from: datetime
    dies_at: datetime | None
    place: object


@dataclass
class Member:
    """A member's points, and what they owe."""

    points: list[Point] = field(default_factory=list)
    taken: dict[object, list[Point]] = field(default_factory=dict)
    holds: dict[int, datetime] = field(default_factory=dict)
    died: dict[int, int] = field(default_factory=dict)
    # By award: points of others that a return took because its own lay elsewhere.
    stand_ins: dict[int, list[Point]] = field(default_factory=dict)
    debt: int = 0

    def count(self, place: object) -> int:
        return sum(point.place == place for point in self.points)

    def held(self) -> int:
        return sum(self.count(("hold", number)) for number in self.holds)

    def next_to_use(self, count: int) -> list[Point]:
        usable = [point for point in self.points if point.place == "available"]
        far = datetime.max.replace(tzinfo=usable[0].usable_from.tzinfo) if usable else None
        return sorted(usable, key=lambda one: (one.dies_at or far, one.usable_from, one.award))[:count]

    def come_in(self, points: list[Point]) -> None:
        """The first of these come back to the member, the last pay what is owed."""
        kept = len(points) - min(self.debt, len(points))
        self.debt -= len(points) - kept
        for point in points[:kept]:
            point.place = "gone"
            stand_ins = self.stand_ins.get(point.award)
            (stand_ins.pop(0) if stand_ins else point).place = "available"
        for point in points[kept:]:
            point.place = "gone"

    def clock(self, now: datetime) -> None:
        for number in sorted((n for n, until in self.holds.items() if until <= now), key=lambda n: (self.holds[n], n)):
            self.release(number)
        for point in self.points:
            if point.place == "pending" and point.usable_from <= now:
                point.place = "gone" if self.debt else "available"
                self.debt -= bool(self.debt)
        self.die(now)

    def die(self, now: datetime) -> None:
        for point in self.points:
            if point.place == "available" and point.dies_at is not None and point.dies_at <= now:
                point.place = "gone"
                self.died[point.award] = self.died.get(point.award, 0) + 1

    def release(self, number: int) -> None:
        del self.holds[number]
        self.come_in(self.taken.pop(("hold", number))[::-1])

    def earn(self, award: int, count: int, usable_from: datetime, dies_at: datetime | None, now: datetime) -> None:
        new = [Point(award, usable_from, dies_at, "pending") for _ in range(count)]
        self.points += new
        if usable_from <= now:
            self.come_in(new)

    def take(self, place: object, count: int) -> None:
        self.taken[place] = self.next_to_use(count)
        for point in self.taken[place]:
            point.place = place

    def capture(self, number: int, count: int, use: int) -> None:
        points = self.taken.pop(("hold", number))
        del self.holds[number]
        self.taken["used", use] = points[:count]
        for point in points[:count]:
            point.place = ("used", use)
        self.come_in(points[count:][::-1])

    def give_back(self, use: int, count: int) -> None:
        points = self.taken["used", use]
        self.taken["used", use] = points[: len(points) - count]
        self.come_in(points[len(points) - count :][::-1])

    def claw_back(self, award: int, count: int) -> None:
        for point in self.points:
            if count and point.award == award and point.place in ("pending", "available"):
                point.place, count = "gone", count - 1
        died = min(count, self.died.get(award, 0))
        self.died[award] = self.died.get(award, 0) - died
        count -= died
        stand_ins = self.next_to_use(count)
        for point in stand_ins:
            point.place = "gone"
        self.stand_ins[award] = sorted(self.stand_ins.get(award, []) + stand_ins, key=lambda one: one.award)
        self.debt += count - len(stand_ins)
