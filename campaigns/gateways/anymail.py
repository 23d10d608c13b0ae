"""Mail over a service of the shop's choice, by django-anymail: a call a message, reports by webhook (E-01, E-02)."""

import os
import threading
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from hashlib import sha256
from typing import Any

import httpx
import requests
from anymail.exceptions import AnymailAPIError, AnymailError
from anymail.signals import AnymailTrackingEvent
from django.core.exceptions import ImproperlyConfigured, SuspiciousOperation
from django.core.mail import EmailMultiAlternatives
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from urllib3.exceptions import NewConnectionError

from campaigns.gateways.base import (
    CallsBack,
    Fate,
    GatewayError,
    Outcome,
    PreparedMessage,
    Report,
    ReportKind,
    WebhookRefused,
    register,
)
from campaigns.gateways.failures import Failure
from campaigns.gateways.mail_services import MAIL_SERVICES, MailService
from campaigns.gateways.requests_at_once import Answer, send_at_once, wait_asked_for
from campaigns.gateways.smtp_codes import failure_of

OUR_ID = "dangol_message"
AT_ONCE = 8
TIMEOUT_SECONDS = 30.0
# What makes up a mail anew at the service.
OWN_HEADERS = ("List-Unsubscribe", "List-Unsubscribe-Post", "X-Dangol-Message")
KINDS = {
    "queued": ReportKind.DEFERRED,
    "sent": ReportKind.DEFERRED,
    "deferred": ReportKind.DEFERRED,
    "delivered": ReportKind.DELIVERED,
    "rejected": ReportKind.FAILED,
    "failed": ReportKind.FAILED,
    "bounced": ReportKind.BOUNCED,
    "complained": ReportKind.COMPLAINED,
    "unsubscribed": ReportKind.UNSUBSCRIBED,
    "opened": ReportKind.OPENED,
    "clicked": ReportKind.CLICKED,
}
FAILURES = {
    "invalid": Failure.INVALID_RECIPIENT,
    "timed_out": Failure.RETRYABLE,
    "blocked": Failure.SPAM_BLOCKED,
    "spam": Failure.SPAM_BLOCKED,
    "unsubscribed": Failure.OPTED_OUT,
}
TAKEN = {"sent", "queued"}
REFUSED = {"rejected", "invalid", "failed"}


@register
class AnymailGateway(CallsBack):
    """A mail service with an HTTP API.

    Settings of the account: service (one of `MAIL_SERVICES`), user (where the service has one), base_url (where not
    the usual), sender_domain, connections (calls at once), timeout (seconds), and webhook_key_variable, the
    environment variable with the key that calls are signed with. That of the password is named by the account.
    """

    name = "anymail"
    label = gettext_lazy("mail service (django-anymail)")
    channels = ("email",)

    def __init__(self, account: Any) -> None:
        super().__init__(account)
        self._of_thread = threading.local()  # a session of `requests` is not made for several threads

    def send_batch(self, prepared: Iterable[PreparedMessage]) -> Iterator[Outcome]:
        """Hand over messages, several calls at once.

        Raises:
            GatewayError: the service refuses the account, or one message after the other.
        """
        most = int(self.account.settings.get("connections") or AT_ONCE)
        for _message, answer in send_at_once(prepared, self._request, most=most):
            yield answer.outcome

    def check(self) -> None:
        """See that the service is known and all it needs is there; none of them has a way to ask without sending.

        Raises:
            GatewayError: something is missing, and what.
        """
        self._backend()

    def read_webhook(self, request: HttpRequest) -> list[Report]:
        """Return what a call reports; of services that sign their calls, after the signature was checked.

        Raises:
            WebhookRefused: the signature is wrong, or it is no report.
        """
        try:
            view = self._service().webhook_view()(**self._webhook_options())
            view.run_validators(request)
            events = [event for event in view.parse_events(request) if isinstance(event, AnymailTrackingEvent)]
        except (SuspiciousOperation, ImproperlyConfigured, AnymailError, GatewayError) as error:
            raise WebhookRefused(str(error)) from error
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            raise WebhookRefused(_("This is no report.")) from error
        return [_report(event) for event in events]

    def _request(self, message: PreparedMessage) -> Answer:
        mail: Any = _mail(message)
        try:
            self._backend().send_messages([mail])
        except AnymailAPIError as error:
            return self._refused(message, error)
        except AnymailError as error:
            return Answer(Outcome(message.message_id, Fate.FAILED, Failure.CONTENT, str(error)))
        status = mail.anymail_status
        told = status.recipients.get(message.recipient)
        state = told.status if told else "unknown"
        fate = Fate.SENT if state in TAKEN else Fate.FAILED if state in REFUSED else Fate.UNKNOWN
        failure = {
            Fate.FAILED: Failure.INVALID_RECIPIENT if state == "invalid" else Failure.SPAM_BLOCKED,
            Fate.UNKNOWN: Failure.UNKNOWN_CODE,
        }.get(fate, "")
        return Answer(
            Outcome(message.message_id, fate, failure, "" if fate == Fate.SENT else str(state), _number(told))
        )

    def _refused(self, message: PreparedMessage, error: AnymailAPIError) -> Answer:
        """Judge an answer that is none, or that says no. Only 429 and 503 say that it may be sent again (G-25)."""
        status, said = error.status_code, str(error)
        if status is None:
            return Answer(_lost(message, error))
        if status in (401, 402, 403):
            raise GatewayError(_("The mail service refuses the account: %s") % said, permanent=True, account_level=True)
        if status == 429:
            wait = wait_asked_for(httpx.Response(status, headers=dict(error.response.headers)))
            return Answer(Outcome(message.message_id, Fate.RETRY, Failure.RATE_LIMITED, said), wait=wait)
        if status == 503:
            return Answer(Outcome(message.message_id, Fate.RETRY, Failure.RETRYABLE, said))
        if 400 <= status < 500:
            return Answer(Outcome(message.message_id, Fate.FAILED, Failure.CONTENT, said))
        return Answer(Outcome(message.message_id, Fate.UNKNOWN, Failure.NO_ANSWER, said))

    def _backend(self) -> Any:
        """Return this thread's connection to the service.

        Raises:
            GatewayError: something is missing.
        """
        if not hasattr(self._of_thread, "backend"):
            try:
                self._of_thread.backend = self._service().backend()(**self._backend_options())
            except (ImproperlyConfigured, TypeError) as error:
                raise GatewayError(
                    _("The account lacks what the mail service needs: %s") % error, permanent=True, account_level=True
                ) from error
            self._of_thread.backend.open()
        return self._of_thread.backend

    def _service(self) -> MailService:
        key = self.account.settings.get("service", "")
        if key not in MAIL_SERVICES:
            raise GatewayError(_("Choose the mail service of the account."), permanent=True, account_level=True)
        return MAIL_SERVICES[key]

    def _backend_options(self) -> dict[str, object]:
        service, options = self._service(), self.account.settings
        given = {
            service.secret: os.environ.get(self.account.password_variable, ""),
            service.user: options.get("user", ""),
            "api_url": options.get("base_url", ""),
            "sender_domain": options.get("sender_domain", "") if service.module == "mailgun" else "",
        }
        # Refusals come back as an answer for each recipient, not as an error for all.
        needed = {"ignore_recipient_status": True, "requests_timeout": float(options.get("timeout", TIMEOUT_SECONDS))}
        return {name: value for name, value in given.items() if name and value} | needed

    def _webhook_options(self) -> dict[str, str]:
        service = self._service()
        key = os.environ.get(self.account.settings.get("webhook_key_variable", ""), "")
        return {service.webhook_key: key} if service.webhook_key and key else {}


