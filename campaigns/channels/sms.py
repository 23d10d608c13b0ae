"""Text messages: SMS up to 90 bytes, LMS up to 2,000, MMS with pictures (L-21, L-22, G-01 to G-04).

Which of the three a message leaves as is decided here, by the bytes of the finished text; a gateway that decided
might cut it silently (G-03).
"""

from dataclasses import dataclass, field, replace

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from liquid import BoundTemplate

from campaigns import compliance, links
from campaigns.channels import mobile_numbers, text_bytes
from campaigns.channels.base import Envelope, MessageChannel, register
from campaigns.channels.text_wording import (
    OPT_OUT_LINE,
    SUBJECT_BYTES,
    account_problems,
    picture_problems,
    text_problems,
    without_label,
)
from campaigns.errors import ContentRefused
from campaigns.gateways.base import Picture, PreparedMessage
from campaigns.gateways.failures import Failure
from campaigns.library import pictures
from campaigns.models import Campaign, ChannelAccount, SkipReason, Variant
from campaigns.pipeline import language, markup
from campaigns.pipeline.language import ContentProblem
from campaigns.template_fields import Recipient, values
from crm_project.country_rules import country_rules
from customers.contacts import is_mobile
from customers.models.consent import Channel

SHORT, LONG, PICTURE = KINDS = ("sms", "lms", "mms")
LONGEST_LINK = 25


@dataclass(frozen=True, slots=True)
class RenderedText:
    """A text for one person, mandatory parts included; `head` and `tail` are those by themselves."""

    text: str
    subject: str
    links: list[tuple[int, str]]
    head: str = ""
    tail: str = ""
    images: tuple[Picture, ...] = ()
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
    images: tuple[Picture, ...] = ()
    has_lost_pictures: bool = False
    is_short_only: bool = False
    problems: tuple[ContentProblem, ...] = field(default=())

    def render(self, recipient: Recipient, *, message_id: int | None = None) -> RenderedText:
        """Return the message for this person; a preview has links of the same length that lead nowhere.

        Raises:
            ContentRefused: a field without a value or fallback (VAR_MISSING), a limit of the language was hit, or a
                picture is gone.
        """
        if self.has_lost_pictures:
            raise ContentRefused(Failure.CONTENT, _("A picture of the message is not there any more."))
        fields = values(recipient)
        body = language.fill(self.body, fields | self._addresses(message_id)).strip()
        subject = language.one_line(language.fill(self.subject, fields))
        return RenderedText(
            text=_carried(f"{self.head}{without_label(body)}{self.tail}"),
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

    address = staticmethod(mobile_numbers.address)
    sharers = staticmethod(mobile_numbers.sharers)

    def compile(self, variant: Variant) -> CompiledText:
        """Parse a variant once: links numbered in order of appearance.

        Raises:
            LiquidError: it is not well-formed; `content.check` says so in words.
        """
        way = markup.Markup()
        body = markup.prepare_text(text_bytes.normalised(variant.text), way)
        campaign, names = variant.step.campaign, variant.details.get("images", ())
        head, tail = compliance.text_frame(variant.account, campaign)
        images = pictures.named(names)
        return CompiledText(
            subject=language.parse(text_bytes.normalised(variant.subject), is_html=False),
            body=language.parse(body, is_html=False),
            head=head,
            tail=tail,
            is_advertising=compliance.needs_label(campaign),
            links=tuple(links.tagged(url, links.tags_of(campaign, medium=self.key)) for url in way.links),
            images=images,
            has_lost_pictures=len(images) < len(names),
            is_short_only=bool(variant.details.get("short_only")),
            problems=_link_problems(way),
        )

    def problems(self, variant: Variant) -> list[ContentProblem]:
        """Return what is missing, what no phone would show, and what the law says about the text and the sender."""
        is_advertising = compliance.needs_label(variant.step.campaign)
        problems = text_problems(variant) + picture_problems(variant)
        return problems + account_problems(variant.account, is_advertising=is_advertising)

    def violation(self, campaign: Campaign, account: ChannelAccount, rendered: RenderedText) -> SkipReason | None:
        """Look for label, sender and opt-out in the finished text, and whether a phone can show all of it."""
        missing = compliance.frame_violation(campaign, account, first=rendered.text, last=rendered.text)
        if missing:
            return missing
        if _lacks_free_number(campaign, rendered):
            return SkipReason.OPTOUT_LINE
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
            raise ContentRefused(Failure.INVALID_ADDRESS, _("The customer's number is no mobile phone."))
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


def _link_problems(way: markup.Markup) -> tuple[ContentProblem, ...]:
    problems = [replace(each, field="text") for each in dict.fromkeys(way.problems)]
    if len(way.links) > links.MOST_SHORT_LINKS:
        message = _("A text message carries at most %d different links.") % links.MOST_SHORT_LINKS
        problems.append(ContentProblem("text", message))
    size = len(links.short_click_url(None, 1))
    if way.links and size > LONGEST_LINK:
        message = _(
            "A link takes %(size)d bytes of the text; over a shorter host (SHORT_LINK_URL) %(wanted)d do (G-07)."
        )
        wanted = {"size": size, "wanted": LONGEST_LINK}
        problems.append(ContentProblem("text", message % wanted, is_warning=True))
    return tuple(problems)


def _lacks_free_number(campaign: Campaign, rendered: RenderedText) -> bool:
    """Tell whether the last line is no 080 number, where the law wants one (L-21)."""
    is_wanted = compliance.needs_label(campaign) and country_rules().wants_free_number
    return is_wanted and not OPT_OUT_LINE.fullmatch(rendered.text.rpartition("\n")[2])
