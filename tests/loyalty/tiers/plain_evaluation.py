"""The rules of tiers in plain Python, one customer at a time, written from their description and not from the SQL."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Rules:
    """A ladder: thresholds from zero up."""

    window: str
    months: int
    grace: int
    downgrade: str
    thresholds: tuple[int, ...]


@dataclass
class Member:
    """A customer: when they joined, what was counted (day, amount), and the rank they have earned, 1 the lowest."""

    joined: date
    credits: list[tuple[date, int]]
    rank: int = 1


def add_months(day: date, months: int) -> date:
    number = day.year * 12 + day.month - 1 + months
    year, month = divmod(number, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def period_from(rules: Rules, joined: date, day: date) -> date:
    """Return the day the running period began: after it anyone may go down."""
    if rules.window == "rolling":
        return day.replace(day=1)
    if rules.window == "calendar":
        return date(day.year, 1, 1)
    years = day.year - joined.year
    begun = add_months(joined, 12 * years)
    return begun if begun <= day else add_months(joined, 12 * (years - 1))


def former_from(rules: Rules, joined: date, begun: date) -> date:
    """Return the day the window began that ended the day before a period began."""
    if rules.window == "rolling":
        return add_months(begun, -rules.months)
    if rules.window == "calendar":
        return date(begun.year - 1, 1, 1)
    return add_months(joined, 12 * (begun.year - joined.year - 1))


def counted(member: Member, first: date, last: date) -> int:
    return sum(amount for day, amount in member.credits if first <= day <= last)


def rank_of(rules: Rules, amount: int) -> int:
    return max(1, sum(threshold <= amount for threshold in rules.thresholds))


def reached(rules: Rules, member: Member, day: date) -> int:
    begun = period_from(rules, member.joined, day)
    since = add_months(day + DAY, -rules.months) if rules.window == "rolling" else begun
    running = counted(member, since, day)
    former = counted(member, former_from(rules, member.joined, begun), begun - DAY)
    return max(rank_of(rules, running), rank_of(rules, former))


def something_came_in(rules: Rules, member: Member, day: date) -> None:
    """Move up at once, never down."""
    member.rank = max(member.rank, reached(rules, member, day))


def midnight(rules: Rules, member: Member, day: date) -> None:
    """Evaluate as of the first moment of a day."""
    now = reached(rules, member, day)
    begun = period_from(rules, member.joined, day)
    if now >= member.rank or begun + timedelta(days=rules.grace) != day or rules.downgrade == "never":
        member.rank = max(member.rank, now)
        return
    with_grace = counted(member, former_from(rules, member.joined, begun), day - DAY)
    kept = min(member.rank, max(now, rank_of(rules, with_grace)))
    member.rank = max(kept, member.rank - 1) if rules.downgrade == "one_down" else kept


def days_to_look_at(rules: Rules, member: Member, after: date, until: date) -> list[date]:
    """Return the days in between on which anything can change by time alone."""
    days = [after + timedelta(days=number) for number in range(1, (until - after).days + 1)]
    grace = timedelta(days=rules.grace)
    return [day for day in days if period_from(rules, member.joined, day) + grace == day]
