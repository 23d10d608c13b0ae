"""What a campaign will cost, by way and kind: the prices of its day times the messages (U-02).

Which kind a text leaves as depends on whom it names, so the shares of the kinds are those of a sample, unless the
sample is everybody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil

from django.utils import timezone

from campaigns.channels.base import channel_of
from campaigns.models import Campaign
from campaigns.review.trial import Trial, trials
from campaigns.senders.prices import kind_label, price_lists


@dataclass(frozen=True, slots=True)
class CostLine:
    """Messages of one kind over one way. No price: nobody entered one. `leg` 0 is the step's own way.

    `at_most`: as many as if everybody on the ways before had not been reached there.
    """

    leg: int
    account: str
    kind: str
    messages: int
    at_most: int
    price: Decimal | None

    @property
    def won(self) -> Decimal:
        """Return price × messages."""
        return (self.price or Decimal(0)) * self.messages

    @property
    def won_at_most(self) -> Decimal:
        """Return price × messages if all the ways before fail."""
        return (self.price or Decimal(0)) * self.at_most


@dataclass(frozen=True, slots=True)
class ExpectedCost:
    """The cost where everybody is reached on the way planned for them, and where nobody is until the last."""

    lines: tuple[CostLine, ...] = ()
    is_estimate: bool = False

    @property
    def won(self) -> int:
        """Return what it costs if nobody needs a way further on, rounded up."""
        return ceil(sum(line.won for line in self.lines))

    @property
    def at_most(self) -> int:
        """Return what it costs if everybody is tried on each way that is left to them, rounded up."""
        return ceil(sum(line.won_at_most for line in self.lines))

    @property
    def without_price(self) -> list[str]:
        """Return the accounts and kinds that have no price, so that they count as free."""
        return [f"{line.account}: {line.kind}" for line in self.lines if line.price is None and line.at_most]


def expected_cost(campaign: Campaign, tried: Sequence[Trial] | None = None) -> ExpectedCost:
    """Return what the campaign costs on its day; `tried` saves a second look at the audience."""
    ways = trials(campaign) if tried is None else tried
    day = timezone.localdate(campaign.scheduled_at or timezone.now())
    prices = price_lists([way.account.pk for way in ways], on=day)
    lines, before = [], 0
    for way in ways:
        upper = before + way.recipients
        for kind, share in _shares(way).items():
            price = prices[way.account.pk].get(kind)
            messages = _portion(way.recipients, share)
            label = kind_label(way.account, kind)
            lines.append(CostLine(way.leg, way.account.name, label, messages, _portion(upper, share), price))
        before = upper
    return ExpectedCost(tuple(lines), is_estimate=any(_is_sample(way) for way in ways))


# From which to which part of all messages those of a kind lie, when the kinds are laid one after the other.
Share = tuple[Fraction, Fraction]


def _shares(way: Trial) -> dict[str, Share]:
    """Return the share of each kind that occurs; where nothing could be tried, all leave as the first kind."""
    possible = channel_of(way.account).kinds
    counted = {kind: way.kinds[kind] for kind in possible if way.kinds[kind]} or {possible[0]: 1}
    whole, reached, shares = sum(counted.values()), 0, {}
    for kind, count in counted.items():
        shares[kind] = (Fraction(reached, whole), Fraction(reached + count, whole))
        reached += count
    return shares


def _portion(messages: int, share: Share) -> int:
    """Return how many of the messages are a kind's; those of all kinds together are exactly the messages."""
    return int(messages * share[1]) - int(messages * share[0])


def _is_sample(way: Trial) -> bool:
    return len(way.made) < way.recipients and len(channel_of(way.account).kinds) > 1
