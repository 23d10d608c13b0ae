"""The ways of a step, tried one after the other: a customer gets the first whose gate lets them pass."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from campaigns.models import Campaign, ChannelAccount, SkipReason
from campaigns.pipeline.gate.asking import Gate, moment_of
from campaigns.pipeline.gate.question import Range
from customers.models import Customer

# Reasons that hold for every way, or for which another way would be a second message to one address.
FINAL = frozenset(
    {
        SkipReason.PURPOSE_UNSET,
        SkipReason.ERASED,
        SkipReason.MERGED,
        SkipReason.UNDER14,
        SkipReason.SOURCE_RESTRICTED,
        SkipReason.OPEN_CASE,
        SkipReason.HOLDOUT,
        SkipReason.DUPLICATE_ADDRESS,
        SkipReason.EXITED,
    }
)
# Refused on every way: the first way's reason is the one that is told.
DECIDED = """
    WITH {ways}, tried AS ({tried}), chosen AS ({chosen})
    SELECT id, leg, CASE WHEN NOT passes THEN reason {more} ELSE '' END AS reason,
           CASE WHEN passes THEN reason ELSE '' END AS waits_for
    FROM chosen
"""
ONE_AN_ADDRESS = """
    WHEN row_number() OVER (PARTITION BY passes, address ORDER BY id) > 1 THEN 'DUPLICATE_ADDRESS'
"""
TRIED = "SELECT {leg} AS leg, id, reason, address, reason IN ({passing}) AS passes FROM way_{number}"
FIRST_THAT_PASSES = "SELECT DISTINCT ON (id) * FROM tried ORDER BY id, passes DESC, leg"
REFUSED = "SELECT id FROM way_{number} WHERE reason NOT IN ({over})"


@dataclass(frozen=True)
class Way:
    """One way of a step: the step's own account (leg 0) or a fallback, and its gate."""

    leg: int
    gate: Gate


@dataclass(frozen=True)
class Ways:
    """All ways of a campaign at one moment, in the order in which they are tried."""

    ways: tuple[Way, ...]

    def decided(self, customers: QuerySet[Customer]) -> tuple[str, tuple]:
        """Return SQL and parameters of a query that gives (id, leg, reason, waits_for) of each customer.

        `reason` is '' for whoever gets the message over that leg, later where `waits_for` says what puts it off.
        """
        ways, tried = [], []
        parameters: list[object] = []
        for number, way in enumerate(self.ways):
            passing = _listed(["", *way.gate.delays])
            sql, given = way.gate.asked(customers).query.sql_with_params()
            ways.append(f"way_{number} AS MATERIALIZED ({sql})")
            tried.append(TRIED.format(leg=way.leg, number=number, passing=passing))
            parameters += given
            over = _listed(["", *way.gate.delays, *map(str, sorted(FINAL))])
            refused = RawSQL(REFUSED.format(number=number, over=over), [])  # noqa: S611  # words of ours
            customers = customers.filter(pk__in=refused)
        chosen = FIRST_THAT_PASSES if len(self.ways) > 1 else "SELECT * FROM tried"
        more = ONE_AN_ADDRESS if self.ways[0].gate.is_for_one_address else ""
        sql = DECIDED.format(ways=", ".join(ways), tried=" UNION ALL ".join(tried), chosen=chosen, more=more)
        return sql, tuple(parameters)

    def codes(self) -> list[str]:
        """Return the codes of all reasons that may come up, in the order in which they are asked."""
        asked = {str(code) for way in self.ways for code, _condition in way.gate.reasons()}
        return [code for code in SkipReason.values if code in asked]

    def delays(self) -> list[tuple[int, str, datetime]]:
        """Return (leg, code, until when) of what only puts a message off."""
        return [(way.leg, code, until) for way in self.ways for code, until in way.gate.delays.items()]


def ways_of(campaign: Campaign, *, at: datetime | None = None, within: Range | None = None) -> Ways:
    """Return the ways of a campaign's step: at its scheduled time if that is to come, otherwise now.

    `within` is the range of the customers that will be asked about, where they are all of one.
    """
    step = campaign.steps.select_related("account").get()
    fallbacks = step.fallbacks.select_related("account").order_by("position")
    accounts = [(0, step.account), *((fallback.position, fallback.account) for fallback in fallbacks)]
    channels = channels_of(account for _leg, account in accounts)
    moment = at or moment_of(campaign)
    return Ways(
        tuple(Way(leg, Gate(campaign, account, moment, within, channels=channels)) for leg, account in accounts)
    )


def channels_of(accounts: Iterable[ChannelAccount]) -> tuple[str, ...]:
    """Return the channels of accounts, each once."""
    return tuple(dict.fromkeys(account.channel for account in accounts))


def _listed(codes: Sequence[str]) -> str:
    """Return codes of ours as SQL."""
    return ", ".join(f"'{code}'" for code in codes)
