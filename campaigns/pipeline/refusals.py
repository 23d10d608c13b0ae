"""What follows from refusals: addresses that get no more messages (E-05, E-06), and consents that are withdrawn.

An address that does not exist is suppressed at once; one that could not take mail three times in 14 days, then. A
complaint stops advertising and counts as a withdrawal, so that the notice of its result becomes due (L-05, L-12).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, QuerySet
from django.utils import timezone

from campaigns.channels.base import CHANNELS, channel_of
from campaigns.gateways.base import Fate, Outcome
from campaigns.gateways.failures import Failure
from campaigns.models import ChannelAccount, GatewayReport, Message, Suppression
from crm_project.client_address import hash_address
from customers import consent
from customers.consent import ConsentExpression, phone_opt_outs
from customers.consent.phone_opt_outs import Call
from customers.models import ConsentEntry, ConsentState
from customers.models.consent import Purpose
from customers.segments.refresh import touch

Kind = GatewayReport.Kind
LOST = (Kind.BOUNCED, Kind.FAILED)
SOFT_BOUNCES = 3
SOFT_BOUNCES_WITHIN = timedelta(days=14)
# Elsewhere a refusal is about an app or a device, which may be there again tomorrow.
SUPPRESSED_CHANNELS = ("email", "sms")
# A refusal that the gateway knew of is as good as one made to us.
METHODS: dict[str, ConsentEntry.Method] = {
    Kind.UNSUBSCRIBED: ConsentEntry.Method.LINK,
    Kind.COMPLAINED: ConsentEntry.Method.API,
    Failure.OPTED_OUT: ConsentEntry.Method.API,
}


@dataclass(frozen=True, slots=True)
class _Refused:
    """A message whose address shall get no more, and why. `recipient_hash`: of the address it was about, if told."""

    message_id: int | None
    channel: str
    reason: Suppression.Reason
    source: Suppression.Source
    recipient_hash: str = ""


@dataclass(frozen=True, slots=True)
class _Withdrawn:
    """The reader of a message wants no more advertising over this account's channel. `said`: how, as in METHODS."""

    message_id: int | None
    account: ChannelAccount
    said: str
    reported: str
    at: datetime
    recipient_hash: str = ""


def follow(settled: QuerySet[GatewayReport]) -> None:
    """Suppress addresses and withdraw consents, as these reports have it."""
    reports = list(settled.filter(kind__in=[*LOST, Kind.COMPLAINED, Kind.UNSUBSCRIBED]).order_by("pk"))
    often = _bounced_often([each for each in reports if _is_soft(each)])
    refused = [
        _Refused(each.message_id, each.account.channel, reason, _source_of(each), each.recipient_hash)
        for each in reports
        if (reason := _reason_of(each, often))
    ]
    _suppress(refused)
    _withdraw_all(
        [
            _Withdrawn(each.message_id, each.account, said, each.kind, each.occurred_at, each.recipient_hash)
            for each in reports
            if (said := _said_by(each)) in METHODS
        ]
    )


def follow_outcomes(outcomes: Iterable[Outcome]) -> None:
    """Suppress addresses and withdraw consents, as a gateway had it when messages were handed over.

    Call it before the messages go on over their next way, which asks what holds from now on.
    """
    told = (Failure.INVALID_RECIPIENT, Failure.OPTED_OUT)
    failed = {each.message_id: each.failure for each in outcomes if each.fate == Fate.FAILED and each.failure in told}
    if not failed:
        return
    messages = list(Message.objects.filter(pk__in=failed).select_related("account"))
    dead = [each for each in messages if failed[each.pk] == Failure.INVALID_RECIPIENT]
    invalid, gateway = Suppression.Reason.INVALID, Suppression.Source.GATEWAY
    _suppress([_Refused(each.pk, each.account.channel, invalid, gateway) for each in dead])
    said, now = Failure.OPTED_OUT, timezone.now()
    _withdraw_all([_Withdrawn(each.pk, each.account, said, said, now) for each in messages if failed[each.pk] == said])


def _reason_of(report: GatewayReport, bounced_often: set[int]) -> Suppression.Reason | None:
    if report.kind == Kind.COMPLAINED:
        return Suppression.Reason.COMPLAINT
    if report.kind in LOST and report.failure == Failure.INVALID_RECIPIENT:
        return Suppression.Reason.INVALID
    return Suppression.Reason.BOUNCE if report.pk in bounced_often else None


def _is_soft(report: GatewayReport) -> bool:
    """Tell whether this address could not take the message for now, as far as that is ever counted."""
    is_lost = report.kind in LOST and report.failure == Failure.RETRYABLE
    return is_lost and report.account.channel in SUPPRESSED_CHANNELS


def _said_by(report: GatewayReport) -> str:
    """Return what tells whether the reader refused: the kind of a report, or why a message was lost."""
    return report.failure if report.kind in LOST else report.kind


