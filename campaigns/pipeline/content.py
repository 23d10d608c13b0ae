"""What a message says: a variant compiled once, rendered for one person, with its mandatory parts.

What a kind of message consists of is its channel's business (`campaigns/channels/`); here is what all have in common.
"""

import re
from collections.abc import Collection, Mapping

from campaigns import template_fields
from campaigns.channels.base import CompiledContent, Rendered, channel_of
from campaigns.library import blocks
from campaigns.models import ChannelAccount, Link, Variant
from campaigns.pipeline import language
from campaigns.pipeline.language import ContentProblem
from campaigns.product_fields import occasion
from campaigns.template_fields import FIELDS, Recipient
from customers.models import Customer, CustomerStats

__all__ = ["FIELDS", "ContentProblem", "Rendered", "check", "compile_variant", "render"]

# Fields stand in tags; a word such as "viewed" in the text around them names none.
TAG, WORD = re.compile(r"\{[{%].*?[%}]\}", re.DOTALL), re.compile(r"[A-Za-z_]+")


def check(variant: Variant) -> list[ContentProblem]:
    """Return everything to mend in a variant, unsaved ones too, warnings last; empty: it can be sent."""
    channel = channel_of(variant.account)
    problems = [
        problem
        for name, source in channel.sources(variant)
        for problem in [*blocks.problems_of(variant, source, field=name), *_language_problems(source, field=name)]
    ]
    if not problems:
        problems = list(compile_variant(variant).problems)
    problems += channel.problems(blocks.expanded(variant))
    return sorted(problems, key=lambda problem: problem.is_warning)


def _language_problems(source: str, *, field: str) -> list[ContentProblem]:
    """Look at what the author wrote; blocks are looked at where they are written."""
    return language.problems_of(blocks.left_blank(source), field=field)


def compile_variant(variant: Variant) -> CompiledContent:
    """Parse a variant once.

    Raises:
        LiquidError: it is not well-formed; `check` says so in words.
    """
    return channel_of(variant.account).compile(blocks.expanded(variant))


def store_links(variant: Variant) -> int:
    """Write the variant's links with their numbers, so that clicks find their targets; return how many."""
    compiled = compile_variant(variant)
    Link.objects.bulk_create(
        [Link(variant=variant, number=number, url=url) for number, url in enumerate(compiled.links, start=1)],
        update_conflicts=True,
        unique_fields=["variant", "number"],
        update_fields=["url"],
    )
    variant.links.filter(number__gt=len(compiled.links)).delete()
    return len(compiled.links)


def render(variant: Variant, customer: Customer, *, message_id: int | None = None) -> Rendered:
    """Return the message as this customer would get it; for many, compile once and use `CompiledContent.render`.

    Raises:
        ContentRefused: see `CompiledContent.render`.
    """
    [recipient] = recipients_of([customer], variant)
    return compile_variant(variant).render(recipient, message_id=message_id)


def recipients_of(customers: Collection[Customer], variant: Variant) -> list[Recipient]:
    """Return customers as the templates of this content see them, for staff to look at what they would read.

    What must be looked up is, for all at once; what only the recipient may read is concealed.
    """
    ids = [customer.pk for customer in customers if customer.pk]
    wanted = fields_looked_up(variant)
    campaign = variant.step.campaign
    contexts = occasion.latest(ids, campaign) if wanted else {}
    found = template_fields.look_up(ids, campaign, wanted=wanted, contexts=contexts, for_staff=True)
    return [recipient_of(customer, variant.account, looked_up=found.get(customer.pk, {})) for customer in customers]


def recipient_of(
    customer: Customer, account: ChannelAccount, *, looked_up: Mapping[str, object] | None = None
) -> Recipient:
    """Return the customer as templates see them; a customer without statistics has bought nothing yet."""
    stats = getattr(customer, "stats", None) or CustomerStats(customer=customer)
    return Recipient(customer=customer, stats=stats, account=account, looked_up=looked_up or {})


def fields_looked_up(variant: Variant) -> set[str]:
    """Return the fields in this content that cost a look-up, so that those who send make it once for many."""
    sources = channel_of(variant.account).sources(blocks.expanded(variant))
    words = {word for _name, source in sources for tag in TAG.findall(source) for word in WORD.findall(tag)}
    return {each.name for each in FIELDS if each.is_looked_up and each.name in words}
