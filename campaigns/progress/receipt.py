"""Did this customer get it? One answer in words, and what happened step by step."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext as _

from campaigns.channels.base import channel_of
from campaigns.gateways.failures import remedy_of
from campaigns.models import Campaign, Enrollment, Message, SkipReason
from campaigns.pipeline import entry
from campaigns.pipeline.gate import ways_of
from crm_project.templatetags.formats import moment_text
from customers.models import Customer

Status = Message.Status
Answer = tuple[str, str, str]
YES, NO, PERHAPS, NOT_YET = "good", "bad", "wait", "busy"
ICONS = {YES: "circle-check", NO: "ban", PERHAPS: "circle-question-mark", NOT_YET: "clock"}


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer about one message, or about a campaign without one. `tone` tells yes, no, perhaps, not yet."""

    tone: str
    sentence: str
    detail: str = ""
    message: Message | None = None

    @property
    def icon(self) -> str:
        """Return the icon of the answer, so that it is not told by colour alone."""
        return ICONS[self.tone]


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened to a message."""

    at: datetime
    title: str
    detail: str = ""
    icon: str = "mail"
    tone: str = "quiet"


def receipts(campaign: Campaign, customer: Customer) -> list[Receipt]:
    """Return the answer for each message of the campaign to the customer; without one, why there is none."""
    messages = Message.objects.filter(campaign=campaign, customer=customer)
    found = list(messages.select_related("account", "campaign").order_by("-pk"))
    return [receipt_of(message) for message in found] or [_without_message(campaign, customer)]


def newest_receipts(customer: Customer, count: int) -> list[Receipt]:
    """Return the answers for the customer's last messages, skipped ones included."""
    messages = Message.objects.filter(customer=customer).select_related("account", "campaign")
    return [receipt_of(message) for message in messages.order_by("-planned_at", "-pk")[:count]]


def receipt_of(message: Message) -> Receipt:
    """Return whether the customer got this message."""
    tone, sentence, detail = _answer(message)
    return Receipt(tone, sentence, detail, message)


def happenings(message: Message) -> list[Happening]:
    """Return what happened to a message, newest first: planned, each way, what the gateway told, what was done."""
    told = [*_own(message), *_closed(message), *_reported(message)]
    return sorted(told, key=lambda each: each.at, reverse=True)


def _answer(message: Message) -> Answer:
    answers = {
        Status.SENT: _sent,
        Status.FAILED: _failed,
        Status.SKIPPED: _skipped,
        Status.PLANNED: _planned,
        Status.UNKNOWN: _unknown,
        Status.STOPPED: _stopped,
    }
    return answers.get(Status(message.status), _under_way)(message)


def _sent(message: Message) -> Answer:
    words = {"channel": channel_of(message.account).label, "at": moment_text(message.sent_at)}
    if message.is_sandbox:
        return NO, _("No: it was written to the sandbox on %(at)s, nothing left.") % words, ""
    if message.delivery == Message.Delivery.UNDELIVERED:
        remedy = remedy_of(message.failure)
        return NO, _("No: it left by %(channel)s on %(at)s and came back.") % words, f"{remedy.label}. {remedy.remedy}"
    if message.clicked_at or message.opened_at:
        return YES, _("Yes: it left by %(channel)s on %(at)s and was opened.") % words, ""
    if message.delivery == Message.Delivery.DELIVERED:
        return YES, _("Yes: it left by %(channel)s on %(at)s and was delivered.") % words, ""
    if message.delivery == Message.Delivery.EXPIRED:
        return PERHAPS, _("Probably: the gateway took it by %(channel)s on %(at)s and never reported.") % words, ""
    return YES, _("Yes: the gateway took it by %(channel)s on %(at)s; nothing came back.") % words, ""


def _failed(message: Message) -> Answer:
    remedy = remedy_of(message.failure)
    return NO, _("No: it failed. %s.") % remedy.label, f"{remedy.remedy}"


def _skipped(message: Message) -> Answer:
    return NO, _("No: it was left out. %s.") % _reason(message), ""


