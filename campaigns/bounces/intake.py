"""A mail that came back, kept as reports of the account over which it left as a mail."""

from datetime import datetime

from campaigns.bounces import mails
from campaigns.models import ChannelAccount, GatewayReport, Message
from campaigns.pipeline import reports


def take_in(raw: bytes, *, at: datetime) -> int:
    """Keep what a mail reports about messages of ours; return how many reports. Other mail changes nothing."""
    told = mails.read(raw, at=at)
    messages = Message.objects.select_related("account").in_bulk({each.message_id for each in told if each.message_id})
    kept = 0
    for message in messages.values():
        about = [each for each in told if each.message_id == message.pk]
        account = _mailed_over(message)
        kept += reports.keep(account, about, source=GatewayReport.Source.MAIL) if account else 0
    return kept


def _mailed_over(message: Message) -> ChannelAccount | None:
    """Return the account of the message's last way by e-mail: it may go on as a text message by now."""
    closed = message.closed_legs.select_related("account").order_by("-leg")
    ways = [message.account, *(leg.account for leg in closed)]
    return next((account for account in ways if account.channel == "email"), None)
