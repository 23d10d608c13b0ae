"""Text messages: SMS up to 90 bytes, LMS up to 2,000, MMS with pictures (L-21, L-22, G-01 to G-04).

Which of the three a message leaves as is decided here, by the bytes of the finished text; a gateway that decided
might cut it silently (G-03).
"""

import re
from dataclasses import dataclass, field, replace

from django.conf import settings
from django.db.models import Case, F, OuterRef, QuerySet, Value, When
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from liquid import BoundTemplate

from campaigns import compliance, links
from campaigns.channels import text_bytes
from campaigns.channels.base import Envelope, MessageChannel, register
from campaigns.errors import ContentRefused
from campaigns.gateways.base import PreparedMessage
from campaigns.models import Campaign, ChannelAccount, SkipReason, Variant
from campaigns.pipeline import language, markup
from campaigns.pipeline.language import ContentProblem
from campaigns.template_fields import Recipient, values
from customers.contacts import is_mobile, normalise_phone
from customers.errors import BadValue
from customers.models import Customer
from customers.models.consent import Channel

SHORT, LONG, PICTURE = KINDS = ("sms", "lms", "mms")
SUBJECT_BYTES = 40
MOST_LINKS = 15
OWN_LABEL = re.compile(rf"^(?:\s*{re.escape(compliance.LABEL)})+\s*")
OPT_OUT_LINE = re.compile(r"무료\s?(?:수신)?거부\s?:?\s?080[-\d]{7,}")
INVALID_ADDRESS = "invalid_address"


@dataclass(frozen=True, slots=True)
class RenderedText:
    """A text for one person, mandatory parts included; `head` and `tail` are those by themselves."""

    text: str
    subject: str
    links: list[tuple[int, str]]
    head: str = ""
    tail: str = ""
    images: tuple[str, ...] = ()
    is_short_only: bool = False

    @property
    def kind(self) -> str:
        """Return what it leaves as."""
        if self.images:
            return PICTURE
        return SHORT if self.size <= text_bytes.SHORT_BYTES else LONG

    @property
    def size(self) -> int:
        """Return the bytes of the whole text."""
        return text_bytes.size(self.text)

    @property
    def limit(self) -> int:
        """Return how many bytes it may take."""
        return text_bytes.SHORT_BYTES if self.kind == SHORT or self.is_short_only else text_bytes.LONG_BYTES

    def as_text(self) -> str:
        """Return all that is read; a short message shows no subject."""
        return self.text if self.kind == SHORT or not self.subject else f"{self.subject}\n{self.text}"


@dataclass(frozen=True)
class CompiledText:
    """A text message ready to be rendered many times."""

    subject: BoundTemplate
    body: BoundTemplate
    head: str
    tail: str
    is_advertising: bool
    links: tuple[str, ...]
    images: tuple[str, ...] = ()
    is_short_only: bool = False
    problems: tuple[ContentProblem, ...] = field(default=())

    def render(self, recipient: Recipient, *, message_id: int | None = None) -> RenderedText:
        """Return the message for this person; a preview has links of the same length that lead nowhere.

        Raises:
            ContentRefused: a field without a value or fallback (VAR_MISSING), or a limit of the language was hit.
        """
        fields = values(recipient)
        body = language.fill(self.body, fields | self._addresses(message_id)).strip()
        subject = language.one_line(language.fill(self.subject, fields))
        return RenderedText(
            text=_carried(f"{self.head}{OWN_LABEL.sub('', body)}{self.tail}"),
            subject=_carried(compliance.labelled(subject) if subject and self.is_advertising else subject),
            links=list(enumerate(self.links, start=1)),
            head=self.head,
            tail=self.tail,
            images=self.images,
            is_short_only=self.is_short_only,
        )

    def _addresses(self, message_id: int | None) -> dict[str, object]:
        numbers = range(1, len(self.links) + 1)
        return {markup.link_variable(number): links.short_click_url(message_id, number) for number in numbers}