def _planned(message: Message) -> Answer:
    if message.skip_reason:
        words = {"why": _reason(message), "at": moment_text(message.due_at)}
        return NOT_YET, _("Not yet: it waits until %(at)s. %(why)s.") % words, ""
    if message.failure:
        words = {"why": remedy_of(message.failure).label, "at": moment_text(message.due_at)}
        return NOT_YET, _("Not yet: it is tried again on %(at)s. %(why)s.") % words, ""
    return NOT_YET, _("Not yet: it is planned for %s.") % moment_text(message.due_at), ""


def _unknown(message: Message) -> Answer:
    at = moment_text(message.sending_at) if message.sending_at else ""
    return PERHAPS, _("Nobody knows: the answer was lost when it was handed over on %s.") % at, _to_settle()


def _to_settle() -> str:
    return _("It is never sent again by itself. Ask the gateway's log, then settle it on the progress page.")


def _stopped(message: Message) -> Answer:
    return NO, _("No: the campaign was stopped before."), ""


def _under_way(message: Message) -> Answer:
    return NOT_YET, _("It is being handed over right now."), ""


def _reason(message: Message) -> str:
    return str(SkipReason(message.skip_reason).label).capitalize()


def _without_message(campaign: Campaign, customer: Customer) -> Receipt:
    if Enrollment.objects.filter(campaign=campaign, customer=customer).exists():
        return Receipt(NOT_YET, _("Not yet: who gets it is being written down."))
    if campaign.started_at and campaign.duty:
        return Receipt(NO, _("No: nothing it tells of has been due to them so far."))
    if campaign.started_at:
        return Receipt(NO, _("No: was not among the customers of its segment when it began."))
    if not campaign.has_audience or not entry.audience(campaign).filter(pk=customer.pk).exists():
        return Receipt(NO, _("It has not begun, and would not go to them: they are not in its segment."))
    return _before_it_begins(campaign, customer)


def _before_it_begins(campaign: Campaign, customer: Customer) -> Receipt:
    decided, parameters = ways_of(campaign).decided(Customer.objects.filter(pk=customer.pk))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT reason, waits_for FROM ({decided}) AS decided", parameters)
        reason, waits_for = cursor.fetchone()
    if reason:
        return Receipt(NO, _("It has not begun, and would leave them out: %s.") % SkipReason(reason).label)
    if waits_for:
        return Receipt(NOT_YET, _("It has not begun; they would get it later: %s.") % SkipReason(waits_for).label)
    return Receipt(NOT_YET, _("It has not begun; they would get it."))


def _own(message: Message) -> Iterator[Happening]:
    yield Happening(message.planned_at, _("Planned"), icon="list-filter")
    way = f"{channel_of(message.account).label} · {message.account}"
    if message.sending_at:
        attempts = _("attempt %s") % message.attempt if message.attempt > 1 else ""
        detail = " · ".join(filter(None, [way, attempts]))
        yield Happening(message.sending_at, _("Handed over"), detail, icon="send", tone="busy")
    marks = (
        (message.sent_at, _("Taken by the gateway"), "check"),
        (message.delivered_at, _("Delivered"), "circle-check"),
        (message.opened_at, _("Opened"), "eye"),
        (message.clicked_at, _("Clicked"), "link"),
        (message.unsubscribed_at, _("Unsubscribed"), "ban"),
    )
    for at, title, icon in marks:
        if at:
            yield Happening(at, title, icon=icon, tone="good" if icon != "ban" else "bad")


def _closed(message: Message) -> Iterator[Happening]:
    for leg in message.closed_legs.select_related("account"):
        title = _("Went on to the next way: %s had failed") % channel_of(leg.account).label
        detail = " · ".join(filter(None, [str(remedy_of(leg.failure).label), leg.failure_detail]))
        yield Happening(leg.closed_at, title, detail, icon="repeat", tone="wait")


def _reported(message: Message) -> Iterator[Happening]:
    for report in message.reports.order_by("pk")[:20]:
        detail = " · ".join(filter(None, [report.code, report.detail]))
        title = _("The gateway reports: %s") % report.get_kind_display()
        yield Happening(report.occurred_at, title, detail, icon="activity")
