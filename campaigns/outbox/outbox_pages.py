"""The sandbox's outbox in the admin: what would have left, as its reader would have seen it."""

import json
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from liquid.exceptions import LiquidError

from campaigns.channels.base import channel_of
from campaigns.editor.message_frames import frame_of
from campaigns.errors import ContentRefused
from campaigns.gateways.sandbox import MAIL, VALUES, file_of
from campaigns.models import Message
from campaigns.outbox.mail_frame import mail_response
from campaigns.pipeline import content
from campaigns.review.samples import masked_name
from campaigns.standing import sees_names
from customers import access_log
from customers.models import AccessLogEntry

NEWEST_SHOWN = 50
# A subject may greet by name.
PERSONAL_HEADERS = ("To", "Subject")
READ_WITH = ("campaign", "customer__stats", "account", "variant__step__account", "variant__step__campaign")


class OutboxPages:
    """The pages of the outbox, for the admin of messages."""

    def outbox_urls(self) -> list[URLPattern]:
        """Return the addresses of the list, of one message, and of the HTML of a mail."""
        guard = self.admin_site.admin_view
        return [
            path("outbox/", guard(self.outbox), name="campaigns_outbox"),
            path("outbox/<int:message_id>/", guard(self.outbox_mail), name="campaigns_outbox_mail"),
            path("outbox/<int:message_id>/body/", guard(self.outbox_body), name="campaigns_outbox_body"),
        ]

    def outbox(self, request: HttpRequest) -> HttpResponse:
        """List the newest messages that the sandbox wrote instead of sending them."""
        self._permit(request)
        written = Message.objects.filter(is_sandbox=True).exclude(sent_at=None)
        context = self.admin_site.each_context(request) | {
            "title": _("Sandbox outbox"),
            "mails": written.select_related("campaign", "customer", "account").order_by("-pk")[:NEWEST_SHOWN],
            "is_live": settings.MESSAGING_LIVE,
        }
        return render(request, "campaigns/outbox.html", context)

    def outbox_mail(self, request: HttpRequest, message_id: int) -> HttpResponse:
        """Show one written message: a mail in a mail frame, all else as its device would show it."""
        message, file = self._opened(request, message_id)
        if file.suffix == VALUES:
            return self._on_its_device(request, message, json.loads(file.read_bytes()))
        mail, sees_all = _read_mail(file), sees_names(request.user)
        context = self.admin_site.each_context(request) | {
            "title": mail["Subject"] if sees_all else _again(message, masked=True).subject,
            "message": message,
            "mail": mail,
            "recipient": mail["To"] if sees_all else message.customer.external_id,
            "headers": [(name, value) for name, value in mail.items() if sees_all or name not in PERSONAL_HEADERS],
        }
        return render(request, "campaigns/outbox_mail.html", context)

    def outbox_body(self, request: HttpRequest, message_id: int) -> HttpResponse:
        """Return the HTML of a written mail, for the frame it is shown in."""
        message, file = self._opened(request, message_id)
        if file.suffix != MAIL:
            raise Http404
        if not sees_names(request.user):
            return mail_response(_again(message, masked=True).html)
        body = _read_mail(file).get_body(("html", "plain"))
        return mail_response(body.get_content() if body else "")

    def _on_its_device(self, request: HttpRequest, message: Message, said: dict[str, Any]) -> HttpResponse:
        sees_all = sees_names(request.user)
        frame = frame_of(message.account, _again(message, masked=not sees_all))
        context = self.admin_site.each_context(request) | {
            "title": message.campaign.name,
            "message": message,
            "channel": channel_of(message.account).label,
            "drawn": frame.draw(),
            "said": list(_lines(said)) if sees_all else [],
        }
        return render(request, "campaigns/outbox_message.html", context)

    def _permit(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    def _opened(self, request: HttpRequest, message_id: int) -> tuple[Message, Path]:
        """Find what was written, which is about a person, so the look is logged."""
        self._permit(request)
        message = get_object_or_404(Message.objects.select_related(*READ_WITH), pk=message_id)
        files = (file_of(message.campaign_id, message.pk, suffix=suffix) for suffix in (MAIL, VALUES))
        file = next((file for file in files if file.exists()), None)
        if file is None:
            raise Http404
        access_log.record(request, AccessLogEntry.Action.VIEW, customer=message.customer)
        return message, file


def _read_mail(file: Path) -> EmailMessage:
    return message_from_bytes(file.read_bytes(), policy=policy.default)


def _again(message: Message, *, masked: bool) -> content.Rendered:
    """Return the message once more; masked for a reader who may not see whom it greets by name.

    Raises:
        Http404: the customer has changed so that it could not be written today.
    """
    if masked:
        message.customer.name = masked_name(message.customer.name)
    try:
        return content.render(message.variant, message.customer)
    except (ContentRefused, LiquidError) as refusal:
        raise Http404 from refusal


def _lines(said: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what was written by name, without what is empty; parts of parts as JSON."""
    for name, value in said.items():
        if value not in ("", None, [], {}):
            yield name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
