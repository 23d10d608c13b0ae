"""A campaign's content tried on some of those who would receive it: what each would cost, and whether it can be made.

They are spread over the whole audience by a hash, so that their shares are those of all, and the same in every look.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.db import connection
from liquid.exceptions import LiquidError

from campaigns import experiments
from campaigns.channels.base import CompiledContent, Rendered, channel_of
from campaigns.errors import ContentRefused
from campaigns.models import Campaign, ChannelAccount, Fallback, SkipReason, Step, Variant
from campaigns.pipeline import content, entry
from campaigns.pipeline.gate import ways_of
from customers.models import Customer

# So many customers' messages are made for each way.
TRIED = 200
# Some of those who would receive it over each way, and how many all of them are.
SPREAD = """
    SELECT id, leg, whole FROM (
        SELECT id, leg, row_number() OVER (PARTITION BY leg ORDER BY md5(id::text)) AS place,
               count(*) OVER (PARTITION BY leg) AS whole
        FROM ({decided}) AS decided WHERE reason = ''
    ) AS receiving
    WHERE place <= %s ORDER BY leg, place
"""


@dataclass
class Trial:
    """One way of a campaign tried: leg 0 is the step's own account, else the position of the fallback.

    `recipients`: how many it is planned for; a fallback also takes those who were not reached before it.
    """

    leg: int
    account: ChannelAccount
    arms: Sequence[Variant]
    customers: Sequence[Customer]
    recipients: int

    @cached_property
    def contents(self) -> dict[int, CompiledContent]:
        """Return the content of each arm; none that is not well-formed: `lifecycle.what_is_missing` says why."""
        return {arm.pk: compiled for arm in self.arms if (compiled := _compiled(arm)) is not None}

    @cached_property
    def _tried(self) -> tuple[list[Rendered], list[str]]:
        made: list[Rendered] = []
        refused: list[str] = []
        for arm in self.arms:
            people = [each for each in self.customers if self._arm_of(each) == arm]
            for recipient in content.recipients_of(people, arm) if arm.pk in self.contents else ():
                try:
                    made.append(self.contents[arm.pk].render(recipient))
                except ContentRefused as refusal:
                    refused.append(str(refusal))
        return made, refused

    def _arm_of(self, customer: Customer) -> Variant:
        """Return the customer's arm, by the same hash as when it is planned."""
        name = getattr(customer, "arm", "")
        return next((arm for arm in self.arms if arm.name == name), self.arms[0])

    @property
    def made(self) -> list[Rendered]:
        """Return the messages that could be made."""
        return self._tried[0]

    @property
    def refused(self) -> list[str]:
        """Return why the others could not."""
        return self._tried[1]

    @property
    def kinds(self) -> Counter[str]:
        """Return how many of those that could be made leave as which kind."""
        return Counter(rendered.kind for rendered in self.made)

    @property
    def links(self) -> list[str]:
        """Return the targets of all its links, each once."""
        return list(dict.fromkeys(url for compiled in self.contents.values() for url in compiled.links))

    def violations(self, campaign: Campaign, *reasons: SkipReason) -> int:
        """Return how many of the messages break the law in one of these ways."""
        channel = channel_of(self.account)
        return sum(channel.violation(campaign, self.account, made) in reasons for made in self.made)


def trials(campaign: Campaign) -> list[Trial]:
    """Return each way of the campaign that has content, tried, the step's own first; an unwritten draft has none."""
    step = campaign.steps.select_related("account").first()
    own = arms(step) if step else []
    if step is None or not own:
        return []
    people, counts = _spread(campaign, own)
    everybody = [customer for customers in people.values() for customer in customers][:TRIED]
    found = [Trial(0, step.account, own, people.get(0) or everybody, counts.get(0, 0))]
    for fallback in step.fallbacks.select_related("account"):
        of_fallback, leg = arms(step, fallback), fallback.position
        if of_fallback:
            chosen = people.get(leg) or everybody
            found.append(Trial(leg, fallback.account, of_fallback, chosen, counts.get(leg, 0)))
    return found


def arms(step: Step, fallback: Fallback | None = None) -> list[Variant]:
    """Return the contents of one way for customers whose language has no other."""
    stored = Variant.objects.filter(step=step, fallback=fallback, locale="")
    return list(stored.select_related("step__campaign", "step__account", "fallback__account"))


def _spread(campaign: Campaign, own: Sequence[Variant]) -> tuple[dict[int, list[Customer]], dict[int, int]]:
    """Return some of those who would receive it by leg, each with the name of their arm, and how many all are."""
    if not campaign.has_audience:
        return {}, {}
    decided, parameters = ways_of(campaign).decided(entry.audience(campaign))
    with connection.cursor() as cursor:
        cursor.execute(SPREAD.format(decided=decided), [*parameters, TRIED])
        rows = cursor.fetchall()
    people = _people([customer_id for customer_id, _leg, _whole in rows], own)
    by_leg: dict[int, list[Customer]] = {}
    for customer_id, leg, _whole in rows:
        by_leg.setdefault(leg, []).append(people[customer_id])
    return by_leg, {leg: whole for _id, leg, whole in rows}


def _people(ids: Collection[int], own: Sequence[Variant]) -> dict[int, Customer]:
    names = {arm.pk: arm.name for arm in own}
    found = Customer.objects.annotate(arm_id=experiments.variant_of(own)).select_related("stats", "home_store")
    people = found.in_bulk(list(ids))
    for customer in people.values():
        customer.arm = names[customer.arm_id]
    return people


def _compiled(variant: Variant) -> CompiledContent | None:
    try:
        return content.compile_variant(variant)
    except LiquidError:
        return None