def _source_of(report: GatewayReport) -> Suppression.Source:
    return Suppression.Source.MAIL if report.source == GatewayReport.Source.MAIL else Suppression.Source.REPORT


def _bounced_often(soft: Sequence[GatewayReport]) -> set[int]:
    """Return those of these reports that were the third, or a later, of one address.

    Counted by customer, channel and address told: what KakaoTalk or an address of before could not take says nothing.
    """
    if not soft:
        return set()
    these = GatewayReport.objects.filter(pk__in=[each.pk for each in soft])
    customers = dict(these.values_list("pk", "message__customer"))
    lately = GatewayReport.objects.filter(
        kind__in=LOST,
        failure=Failure.RETRYABLE,
        message__customer__in=set(customers.values()),
        occurred_at__gte=max(each.occurred_at for each in soft) - SOFT_BOUNCES_WITHIN,
    )
    addressed = lately.order_by().values_list("message__customer", "account__channel", "recipient_hash")
    counted = addressed.annotate(messages=Count("message", distinct=True)).filter(messages__gte=SOFT_BOUNCES)
    often = {(customer_id, channel, told) for customer_id, channel, told, _messages in counted}
    return {each.pk for each in soft if (customers[each.pk], each.account.channel, each.recipient_hash) in often}


def _suppress(refused: Sequence[_Refused]) -> None:
    """Put the addresses on the list. An entry that is there stays as it is, but for blocking more."""
    for channel in SUPPRESSED_CHANNELS:
        of_channel = [each for each in refused if each.channel == channel]
        if of_channel:
            _suppress_over(channel, of_channel)


def _suppress_over(channel: str, refused: Sequence[_Refused]) -> None:
    addresses = _addresses(channel, {each.message_id for each in refused})
    rows = [
        Suppression(
            channel=channel,
            address=addresses[each.message_id],
            reason=each.reason,
            source=each.source,
            message_id=each.message_id,
            blocks_information=each.reason != Suppression.Reason.COMPLAINT,
        )
        for each in refused
        if each.message_id in addresses and _is_still(addresses[each.message_id], each.recipient_hash)
    ]
    Suppression.objects.bulk_create(rows, ignore_conflicts=True)
    dead = [row.address for row in rows if row.blocks_information]
    Suppression.objects.filter(channel=channel, address__in=dead).update(blocks_information=True)


def _addresses(channel: str, message_ids: Iterable[int | None]) -> dict[int | None, str]:
    """Return where the channel reaches the readers of these messages now, by message."""
    messages = Message.objects.filter(pk__in=set(message_ids))
    addressed = messages.annotate(address=CHANNELS[channel].address("customer__")).exclude(address="")
    return {pk: address for pk, address in addressed.values_list("pk", "address") if address}


def _is_still(address: str, recipient_hash: str) -> bool:
    """Tell whether the customer still has the address that was refused, as far as it was told."""
    return not recipient_hash or hash_address(address.lower()) == recipient_hash


def _withdraw_all(withdrawn: Sequence[_Withdrawn]) -> None:
    for method in dict.fromkeys(METHODS.values()):
        _withdraw([each for each in withdrawn if METHODS[each.said] == method], method=method)
    _hear([each for each in withdrawn if each.said == Failure.OPTED_OUT and each.account.channel == "sms"])


def _hear(refused: Sequence[_Withdrawn]) -> None:
    """Keep the numbers for which a gateway says so: over the 080 line, and thus for all who have them (L-05, L-21)."""
    phones = _addresses("sms", [each.message_id for each in refused]) if refused else {}
    calls: dict[str, list[Call]] = defaultdict(list)
    for each in refused:
        phone = phones.get(each.message_id, "")
        if phone and _is_still(phone, each.recipient_hash):
            calls[each.account.name].append(Call(phone, each.at))
    for name, heard in calls.items():
        phone_opt_outs.hear(heard, file_name=name, by=None)


def _withdraw(refused: Sequence[_Withdrawn], *, method: ConsentEntry.Method) -> None:
    """Record that the readers of these messages want no more advertising over their channel, once for each."""
    if not refused:
        return
    messages = Message.objects.in_bulk({each.message_id for each in refused})
    terms = [(each, messages[each.message_id], str(channel_of(each.account).consent)) for each in refused]
    customers = {message.customer_id for message in messages.values()}
    withdrawn = set(
        ConsentState.objects.filter(customer__in=customers, purpose=Purpose.AD_RECEIVE, is_granted=False).values_list(
            "customer", "channel"
        )
    )
    said = {
        (message.customer_id, channel): ConsentExpression(
            message.customer_id,
            Purpose.AD_RECEIVE,
            ConsentEntry.Action.WITHDRAWN,
            each.at,
            channel,
            "",
            {"message": message.pk, "campaign": message.campaign_id, "reported": each.reported},
        )
        for each, message, channel in terms
        if channel and (message.customer_id, channel) not in withdrawn
    }
    if said:
        consent.record_many(said.values(), method=method)
        touch(sorted({customer_id for customer_id, _channel in said}))
