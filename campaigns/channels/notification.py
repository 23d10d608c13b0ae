"""What app push and web push have in common: a title, a few lines, a picture, one link, an opt-out (L-23)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from campaigns import compliance, links
from campaigns.channels.base import Envelope, MessageChannel, OneTarget
from campaigns.gateways.base import PreparedMessage
from campaigns.models import Campaign, ChannelAccount, Hit, SkipReason, Variant
from campaigns.pipeline import language
from campaigns.pipeline.language import ContentProblem
from campaigns.pipeline.splicing import SplicedTemplate
from campaigns.template_fields import Recipient, values
from customers import devices
from customers.models import Customer

URL, IMAGE = "url", "image_url"
PREVIEW_OPT_OUT = "#unsubscribe"
# Of 4,096 bytes that FCM and push services carry, the rest is left to what stands around the text.
MOST_BYTES = 3_000
# Telephones show about two lines of so many Korean characters each; the rest is seen by those who open it (L-23).
SHOWN_CHARACTERS = 40
APP_LINK = re.compile(r"(?!(?:javascript|data|vbscript|file|blob|about|intent|content):)[a-z][a-z0-9+.-]*://\S+", re.I)


@dataclass(frozen=True, slots=True)
class RenderedNotification:
    """A notification for one person, with its mandatory parts: `head` begins it, `tail` ends it."""

    kind: str
    title: str
    body: str
    head: str
    tail: str
    url: str
    image_url: str
    links: list[tuple[int, str]]
    delivery_id: str = ""
    opt_out_url: str = ""

    @property
    def first_shown(self) -> str:
        """Return what is read first."""
        return self.title or self.body

    def as_text(self) -> str:
        """Return all that is read, as plain text."""
        return "\n".join(filter(None, [self.title, self.body]))


@dataclass(frozen=True)
class CompiledNotification(OneTarget):
    """A notification ready to be rendered many times."""

    channel: "NotificationChannel"
    campaign: Campaign
    account: ChannelAccount
    title: SplicedTemplate
    body: SplicedTemplate
    image_url: str
    frame: tuple[str, str]
    problems: tuple[ContentProblem, ...] = ()

    def render(self, recipient: Recipient, *, message_id: int | None = None) -> RenderedNotification:
        """Return the notification for this person; without a message id a preview.

        Raises:
            ContentRefused: a field without a value or fallback (VAR_MISSING), or a limit of the language was hit.
        """
        fields = values(recipient, wanted=self._field_names)
        title = language.one_line(language.fill(self.title, fields))
        body = language.fill(self.body, fields).strip()
        head, tail = self.frame
        return RenderedNotification(
            kind=self.channel.key,
            title=f"{head}{title}" if title else "",
            body=f"{'' if title else head}{body}{tail}",
            head=head,
            tail=tail,
            url=self.channel.target(self.url, message_id),
            image_url=self.image_url,
            links=list(enumerate(self.links, start=1)),
            delivery_id=links.write(message_id, Hit.Kind.OPEN) if message_id else "",
            opt_out_url=self._opt_out_url(message_id),
        )

    @cached_property
    def _field_names(self) -> frozenset[str]:
        return self.title.field_names | self.body.field_names

    def _opt_out_url(self, message_id: int | None) -> str:
        if not compliance.needs_label(self.campaign):
            return ""
        return PREVIEW_OPT_OUT if message_id is None else links.unsubscribe_url(message_id)


class NotificationChannel(MessageChannel):
    """A channel to the devices of some platforms."""

    platforms: ClassVar[tuple[str, ...]]
    reports_opens = True
    fields = ("subject", "text")

    def address(self, prefix: str = "") -> Subquery:
        """Return the token or subscription of the device to use."""
        return devices.best_address(f"{prefix}pk", platforms=self.platforms)

    def sharers(self, customers: QuerySet[Customer]) -> QuerySet[Customer]:
        """Return the customer alone: a device belongs to one at most."""
        return customers.filter(pk=OuterRef("pk"))

    def refusal(self) -> Exists:
        """Return the condition that the device itself refuses advertising (L-03)."""
        return devices.refuses_advertising("address")

    def target(self, url: str, message_id: int | None) -> str:
        """Return where a tap leads."""
        return url

    def compile(self, variant: Variant) -> CompiledNotification:
        """Parse a variant once.

        Raises:
            LiquidError: it is not well-formed.
        """
        campaign, url = variant.step.campaign, said(variant.details, URL)
        if url.startswith(("http://", "https://")):
            url = links.tagged(url, links.tags_of(campaign, medium=self.key))
        return CompiledNotification(
            channel=self,
            campaign=campaign,
            account=variant.account,
            title=language.parse(variant.subject, is_html=False),
            body=language.parse(variant.text, is_html=False),
            url=url,
            image_url=said(variant.details, IMAGE),
            frame=compliance.text_frame(variant.account, campaign),
        )

    def problems(self, variant: Variant) -> list[ContentProblem]:
        """Return what is missing, what the law says, and what a telephone would cut off."""
        problems = []
        if not variant.text.strip():
            problems.append(ContentProblem("text", _("The content is empty.")))
        problems += address_problems(variant.details)
        _head, tail = compliance.text_frame(variant.account, variant.step.campaign)
        if len(f"{variant.text}{tail}") > 2 * SHOWN_CHARACTERS:
            message = _("Longer than about two lines: the opt-out at its end is seen only by those who open it.")
            problems.append(ContentProblem("text", message, is_warning=True))
        return problems + compliance.lint(
            variant.step.campaign, variant.account, subject=variant.subject, content=variant.text
        )

    def violation(
        self, campaign: Campaign, account: ChannelAccount, rendered: RenderedNotification
    ) -> SkipReason | None:
        """Look at the length, and for the label, the sender and the opt-out (L-23)."""
        if len(f"{rendered.title}{rendered.body}".encode()) > MOST_BYTES:
            return SkipReason.TOO_LONG
        if compliance.needs_label(campaign) and not rendered.opt_out_url:
            return SkipReason.OPTOUT_LINE
        return compliance.frame_violation(campaign, account, first=rendered.first_shown, last=rendered.body)

    def compose(self, rendered: RenderedNotification, envelope: Envelope) -> PreparedMessage:
        """Return the notification as plain values."""
        own_screen = envelope.account.settings.get("opt_out_link")
        return PreparedMessage(
            message_id=envelope.message_id,
            campaign_id=envelope.campaign_id,
            sender=envelope.account.sender_name,
            recipient=envelope.address,
            content={
                "title": rendered.title,
                "body": rendered.body,
                "image_url": rendered.image_url,
                "url": rendered.url,
                "delivery_id": rendered.delivery_id,
                "opt_out_url": rendered.opt_out_url and (own_screen or rendered.opt_out_url),
            },
            kind=rendered.kind,
            arrive_by=envelope.arrive_by,
        )


def said(details: Mapping[str, object], name: str) -> str:
    """Return a text of a variant's details, "" where it has none."""
    value = details.get(name)
    return value.strip() if isinstance(value, str) else ""


def address_problems(details: Mapping[str, object]) -> list[ContentProblem]:
    """Return what is wrong with the addresses of the link and the picture."""
    problems = []
    url, image = said(details, URL), said(details, IMAGE)
    if "{{" in f"{url}{image}" or "{%" in f"{url}{image}":
        problems.append(ContentProblem(URL, _("A link's address cannot contain a field; give the page's own address.")))
    elif url and not APP_LINK.fullmatch(url):
        message = _("“%s” is no address to open. Begin with https:// or with your app's own scheme.")
        problems.append(ContentProblem(URL, message % url))
    if image and not image.startswith("https://"):
        problems.append(ContentProblem(IMAGE, _("The address of the picture must begin with https://.")))
    return problems
