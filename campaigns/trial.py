"""A campaign's content tried on some of those who would receive it: what each would cost, and whether it can be made.

They are spread over the whole audience by a hash, so that their shares are those of all, and the same in every look.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.db import connection
from liquid.exceptions import LiquidError

from campaigns import experiments
from campaigns.channels.base import CompiledContent, Rendered, channel_of
from campaigns.errors import ContentRefused
from campaigns.models import Campaign, ChannelAccount, Fallback, SkipReason, Step, Variant
from campaigns.pipeline import content, entry
from campaigns.pipeline.gate import gate_of
from customers.models import Customer

# So many customers' messages are made.
TRIED = 200
SPREAD = "SELECT id FROM ({judged}) AS judged WHERE reason = '' ORDER BY md5(id::text) LIMIT %s"


@dataclass
class Trial:
    """One way of a campaign, the step's own or a fallback, tried on the same customers as its other ways."""

    account: ChannelAccount
    arms: Sequence[Variant]
    customers: Sequence[Customer]

    @cached_property
    def contents(self) -> dict[int, CompiledContent]:
        """Return the content of each arm; none that is not well-formed: `lifecycle.what_is_missing` says why."""
        return {arm.pk: compiled for arm in self.arms if (compiled := _compiled(arm)) is not None}

    @cached_property
    def _tried(self) -> tuple[list[Rendered], list[str]]:
        made, refused = [], []
        for customer in self.customers if self.contents else ():
            try:
                made.append(self._render(customer))
            except ContentRefused as refusal:
                refused.append(str(refusal))
        return made, refused

    def _render(self, customer: Customer) -> Rendered:
        compiled = self.contents.get(self._arm_of(customer).pk) or next(iter(self.contents.values()))
        return compiled.render(content.recipient_of(customer, self.account))

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
    """Return each way of the campaign tried on some who would receive it, the step's own first; no content: none."""
    step = campaign.steps.select_related("account").first()
    if step is None:
        return []
    ways = [(None, step.account), *((fallback, fallback.account) for fallback in fallbacks_of(step))]
    with_content = [(account, found) for fallback, account in ways if (found := arms(step, fallback))]
    if not with_content:
        return []
    customers = list(_spread(campaign, with_content[0][1]))
    return [Trial(account, found, customers) for account, found in with_content]


def fallbacks_of(step: Step) -> list[Fallback]:
    """Return the ways after the step's own, in their order."""
    return list(step.fallbacks.select_related("account"))


def arms(step: Step, fallback: Fallback | None = None) -> list[Variant]:
    """Return the contents of one way for customers whose language has no other."""
    stored = Variant.objects.filter(step=step, fallback=fallback, locale="")
    return list(stored.select_related("step__campaign", "step__account", "fallback__account"))


def _spread(campaign: Campaign, first_arms: Sequence[Variant]) -> Iterator[Customer]:
    """Yield some of those who would receive it, each with the name of their arm; of a draft without segment nobody."""
    if campaign.segment is None:
        return
    judged, parameters = gate_of(campaign).judged(entry.audience(campaign))
    with connection.cursor() as cursor:
        cursor.execute(SPREAD.format(judged=judged), [*parameters, TRIED])
        ids = [row[0] for row in cursor.fetchall()]
    names = {arm.pk: arm.name for arm in first_arms}
    people = Customer.objects.filter(pk__in=ids).select_related("stats", "home_store").order_by("pk")
    for customer in people.annotate(arm_id=experiments.variant_of(first_arms)):
        customer.arm = names[customer.arm_id]  # type: ignore[attr-defined]
        yield customer


def _compiled(variant: Variant) -> CompiledContent | None:
    try:
        return content.compile_variant(variant)
    except LiquidError:
        return None
