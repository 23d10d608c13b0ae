"""What this app puts on the customer page: did they get it, messages and past campaigns in the timeline."""

from datetime import datetime

from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.models import Enrollment, Message
from campaigns.progress.receipt import newest_receipts
from crm_project.templatetags.formats import moment_text
from customers.models import Customer
from customers.profile.panels import panel
from customers.profile.timeline import TimelineItem, earlier, timeline_source

RECEIPTS_SHOWN = 4
TONES = {
    Message.Status.SENT: "busy",
    Message.Status.FAILED: "bad",
    Message.Status.UNKNOWN: "wait",
}


@timeline_source("messages", label=gettext_lazy("Messages"), icon="mail")
def messages(customer_id: int, before: datetime | None, limit: int) -> list[TimelineItem]:
    """Return the customer's messages: what became of each, or why there was none."""
    rows = Message.objects.filter(customer=customer_id).annotate(at=Coalesce("sent_at", "planned_at"))
    newest = earlier(rows, "at", before).select_related("campaign").order_by("-at", "-pk")
    return [_message_item(message) for message in newest[:limit]]


@panel("receipts", title=gettext_lazy("Did they get it?"), icon="mail", order=45)
def last_receipts(customer: Customer, request: HttpRequest) -> SafeString | None:
    """Answer for the last campaigns whether the customer got them, for whoever may see messages."""
    if not request.user.has_perms(["campaigns.view_message", "campaigns.view_campaign"]):
        return None
    found = newest_receipts(customer, RECEIPTS_SHOWN)
    return render_to_string("campaigns/panel_receipts.html", {"receipts": found}) if found else None


@timeline_source("past_campaigns", label=gettext_lazy("Past campaigns"), icon="history")
def past_campaigns(customer_id: int, before: datetime | None, limit: int) -> list[TimelineItem]:
    """Return the campaigns of another system that were for the customer."""
    rows = Enrollment.objects.filter(customer=customer_id).exclude(campaign__source="")
    newest = earlier(rows, "entered_at", before).select_related("campaign").order_by("-entered_at", "-pk")
    return [
        TimelineItem(
            at=enrollment.entered_at,
            kind="past_campaigns",
            title=enrollment.campaign.name,
            detail=_("in the audience of a campaign of another system"),
            icon="history",
            url=reverse("campaign_report", args=[enrollment.campaign_id]),
        )
        for enrollment in newest[:limit]
    ]


def _message_item(message: Message) -> TimelineItem:
    return TimelineItem(
        at=message.at,
        kind="messages",
        title=f"{message.campaign.name} · {message.get_status_display()}",
        detail=" · ".join(outcome_words(message)),
        icon="ban" if message.status == Message.Status.SKIPPED else "mail",
        tone="good" if message.clicked_at else TONES.get(Message.Status(message.status), "quiet"),
        url=reverse("campaign_report", args=[message.campaign_id]),
    )


def outcome_words(message: Message) -> list[str]:
    """Return what is known of the message, in the order it happened: why it was skipped, opened, clicked …"""
    happened = [
        (message.opened_at, _("opened %(at)s")),
        (message.clicked_at, _("clicked %(at)s")),
        (message.unsubscribed_at, _("unsubscribed %(at)s")),
    ]
    skipped = f"{message.get_skip_reason_display()} ({message.skip_reason})" if message.skip_reason else ""
    reasons = [reason for reason in (skipped, message.failure_detail) if reason]
    return reasons + [words % {"at": moment_text(at)} for at, words in happened if at]
