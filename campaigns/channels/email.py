"""E-mail: HTML and plain text, a subject line that the law wants labelled, an opt-out in one step (L-20, E-03)."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from django.conf import settings
from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from markupsafe import escape

from campaigns import compliance, links
from campaigns.bounces import addresses
from campaigns.channels import email_wire
from campaigns.channels.base import Envelope, MessageChannel, register
from campaigns.gateways.base import PreparedMessage
from campaigns.links import Addresses
from campaigns.models import Campaign, ChannelAccount, SkipReason, Variant
from campaigns.pipeline import language, markup
from campaigns.pipeline.language import ContentProblem
from campaigns.pipeline.splicing import ESCAPED, SplicedTemplate
from campaigns.template_fields import Recipient, values
from customers.models.consent import Channel

HIDDEN = "display:none;max-height:0;overflow:hidden;mso-hide:all"
PREVIEW_UNSUBSCRIBE = "#unsubscribe"
# Stands in the mandatory end, which is made once, for the address that differs by message. No text can hold it.
OPT_OUT_PLACE = "\x00opt-out\x00"


class RenderedEmail(NamedTuple):
    """A message for one person. The mandatory parts are in `subject`, `html` and `text`, and again by themselves."""

    subject: str
    preheader: str
    html: str
    text: str
    headers: dict[str, str]
    links: list[tuple[int, str]]
    unsubscribe_url: str
    label: str = ""
    footer_html: str = ""
    footer_text: str = ""

    @property
    def kind(self) -> str:
        """Return what it leaves as."""
        return "email"

    def as_text(self) -> str:
        """Return all that is read, as plain text."""
        return f"{self.subject}\n{self.text}"


@dataclass(frozen=True)
class CompiledEmail:
    """An e-mail ready to be rendered many times; making one costs milliseconds, rendering it microseconds."""

    campaign: Campaign
    account: ChannelAccount
    subject: SplicedTemplate
    preheader: SplicedTemplate
    head: str
    body: SplicedTemplate
    text: SplicedTemplate
    links: tuple[str, ...]
    problems: tuple[ContentProblem, ...] = field(default=())

    @cached_property
    def is_advertising(self) -> bool:
        """Tell whether label, opt-out and one-click headers are due."""
        return compliance.needs_label(self.campaign)

    def render(self, recipient: Recipient, *, message_id: int | None = None) -> RenderedEmail:
        """Return the message for this person; without a message id a preview, whose links lead to their targets.

        Raises:
            ContentRefused: a field without a value or fallback (VAR_MISSING), or a limit of the language was hit.
        """
        addresses = self._addresses(message_id)
        fields = values(recipient, wanted=self._field_names)
        with_links = {**fields, **dict(zip(self._link_names, addresses.clicks, strict=True))}
        subject = language.one_line(language.fill(self.subject, fields))
        preheader = language.one_line(language.fill(self.preheader, fields))
        body, text = language.fill(self.body, with_links), language.fill(self.text, with_links)
        return self._dressed(subject, preheader, body, text, addresses)

    @cached_property
    def _field_names(self) -> frozenset[str]:
        return frozenset().union(*(each.field_names for each in (self.subject, self.preheader, self.body, self.text)))

    def _addresses(self, message_id: int | None) -> Addresses:
        if message_id is None:
            return Addresses("", PREVIEW_UNSUBSCRIBE, list(self.links))
        return links.addresses(message_id, len(self.links))

    @cached_property
    def _link_names(self) -> list[str]:
        return [markup.link_variable(number) for number in range(1, len(self.links) + 1)]

    @cached_property
    def _footer_html(self) -> list[str]:
        """Return the mandatory end in pieces, between which the address to opt out stands."""
        return str(compliance.footer_html(self.account, unsubscribe_url=self._opt_out_place)).split(OPT_OUT_PLACE)

    @cached_property
    def _footer_text(self) -> list[str]:
        return compliance.footer_text(self.account, unsubscribe_url=self._opt_out_place).split(OPT_OUT_PLACE)

    @property
    def _opt_out_place(self) -> str | None:
        return OPT_OUT_PLACE if self.is_advertising else None

    @cached_property
    def _numbered_links(self) -> list[tuple[int, str]]:
        return list(enumerate(self.links, start=1))

    def _dressed(self, subject: str, preheader: str, body: str, text: str, addresses: Addresses) -> RenderedEmail:
        """Add what is not the author's: label, preheader, footer, pixel, headers."""
        opt_out = addresses.unsubscribe
        footer = _escaped(opt_out).join(self._footer_html)
        footer_text = opt_out.join(self._footer_text)
        return RenderedEmail(
            subject=compliance.labelled(subject) if self.is_advertising else subject,
            preheader=preheader,
            html=f"{self.head}{_hidden(preheader)}{body}{footer}{_trap(addresses.trap)}{_pixel(addresses.opened)}</body></html>",
            text=f"{text}\n\n{footer_text}\n",
            headers=compliance.opt_out_headers(opt_out) if self.is_advertising else {},
            links=self._numbered_links,
            unsubscribe_url=opt_out,
            label=self._label,
            footer_html=footer,
            footer_text=footer_text,
        )

    @cached_property
    def _label(self) -> str:
        return compliance.label() if self.is_advertising else ""


