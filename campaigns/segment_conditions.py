"""What a segment can ask about messages that customers got and followed."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy

from campaigns.models import Campaign, Message
from customers.segments.clock import Moment
from customers.segments.condition_kinds import Facts, LatestFact
from customers.segments.conditions import Part, Topic, register
from customers.segments.values import Lookup

MOST_FOUND = 50


def find_campaigns(typed: str) -> Iterable[tuple[int, str]]:
    """Return campaigns whose name holds what was typed, the newest first."""
    return Campaign.objects.filter(name__icontains=typed).order_by("-pk").values_list("pk", "name")[:MOST_FOUND]


def campaign_labels(ids: list[int]) -> dict[int, str]:
    """Return the names of campaigns by their ids."""
    return dict(Campaign.objects.filter(pk__in=ids).values_list("pk", "name"))


class LatestMessage(LatestFact):
    """When something last happened with a message, of any campaign unless `campaigns` names some."""

    topic = Topic.MESSAGES
    optional = {"campaigns": Lookup(search=find_campaigns, labels=campaign_labels, by_number=True)}

    def facts_asked(self, part: Part, moment: Moment, *, since: datetime | None = None) -> QuerySet:
        messages = super().facts_asked(part, moment, since=since)
        return messages.filter(campaign__in=part["campaigns"]) if "campaigns" in part else messages

    def words(self, part: Part) -> str:
        return f"{self.label} ({self._words_of('campaigns', part)})" if "campaigns" in part else str(self.label)


@register
class CampaignReceived(LatestMessage):
    name, label = "campaign_received", gettext_lazy("campaign message received")
    facts = Facts(Message, "sent_at", Q(status=Message.Status.SENT))


@register
class CampaignClicked(LatestMessage):
    """A click by a person; those of machines are left out before `clicked_at` is set."""

    name, label = "campaign_clicked", gettext_lazy("campaign message clicked")
    facts = Facts(Message, "clicked_at", Q(clicked_at__isnull=False))
