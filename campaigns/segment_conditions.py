"""What a segment can ask about messages that customers got and followed."""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from django.db.models import Q
from django.utils.translation import gettext_lazy

from campaigns.models import Campaign, Message
from customers.segments.condition_kinds import CountInWindow, LatestFact
from customers.segments.conditions import Topic, register
from customers.segments.facts import Facts
from customers.segments.values import Lookup, Value
from customers.segments.windows import Window

MOST_FOUND = 50


def find_campaigns(typed: str) -> Iterable[tuple[int, str]]:
    """Return campaigns whose name holds what was typed, the newest first."""
    return Campaign.objects.filter(name__icontains=typed).order_by("-pk").values_list("pk", "name")[:MOST_FOUND]


def campaign_labels(ids: list[int]) -> dict[int, str]:
    """Return the names of campaigns by their ids."""
    return dict(Campaign.objects.filter(pk__in=ids).values_list("pk", "name"))


CAMPAIGNS = Lookup(search=find_campaigns, labels=campaign_labels, by_number=True)
RECEIVED = Facts(Message, "sent_at", Q(status=Message.Status.SENT))
OPENED = Facts(Message, "opened_at", Q(opened_at__isnull=False))
CLICKED = Facts(Message, "clicked_at", Q(clicked_at__isnull=False))


class OfMessages:
    """What conditions on messages share: they are of any campaign unless `campaigns` names some."""

    topic = Topic.MESSAGES
    filters, labels = {"campaigns": "campaign"}, {"campaigns": gettext_lazy("campaigns")}
    optional: ClassVar[Mapping[str, Value]] = {"campaigns": CAMPAIGNS}


class MessagesInWindow(OfMessages, CountInWindow):
    """How many messages in a stretch of days."""

    optional = {"campaigns": CAMPAIGNS, "window": Window()}


@register
class CampaignReceived(OfMessages, LatestFact):
    name, label, facts = "campaign_received", gettext_lazy("campaign message received"), RECEIVED


@register
class CampaignOpened(OfMessages, LatestFact):
    """An open by a person, as far as can be told: opens are a hint, never a proof."""

    name, label, facts = "campaign_opened", gettext_lazy("campaign message opened"), OPENED


@register
class CampaignClicked(OfMessages, LatestFact):
    """A click by a person; those of machines are left out before `clicked_at` is set."""

    name, label, facts = "campaign_clicked", gettext_lazy("campaign message clicked"), CLICKED


@register
class MessagesReceived(MessagesInWindow):
    name, label, facts = "messages_received", gettext_lazy("messages received"), RECEIVED


@register
class MessagesOpened(MessagesInWindow):
    name, label, facts = "messages_opened", gettext_lazy("messages opened"), OPENED


@register
class MessagesClicked(MessagesInWindow):
    name, label, facts = "messages_clicked", gettext_lazy("messages clicked"), CLICKED