@register
class EmailChannel(MessageChannel):
    """Mail to the customer's e-mail address."""

    key = "email"
    label = gettext_lazy("e-mail")
    icon = "mail"
    consent = Channel.EMAIL
    is_bound_to_night = False
    reports_opens = True
    kinds = ("email",)
    fields = ("subject", "preheader", "html", "text")
    preview_template = "campaigns/frames/email.html"

    def address(self, prefix: str = "") -> Lower:
        """Return the address in lower case: an index has it so."""
        return Lower(f"{prefix}email")

    def compile(self, variant: Variant) -> CompiledEmail:
        """Parse a variant once: cleaned, styles inlined, links numbered in order of appearance.

        Raises:
            LiquidError: it is not well-formed; `content.check` says so in words.
        """
        way = markup.Markup()
        head, body, made_text = markup.prepare(variant.html, way)
        text = markup.prepare_text(variant.text, way) if variant.text.strip() else made_text
        campaign = variant.step.campaign
        return CompiledEmail(
            campaign=campaign,
            account=variant.account,
            subject=language.parse(variant.subject, is_html=False),
            preheader=language.parse(variant.preheader, is_html=False),
            head=head,
            body=language.parse(body, is_html=True),
            text=language.parse(text, is_html=False),
            links=tuple(links.tagged(url, links.tags_of(campaign, medium=self.key)) for url in way.links),
            problems=tuple(dict.fromkeys(way.problems)),
        )

    def problems(self, variant: Variant) -> list[ContentProblem]:
        """Return what is missing, and what the law says about the subject and the sender."""
        problems = []
        if not variant.subject.strip():
            problems.append(ContentProblem("subject", _("The subject is empty.")))
        if not variant.html.strip():
            problems.append(ContentProblem("html", _("The content is empty.")))
        sender = variant.account.sender_address
        if sender and not email_wire.is_address(sender):
            message = _("“%s” is no e-mail address to send from. Correct it in the sending account.") % sender
            problems.append(ContentProblem("account", message))
        content = f"{variant.preheader} {variant.html} {variant.text}"
        return problems + compliance.lint(
            variant.step.campaign, variant.account, subject=variant.subject, content=content
        )

    def violation(self, campaign: Campaign, account: ChannelAccount, rendered: RenderedEmail) -> SkipReason | None:
        """Look for the label and the opt-out in the finished mail."""
        return compliance.violation(campaign, rendered)

    def compose(self, rendered: RenderedEmail, envelope: Envelope) -> PreparedMessage:
        """Return the mail with its headers, ready for a relay.

        Raises:
            ContentRefused: the address cannot be written to.
        """
        content = email_wire.compose(
            rendered,
            account=envelope.account,
            recipient=envelope.address,
            message_id=envelope.message_id,
            at=envelope.at,
        )
        return PreparedMessage(
            message_id=envelope.message_id,
            campaign_id=envelope.campaign_id,
            sender=_return_path(envelope),
            recipient=envelope.address,
            content=content,
            kind=rendered.kind,
        )


def _return_path(envelope: Envelope) -> str:
    """Return the envelope sender: one of the message's own where the account has a mailbox for bounces (E-05)."""
    bounces = envelope.account.settings.get("bounce_address", "")
    return addresses.write(bounces, envelope.message_id) if bounces else envelope.account.sender_address


def _hidden(preheader: str) -> str:
    return f'<div style="{HIDDEN}">{escape(preheader)}</div>' if preheader else ""


def _trap(url: str) -> str:
    """Return a link without a word, kept from eyes, screen readers and the keyboard: only machines find it."""
    if not url or not settings.TRAP_LINKS:
        return ""
    return f'<a href="{_escaped(url)}" style="{HIDDEN}" aria-hidden="true" tabindex="-1"></a>'


def _pixel(url: str) -> str:
    return f'<img src="{_escaped(url)}" width="1" height="1" alt="">' if url else ""


def _escaped(url: str) -> str:
    """Return an address as it stands in HTML; to find that there is nothing to escape is faster than to do it."""
    return str(escape(url)) if ESCAPED.search(url) else url
