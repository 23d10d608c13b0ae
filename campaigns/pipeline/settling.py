"""Unknown messages, settled by a person who found out. They are never sent again."""

from collections.abc import Iterable
from decimal import Decimal

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns import lifecycle
from campaigns.models import Message
from campaigns.senders.prices import PriceList, price_lists


@transaction.atomic
def settle_unknown(message_ids: Iterable[int], *, outcome: str, by: User) -> int:
    """Write what really became of unknown messages, "sent" or "failed"; return how many were still unknown.

    Finishes the campaigns that waited for it.

    Raises:
        NotAllowed: `by` may not stop campaigns.
        ValueError: another outcome.
    """
    if outcome not in (Message.Status.SENT, Message.Status.FAILED):
        raise ValueError(f"An unknown message was either sent or failed, not {outcome!r}.")
    lifecycle.permit(by, lifecycle.MAY_STOP)
    unknown = Message.objects.filter(pk__in=list(message_ids)).unknown().select_for_update(no_key=True)
    found = {message.pk: message for message in unknown}
    prices = price_lists({message.account_id for message in found.values()})
    for message in found.values():
        message.status = outcome
        message.sent_at = (message.sending_at or timezone.now()) if outcome == Message.Status.SENT else None
        message.failure_detail = _("settled by %s") % by.get_username()
        message.cost = _cost(message, prices[message.account_id])
    Message.objects.bulk_update(found.values(), ["status", "sent_at", "failure_detail", "cost"], batch_size=1_000)
    for campaign_id in {message.campaign_id for message in found.values()}:
        lifecycle.finish_if_done(campaign_id)
    return len(found)


def _cost(message: Message, prices: PriceList) -> Decimal:
    """Return what a settled message cost: what was not sent costs nothing, nor does the sandbox."""
    if message.status != Message.Status.SENT or message.is_sandbox:
        return Decimal(0)
    return message.cost or prices.get(message.kind, Decimal(0))
