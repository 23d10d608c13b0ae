"""Everything that the authors of a campaign wrote, as one text to search: for the rules on words."""

from campaigns.channels.base import channel_of
from campaigns.models import Campaign, Variant


def written_in(variant: Variant) -> str:
    """Return what the author wrote into a variant, field by field, a template that it chooses included."""
    channel = channel_of(variant.account)
    fields = [getattr(variant, name, "") for name in channel.fields]
    return "\n".join(str(each) for each in (*fields, variant.details, channel.covers(variant)))


def variants_of(campaign: Campaign) -> list[Variant]:
    """Return every content of a campaign: of each way, arm and language."""
    found = Variant.objects.filter(step__campaign=campaign)
    return list(found.select_related("step__account", "step__campaign", "fallback__account").order_by("pk"))


def written_for(campaign: Campaign) -> str:
    """Return what the authors wrote into all contents of a campaign."""
    return "\n".join(written_in(variant) for variant in variants_of(campaign))
