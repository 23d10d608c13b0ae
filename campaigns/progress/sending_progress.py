"""How far a campaign's sending is: counts, rate, time left, what failed, what each way did, what nobody knows.

One statement reads it all, grouped so finely that every figure of the page is a sum of some of its rows.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from math import ceil

from django.db import connection
from django.db.models import Count, Sum
from django.utils import timezone

from campaigns.channels.base import channel_of
from campaigns.models import Campaign, ChannelAccount, ClosedLeg, Message
from campaigns.senders.prices import kind_label

RATE_SECONDS = 60
SHOWN_UNKNOWN = 50
Status = Message.Status

# The last words of the gateway stand for the class.
TALLY = """
    SELECT leg, account_id, kind, status, failure, count(*) AS messages,
           count(*) FILTER (WHERE is_sandbox) AS sandboxed,
           count(*) FILTER (WHERE delivery = 'delivered') AS delivered,
           count(*) FILTER (WHERE delivery = 'failed') AS undelivered,
           count(opened_at) AS opened, count(clicked_at) AS clicked,
           count(*) FILTER (WHERE sent_at > %(lately)s) AS sent_lately,
           count(*) FILTER (WHERE status = 'planned' AND due_at > %(now)s) AS later,
           min(due_at) FILTER (WHERE status = 'planned' AND due_at > %(now)s) AS next_at,
           sum(cost) AS cost, max(failure_detail) AS said
      FROM campaigns_message WHERE campaign_id = %(campaign)s
     GROUP BY leg, account_id, kind, status, failure
"""


@dataclass(frozen=True, slots=True)
class Tally:
    """Messages of a campaign that are alike: same way, kind, status and failure."""

    leg: int
    account_id: int
    kind: str
    status: str
    failure: str
    messages: int
    sandboxed: int
    delivered: int
    undelivered: int
    opened: int
    clicked: int
    sent_lately: int
    later: int
    next_at: datetime | None
    cost: Decimal
    said: str


@dataclass(frozen=True, slots=True)
class Progress:
    """Counts of a campaign's messages now. The targeted are those planned for and not skipped."""

    targeted: int
    skipped: int
    sent: int
    delivered: int
    undelivered: int
    failed: int
    unknown: int
    stopped: int
    waiting: int
    later: int
    next_at: datetime | None
    retrying: int
    sandboxed: int
    opened: int
    clicked: int
    # Messages a second over the last minute of sending.
    rate: float
    seconds_left: int | None


@dataclass(frozen=True, slots=True)
class Failed:
    """Messages that failed in one way: for good, to be tried again, and come back after they were sent."""

    code: str
    failed: int
    retrying: int
    returned: int
    said: str


@dataclass(frozen=True, slots=True)
class WayFigures:
    """What became of messages over one account as one kind. `closed`: went on to the next way. Cost is won."""

    leg: int
    account: str
    kind: str
    sent: int
    delivered: int
    undelivered: int
    failed: int
    unknown: int
    waiting: int
    closed: int
    cost: Decimal


def tally_of(campaign: Campaign, *, now: datetime | None = None) -> list[Tally]:
    """Return the campaign's messages in groups that are alike, in one statement."""
    now = now or timezone.now()
    asked = {"campaign": campaign.pk, "now": now, "lately": now - timedelta(seconds=RATE_SECONDS)}
    with connection.cursor() as cursor:
        cursor.execute(TALLY, asked)
        return [Tally(*row) for row in cursor.fetchall()]


def progress_of(campaign: Campaign, tally: Sequence[Tally], *, now: datetime | None = None) -> Progress:
    """Return how far the campaign is."""
    now = now or timezone.now()
    rate = _rate(campaign, _sum(tally, lambda row: row.sent_lately), now)
    waiting, later = _waiting(tally), _sum(tally, lambda row: row.later)
    is_sending = campaign.status == Campaign.Status.ACTIVE and rate > 0
    return Progress(
        targeted=_sum(tally) - _sum(tally, statuses=[Status.SKIPPED]),
        skipped=_sum(tally, statuses=[Status.SKIPPED]),
        sent=_sum(tally, statuses=[Status.SENT]),
        delivered=_sum(tally, lambda row: row.delivered),
        undelivered=_sum(tally, lambda row: row.undelivered),
        failed=_sum(tally, statuses=[Status.FAILED]),
        unknown=_sum(tally, statuses=[Status.UNKNOWN]),
        stopped=_sum(tally, statuses=[Status.STOPPED]),
        waiting=waiting,
        later=later,
        next_at=min((row.next_at for row in tally if row.next_at), default=None),
        retrying=_sum((row for row in tally if row.failure), statuses=[Status.PLANNED]),
        sandboxed=_sum(tally, lambda row: row.sandboxed, statuses=[Status.SENT]),
        opened=_sum(tally, lambda row: row.opened),
        clicked=_sum(tally, lambda row: row.clicked),
        rate=rate,
        seconds_left=ceil((waiting - later) / rate) if is_sending and waiting > later else None,
    )


