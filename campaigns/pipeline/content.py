"""What a message says: a variant compiled once, rendered for one person, with its mandatory parts.

What a kind of message consists of is its channel's business (`campaigns/channels/`); here is what all have in common.
"""

from campaigns.channels.base import CompiledContent, Rendered, channel_of
from campaigns.models import ChannelAccount, Link, Variant
from campaigns.pipeline import language
from campaigns.pipeline.language import ContentProblem
from campaigns.template_fields import FIELDS, Recipient
from customers.models import Customer, CustomerStats

__all__ = ["FIELDS", "ContentProblem", "Rendered", "check", "compile_variant", "render"]


def check(variant: Variant) -> list[ContentProblem]:
    """Return everything to mend in a variant, unsaved ones too, warnings last; empty: it can be sent."""
    channel = channel_of(variant.account)
    problems = [
        problem
        for name in channel.fields
        if isinstance(source := getattr(variant, name), str)
        for problem in language.problems_of(source, field=name)
    ]
    if not problems:
        problems = list(compile_variant(variant).problems)
    problems += channel.problems(variant)
    return sorted(problems, key=lambda problem: problem.is_warning)


def compile_variant(variant: Variant) -> CompiledContent:
    """Parse a variant once.

    Raises:
        LiquidError: it is not well-formed; `check` says so in words.
    """
    return channel_of(variant.account).compile(variant)


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
    return compile_variant(variant).render(recipient_of(customer, variant.account), message_id=message_id)


def recipient_of(customer: Customer, account: ChannelAccount) -> Recipient:
    """Return the customer as templates see them; a customer without statistics has bought nothing yet."""
    stats = getattr(customer, "stats", None) or CustomerStats(customer=customer)
    return Recipient(customer=customer, stats=stats, account=account)
