"""Messages whose answer was lost: gateways that can be asked say what they have of them (G-25).

What a gateway has was sent, and its list says what became of it. What it does not have stays unknown: a list may be
behind the truth, and a second message cannot be taken back.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime, timedelta

from campaigns.gateways.base import AnswersQuestions, GatewayError, made_with, names_of
from campaigns.models import ChannelAccount, GatewayReport, Message
from campaigns.pipeline import reports
from crm_project import queue

logger = logging.getLogger(__name__)
# A gateway's list is not asked for what it may still be writing down, nor for what nobody waits for any more.
ASKED_AFTER, ASKED_UNTIL = timedelta(minutes=2), timedelta(hours=72)
# Clocks of a gateway and ours may differ by so much; so long a call may have lain there.
BEFORE, AFTER = timedelta(minutes=2), timedelta(minutes=10)
MESSAGES_AT_ONCE = 1_000
Lost = tuple[int, datetime]


def ask_about_lost(now: datetime) -> int:
    """Ask every gateway that can be asked about its unknown messages; return how many reports came."""
    told = 0
    for account in ChannelAccount.objects.filter(gateway__in=names_of(AnswersQuestions)):
        told += _ask(account, now)
        queue.progress()
    return told


def _ask(account: ChannelAccount, now: datetime) -> int:
    lost = _lost(account, now)
    if not lost:
        return 0
    with closing(made_with(AnswersQuestions, account)) as gateway:
        try:
            found = [
                report
                for ids, since, until in _windows(lost)
                for report in gateway.ask(ids, since=since, until=until)
            ]  # fmt: skip
        except GatewayError as error:
            logger.warning("Sending account %s cannot be asked: %s", account.pk, error)
            return 0
    return reports.keep(account, found, source=GatewayReport.Source.QUERY)


def _lost(account: ChannelAccount, now: datetime) -> list[Lost]:
    """Return (id, handed over at) of the account's unknown messages, oldest first."""
    unknown = Message.objects.filter(account=account, status=Message.Status.UNKNOWN, is_sandbox=False)
    waiting = unknown.filter(sending_at__lt=now - ASKED_AFTER, sending_at__gt=now - ASKED_UNTIL)
    oldest = waiting.order_by("sending_at").values_list("pk", "sending_at")[:MESSAGES_AT_ONCE]
    return [(pk, sending_at) for pk, sending_at in oldest if sending_at]


def _windows(lost: Sequence[Lost]) -> Iterator[tuple[list[int], datetime, datetime]]:
    """Yield (ids, since, until) of those handed over near each other: one question for each."""
    together: list[Lost] = []
    for each in lost:
        if together and each[1] - together[0][1] > AFTER:
            yield _window(together)
            together = []
        together.append(each)
    if together:
        yield _window(together)


def _window(together: Sequence[Lost]) -> tuple[list[int], datetime, datetime]:
    return [number for number, _at in together], together[0][1] - BEFORE, together[-1][1] + AFTER
