"""What a message costs on a day: the newest price of its account and kind that was in force then (G-29)."""

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal

from django.utils import timezone

from campaigns.channels.base import channel_of
from campaigns.models import ChannelAccount, Price

# By kind of message, won for one, VAT included.
PriceList = Mapping[str, Decimal]


def price_lists(account_ids: Collection[int], *, on: date | None = None) -> dict[int, PriceList]:
    """Return the price list of each account on a day (Asia/Seoul, today where none is given), in one statement."""
    known = Price.objects.filter(account__in=account_ids, since__lte=on or timezone.localdate())
    lists: dict[int, dict[str, Decimal]] = {account_id: {} for account_id in account_ids}
    for price in known.order_by("account_id", "kind", "-since").distinct("account_id", "kind"):
        lists[price.account_id][price.kind] = price.paid
    return lists


def price_list(account: ChannelAccount, *, on: date | None = None) -> PriceList:
    """Return the account's price of each kind on a day; a kind without a price is not in it."""
    return price_lists([account.pk], on=on)[account.pk]


def kind_label(account: ChannelAccount, kind: str) -> str:
    """Return what a kind is called: of a channel with one kind alone, the channel's name."""
    channel = channel_of(account)
    return str(channel.kind_label(kind))
