"""The free 080 numbers that gateways answer for the shop: who called one gets no more advertising texts (G-06).

What a gateway keeps is only ever read: a refusal there is never taken back from here.
"""

import logging
from contextlib import closing

from campaigns.gateways.base import GatewayError, KeepsRefusals, Refusal, made_with, names_of
from campaigns.models import ChannelAccount
from crm_project import queue
from customers.consent import phone_opt_outs
from customers.consent.phone_opt_outs import Call
from customers.contacts import is_mobile

logger = logging.getLogger(__name__)
# An account without a log-in would only be refused.
WITH_LOG_IN = {"password_variable__gt": ""}


def hear_refusals() -> int:
    """Read the lists of all gateways that keep one, into the consent ledger; return how many withdrawals are new."""
    new = 0
    for account in ChannelAccount.objects.filter(gateway__in=names_of(KeepsRefusals), channel="sms", **WITH_LOG_IN):
        calls = [Call(each.phone, each.refused_at) for each in _refusals(account) if is_mobile(each.phone)]
        new += phone_opt_outs.hear(calls, file_name=account.name, by=None).new if calls else 0
        queue.progress()
    return new


def _refusals(account: ChannelAccount) -> list[Refusal]:
    with closing(made_with(KeepsRefusals, account)) as gateway:
        try:
            return gateway.refusals()
        except GatewayError as error:
            logger.warning("Sending account %s cannot be asked for refusals: %s", account.pk, error)
            return []