@register
class TextMessageChannel(MessageChannel):
    """A text to the customer's mobile phone."""

    key = "sms"
    label = gettext_lazy("text message")
    icon = "message-square"
    consent = Channel.SMS
    kinds = KINDS
    fields = ("text", "subject")
    preview_template = "campaigns/frames/sms.html"

    def address(self, prefix: str = "") -> Case:
        """Return the mobile number (F-02); other numbers get no texts."""
        mobile = When(**{f"{prefix}phone__regex": r"^\+821[016789][0-9]{7,8}$"}, then=F(f"{prefix}phone"))
        return Case(mobile, default=Value(""))

    def sharers(self, customers: QuerySet[Customer]) -> QuerySet[Customer]:
        """Return those with the same number, by its index: the stored column, not what `address` makes of it."""
        return customers.filter(phone=OuterRef("address"), phone__gt="")

    def compile(self, variant: Variant) -> CompiledText:
        """Parse a variant once: links numbered in order of appearance.

        Raises:
            LiquidError: it is not well-formed; `content.check` says so in words.
        """
        way = markup.Markup()
        body = markup.prepare_text(text_bytes.normalised(variant.text), way)
        campaign = variant.step.campaign
        head, tail = _frame(variant.account, campaign)
        return CompiledText(
            subject=language.parse(text_bytes.normalised(variant.subject), is_html=False),
            body=language.parse(body, is_html=False),
            head=head,
            tail=tail,
            is_advertising=compliance.needs_label(campaign),
            links=tuple(markup.tagged(url, links.tags_of(campaign, medium=self.key)) for url in way.links),
            images=tuple(variant.details.get("images", ())),
            is_short_only=bool(variant.details.get("short_only")),
            problems=tuple(replace(each, field="text") for each in dict.fromkeys(way.problems)),
        )

    def problems(self, variant: Variant) -> list[ContentProblem]:
        """Return what is missing, what no phone would show, and what the law says about the text and the sender."""
        problems = _text_problems(variant)
        problems += [
            problem for name in ("text", "subject") for problem in _unknown_characters(name, getattr(variant, name))
        ]
        problems += _account_problems(variant.account, is_advertising=compliance.needs_label(variant.step.campaign))
        return problems

    def violation(self, campaign: Campaign, account: ChannelAccount, rendered: RenderedText) -> SkipReason | None:
        """Look for label, sender and opt-out in the finished text, and whether a phone can show all of it."""
        if compliance.needs_label(campaign):
            missing = _missing_part(account, rendered)
            if missing:
                return missing
        if not text_bytes.can_carry(f"{rendered.text}{rendered.subject}"):
            return SkipReason.ENCODING
        subject_size = 0 if rendered.kind == SHORT else text_bytes.size(rendered.subject)
        is_too_long = rendered.size > rendered.limit or subject_size > SUBJECT_BYTES
        return SkipReason.TOO_LONG if is_too_long else None

    def compose(self, rendered: RenderedText, envelope: Envelope) -> PreparedMessage:
        """Return the text with its kind, in plain values.

        Raises:
            ContentRefused: the number is no mobile.
        """
        if not is_mobile(envelope.address):
            raise ContentRefused(INVALID_ADDRESS, _("The customer's number is no mobile phone."))
        return PreparedMessage(
            message_id=envelope.message_id,
            campaign_id=envelope.campaign_id,
            sender=envelope.account.sender_address,
            recipient=envelope.address,
            content={
                "text": rendered.text,
                "subject": "" if rendered.kind == SHORT else rendered.subject,
                "images": list(rendered.images),
            },
            kind=rendered.kind,
            arrive_by=envelope.arrive_by,
        )


def _carried(text: str) -> str:
    """Return the text as it is sent. A name such as 민지😀 loses what no phone shows, where the shop wants that."""
    plain = text_bytes.normalised(text)
    return text_bytes.stripped(plain) if settings.STRIP_UNKNOWN_CHARACTERS else plain


def _frame(account: ChannelAccount, campaign: Campaign) -> tuple[str, str]:
    """Return what stands before and after the author's text (L-21)."""
    if not compliance.needs_label(campaign):
        return "", ""
    contact = "" if _digits(account.contact_phone) == _digits(account.sender_address) else f"\n{account.contact_phone}"
    return (
        f"{compliance.LABEL}[{account.sender_name}]\n",
        f"{contact}\n무료거부{account.opt_out_number.replace('-', '')}",
    )


def _missing_part(account: ChannelAccount, rendered: RenderedText) -> SkipReason | None:
    """Return which of the parts that the law wants is not where it must be (L-21)."""
    text = rendered.text
    if not text.startswith(compliance.LABEL) or text.count(compliance.LABEL) > 1:
        return SkipReason.LABEL
    end = text.rpartition("\n")[2]
    if not OPT_OUT_LINE.fullmatch(end):
        return SkipReason.OPTOUT_LINE
    named = text.removeprefix(compliance.LABEL).lstrip("[").startswith(account.sender_name)
    reachable = _digits(account.contact_phone) in (_digits(account.sender_address), *map(_digits, text.split("\n")))
    return None if named and reachable else SkipReason.CONTACT


def _text_problems(variant: Variant) -> list[ContentProblem]:
    problems = []
    text = OWN_LABEL.sub("", variant.text)
    if not text.strip():
        problems.append(ContentProblem("text", _("The text is empty. A picture alone may not be sent (L-22).")))
    false = compliance.FALSE_LABEL.search(text.replace(compliance.LABEL, ""))
    if false:
        message = _("“%s” is not the legal label. Leave it out: (광고) is put before the text by itself.") % false[0]
        problems.append(ContentProblem("text", message))
    if compliance.LABEL in text:
        message = _("(광고) stands within the text. Leave it out: it is put before the text by itself.")
        problems.append(ContentProblem("text", message))
    if OPT_OUT_LINE.search(text):
        message = _("The text ends with the 080 number by itself. Leave your own line out: nothing may follow it.")
        problems.append(ContentProblem("text", message))
    if text_bytes.size(text_bytes.normalised(variant.subject)) > SUBJECT_BYTES:
        message = _("The subject is longer than %(most)d bytes, the label included.") % {"most": SUBJECT_BYTES}
        problems.append(ContentProblem("subject", message))
    return problems


def _unknown_characters(name: str, source: str) -> list[ContentProblem]:
    problems = []
    for unknown in text_bytes.unknown_characters(source):
        message = _("Phones cannot show %s. Leave it out.") % unknown.name
        if unknown.replacement:
            values = {"char": unknown.name, "instead": unknown.replacement}
            message = _("Phones cannot show %(char)s. Write “%(instead)s”.") % values
        problems.append(ContentProblem(name, message))
    return problems


def _account_problems(account: ChannelAccount, *, is_advertising: bool) -> list[ContentProblem]:
    problems = []
    try:
        has_caller = bool(normalise_phone(account.sender_address))
    except BadValue:
        has_caller = False
    if not has_caller:
        message = _("“%s” is no phone number to send from. Correct it in the sending account.") % account.sender_address
        problems.append(ContentProblem("account", message))
    if is_advertising and not OPT_OUT_LINE.fullmatch(f"무료거부{account.opt_out_number}"):
        message = _("The sending account has no 080 number to opt out by, free of charge (L-21).")
        problems.append(ContentProblem("account", message))
    return problems


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text.replace("+82", "0"))
