"""What a campaign will cost, by way and kind: the prices of its day times the messages (U-02).

Which kind a text leaves as depends on whom it names, so the shares of the kinds are those of a sample, unless the
sample is everybody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil

from django.utils import timezone

from campaigns.channels.base import channel_of
from campaigns.models import Campaign
from campaigns.prices import kind_label, price_lists
from campaigns.trial import Trial, trials


@dataclass(frozen=True, slots=True)
class CostLine:
    """Messages of one kind over one way. No price: nobody entered one. `leg` 0 is the step's own way."""

    leg: int
    account: str
    kind: str
    messages: int
    price: Decimal | None

    @property
    def won(self) -> Decimal:
        """Return price × messages."""
        return (self.price or Decimal(0)) * self.messages


@dataclass(frozen=True, slots=True)
class ExpectedCost:
    """The cost where everybody is reached on the first way, and where all were tried on every way."""

    lines: tuple[CostLine, ...] = ()
    is_estimate: bool = False

    @property
    def won(self) -> int:
        """Return what it costs if nobody needs a fallback, rounded up."""
        return ceil(sum(line.won for line in self.lines if line.leg == 0))

    @property
    def at_most(self) -> int:
        """Return what it costs if everybody is tried on each of its ways, rounded up."""
        return ceil(sum(line.won for line in self.lines))

    @property
    def without_price(self) -> list[str]:
        """Return the accounts and kinds that have no price, so that they count as free."""
        return [f"{line.account}: {line.kind}" for line in self.lines if line.price is None and line.messages]


def expected_cost(campaign: Campaign, recipients: int, tried: Sequence[Trial] | None = None) -> ExpectedCost:
    """Return what so many recipients cost on the campaign's day; `tried` saves a second look at the audience."""
    ways = trials(campaign) if tried is None else tried
    day = timezone.localdate(campaign.scheduled_at or timezone.now())
    prices = price_lists([way.account.pk for way in ways], on=day)
    lines = [
        CostLine(leg, way.account.name, kind_label(way.account, kind), messages, prices[way.account.pk].get(kind))
        for leg, way in enumerate(ways)
        for kind, messages in _by_kind(way, recipients)
    ]
    is_sample = any(len(way.made) < recipients and len(channel_of(way.account).kinds) > 1 for way in ways)
    return ExpectedCost(tuple(lines), is_estimate=is_sample)


def _by_kind(way: Trial, recipients: int) -> list[tuple[str, int]]:
    """Return how many messages leave as which kind; together they are exactly the recipients."""
    possible = channel_of(way.account).kinds
    counted = [(kind, way.kinds[kind]) for kind in possible if way.kinds[kind]] or [(possible[0], 1)]
    tried = sum(count for _kind, count in counted)
    reached, given, shares = 0, 0, []
    for kind, count in counted:
        reached += count
        share = recipients * reached // tried - given
        given += share
        shares.append((kind, share))
    return shares
