"""What campaigns put on the customer page: every message with its outcome and the reason."""

from datetime import datetime

from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.message_outcomes import OUTCOME_TONES
from campaigns.models import Message, SkipReason
from customers.timeline import TimelineItem, timeline_source


@timeline_source("messages", label=gettext_lazy("Messages"), icon="mail")
def messages(customer_id: int, before: datetime | None, limit: int) -> list[TimelineItem]:
    """Return the customer's messages: what became of each, and why where it was not sent."""
    rows = Message.objects.filter(customer=customer_id).annotate(at=Coalesce("sent_at", "sending_at", "planned_at"))
    if before:
        rows = rows.filter(at__lt=before)
    return [_item(message) for message in rows.select_related("campaign").order_by("-at")[:limit]]


def _item(message: Message) -> TimelineItem:
    tone, icon = OUTCOME_TONES[Message.Status(message.status)]
    return TimelineItem(
        at=message.at,
        kind="messages",
        title=message.campaign.name,
        detail=" · ".join(_happened(message)),
        icon=icon,
        tone=tone,
        url=reverse("admin:campaigns_campaign_change", args=[message.campaign_id]),
    )


def _happened(message: Message) -> list[str]:
    """Return what became of a message, step by step, in words."""
    words = [str(message.get_status_display())]
    if message.skip_reason:
        words.append(str(SkipReason(message.skip_reason).label))
    if message.failure:
        words.append(message.failure_detail or message.failure)
    if message.opened_at:
        words.append(_("opened"))
    if message.clicked_at:
        words.append(_("clicked"))
    if message.unsubscribed_at:
        words.append(_("unsubscribed"))
    return words
