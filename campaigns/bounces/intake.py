"""A mail that came back, kept as reports of the account over which its message left."""

from datetime import datetime

from campaigns.bounces import mails
from campaigns.models import GatewayReport, Message
from campaigns.pipeline import reports


def take_in(raw: bytes, *, at: datetime) -> int:
    """Keep what a mail reports about messages of ours; return how many reports. Other mail changes nothing."""
    told = mails.read(raw, at=at)
    messages = Message.objects.select_related("account").in_bulk({each.message_id for each in told if each.message_id})
    kept = 0
    for message in messages.values():
        about = [each for each in told if each.message_id == message.pk]
        kept += reports.keep(message.account, about, source=GatewayReport.Source.MAIL)
    return kept