def failures_of(tally: Sequence[Tally]) -> list[Failed]:
    """Return what went wrong by class, the commonest first. What nobody knows has a list of its own."""
    rows = [row for row in tally if row.failure and row.status != Status.UNKNOWN]
    found = [_failed(code, [row for row in rows if row.failure == code]) for code in {row.failure for row in rows}]
    told = [each for each in found if each.failed or each.retrying or each.returned]
    return sorted(told, key=lambda each: (-each.failed, -each.returned, -each.retrying, each.code))


def ways_of(campaign: Campaign, tally: Sequence[Tally]) -> list[WayFigures]:
    """Return what became of the messages on each way and as each kind, ways that were left included."""
    rows = [row for row in tally if row.status not in (Status.SKIPPED, Status.STOPPED)]
    closed = _closed(campaign)
    accounts = ChannelAccount.objects.in_bulk({row.account_id for row in rows} | {place[1] for place in closed})
    by_place: dict[Place, list[Tally]] = {place: [] for place in closed}
    for row in rows:
        # What waits has no kind yet, unless its channel has but one.
        kinds = channel_of(accounts[row.account_id]).kinds
        kind = row.kind or (kinds[0] if len(kinds) == 1 else "")
        by_place.setdefault((row.leg, row.account_id, kind), []).append(row)
    return [_way(place, accounts[place[1]], found, closed) for place, found in sorted(by_place.items())]


def spent_on(ways: Iterable[WayFigures]) -> Decimal:
    """Return what all ways have cost so far, in won."""
    return sum((way.cost for way in ways), Decimal(0))


def unknown_of(campaign: Campaign) -> Sequence[Message]:
    """Return the first messages of which nobody knows whether they arrived."""
    unknown = Message.objects.filter(campaign=campaign).unknown().select_related("customer")
    return list(unknown.order_by("pk")[:SHOWN_UNKNOWN])


Place = tuple[int, int, str]


def _closed(campaign: Campaign) -> dict[Place, tuple[int, Decimal]]:
    """Return by way and kind how many messages went on to the next, and what they had cost there."""
    legs = ClosedLeg.objects.filter(message__campaign=campaign).order_by()
    counted = legs.values_list("leg", "account_id", "kind").annotate(count=Count("pk"), spent=Sum("cost"))
    return {(leg, account_id, kind): (count, spent) for leg, account_id, kind, count, spent in counted}


def _way(
    place: Place, account: ChannelAccount, rows: Sequence[Tally], closed: dict[Place, tuple[int, Decimal]]
) -> WayFigures:
    left, spent = closed.get(place, (0, Decimal(0)))
    return WayFigures(
        leg=place[0],
        account=account.name,
        kind=kind_label(account, place[2]) if place[2] else "",
        sent=_sum(rows, statuses=[Status.SENT]),
        delivered=_sum(rows, lambda row: row.delivered),
        undelivered=_sum(rows, lambda row: row.undelivered),
        failed=_sum(rows, statuses=[Status.FAILED]),
        unknown=_sum(rows, statuses=[Status.UNKNOWN]),
        waiting=_waiting(rows),
        closed=left,
        cost=spent + sum((row.cost for row in rows), Decimal(0)),
    )


def _failed(code: str, rows: Sequence[Tally]) -> Failed:
    return Failed(
        code=code,
        failed=_sum(rows, statuses=[Status.FAILED]),
        retrying=_sum(rows, statuses=[Status.PLANNED]),
        returned=_sum(rows, lambda row: row.undelivered),
        said=max((row.said for row in rows), default=""),
    )


def _waiting(rows: Iterable[Tally]) -> int:
    return _sum(rows, statuses=[Status.PLANNED, Status.CLAIMED, Status.SENDING])


def _sum(
    rows: Iterable[Tally],
    figure: Callable[[Tally], int] = lambda row: row.messages,
    *,
    statuses: Sequence[str] = (),
) -> int:
    return sum(figure(row) for row in rows if not statuses or row.status in statuses)


def _rate(campaign: Campaign, sent_lately: int, now: datetime) -> float:
    """Return messages a second; of a campaign that began within the minute, since it was planned."""
    began = campaign.planned_at or campaign.started_at
    elapsed = (now - began).total_seconds() if began else RATE_SECONDS
    return sent_lately / min(RATE_SECONDS, max(elapsed, 1))