def _mail(message: PreparedMessage) -> EmailMultiAlternatives:
    """Take the finished mail apart again: services want its parts and write their own headers."""
    whole = message_from_bytes(message.mail, policy=policy.default)
    plain, html = whole.get_body(("plain",)), whole.get_body(("html",))
    mail: Any = EmailMultiAlternatives(
        subject=str(whole["Subject"]),
        body=plain.get_content() if plain else "",
        from_email=str(whole["From"]),
        to=[message.recipient],
        headers={name: str(whole[name]) for name in OWN_HEADERS if whole[name]},
    )
    if html:
        mail.attach_alternative(html.get_content(), "text/html")
    mail.metadata = {OUR_ID: str(message.message_id)}
    return mail


def _number(told: Any) -> str:
    return str(told.message_id or "") if told else ""


def _lost(message: PreparedMessage, error: AnymailAPIError) -> Outcome:
    """Judge a call without an answer: one that never left is tried again, any other may have arrived."""
    is_not_begun = isinstance(error, requests.ConnectTimeout) or _is_caused_by(error, NewConnectionError)
    if is_not_begun:
        return Outcome(message.message_id, Fate.RETRY, Failure.CONNECTION, str(error))
    return Outcome(message.message_id, Fate.UNKNOWN, Failure.NO_ANSWER, str(error))


def _is_caused_by(error: BaseException, kind: type[BaseException]) -> bool:
    seen: BaseException | None = error
    while seen is not None:
        reason = getattr(seen.args[0], "reason", None) if seen.args else None
        if isinstance(seen, kind) or isinstance(reason, kind):
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def _report(event: AnymailTrackingEvent) -> Report:
    kind = KINDS.get(str(event.event_type), ReportKind.UNKNOWN)
    said = str(event.mta_response or event.description or "")
    occurred_at = event.timestamp or datetime.now(UTC)
    named = f"{event.message_id} {event.event_type} {occurred_at.isoformat()} {event.recipient}"
    told_id = str((event.metadata or {}).get(OUR_ID, ""))
    return Report(
        # Some services number a call and not what it tells; the same thing told again must be the same report.
        event_id=sha256(named.encode()).hexdigest(),
        kind=kind,
        occurred_at=occurred_at if occurred_at.tzinfo else occurred_at.replace(tzinfo=UTC),
        message_id=int(told_id) if told_id.isascii() and told_id.isdecimal() else None,
        provider_id=str(event.message_id or ""),
        failure=_failure(event, said) if kind in (ReportKind.FAILED, ReportKind.BOUNCED) else "",
        code=str(event.reject_reason or event.event_type),
        detail=said,
        recipient=str(event.recipient or ""),
    )


def _failure(event: AnymailTrackingEvent, said: str) -> Failure:
    """Return the class. Services tell soft bounces from hard ones in many ways; the mail server's own code in one."""
    reason = str(event.reject_reason or "")
    if reason in FAILURES:
        return FAILURES[reason]
    if reason == "bounced":
        failure = failure_of(said.partition(";")[2].strip() or said)
        return Failure.RETRYABLE if failure == Failure.UNKNOWN_CODE else failure
    return Failure.UNKNOWN_CODE
