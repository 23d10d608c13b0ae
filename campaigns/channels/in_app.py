"""In-app messages: a banner or a window that the shop's own app or site shows to a visitor it knows (L-26).

Nothing is transmitted: the app asks what to show. So neither label nor night apply, but a customer who opted out of
marketing is left in peace.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from django.db.models import CharField, OuterRef, QuerySet
from django.db.models.functions import Cast
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns import links
from campaigns.channels.base import Envelope, MessageChannel, OneTarget, register
from campaigns.channels.notification import IMAGE, URL, address_problems, said
from campaigns.gateways.base import PreparedMessage
from campaigns.models import Campaign, ChannelAccount, SkipReason, Variant
from campaigns.pipeline import language
from campaigns.pipeline.language import ContentProblem
from campaigns.pipeline.splicing import SplicedTemplate
from campaigns.template_fields import Recipient, values
from customers.models import Customer

LAYOUTS = {"banner": gettext_lazy("banner"), "modal": gettext_lazy("window in the middle")}
# In characters; an app's page would break under more.
LONGEST = 1_000
# name: (what holds where nothing is said, least, most)
LIMITS = {"days": (7, 1, 90), "most_views": (3, 1, 100), "hours_between": (24, 0, 720)}


@dataclass(frozen=True, slots=True)
class RenderedInApp:
    """What one person would see."""

    layout: str
    title: str
    body: str
    button: str
    url: str
    image_url: str
    links: list[tuple[int, str]]
    rules: Mapping[str, int]

    @property
    def kind(self) -> str:
        """Return what it leaves as."""
        return "in_app"

    def as_text(self) -> str:
        """Return all that is read, as plain text."""
        return "\n".join(filter(None, [self.title, self.body, self.button]))


@dataclass(frozen=True)
class CompiledInApp(OneTarget):
    """An in-app message ready to be rendered many times."""

    title: SplicedTemplate
    body: SplicedTemplate
    button: SplicedTemplate
    layout: str
    image_url: str
    rules: Mapping[str, int]
    problems: tuple[ContentProblem, ...] = ()

    def render(self, recipient: Recipient, *, message_id: int | None = None) -> RenderedInApp:
        """Return the message for this person.

        Raises:
            ContentRefused: a field without a value or fallback (VAR_MISSING), or a limit of the language was hit.
        """
        fields = values(recipient, wanted=self._field_names)
        return RenderedInApp(
            layout=self.layout,
            title=language.one_line(language.fill(self.title, fields)),
            body=language.fill(self.body, fields).strip(),
            button=language.one_line(language.fill(self.button, fields)),
            url=self.url,
            image_url=self.image_url,
            links=list(enumerate(self.links, start=1)),
            rules=self.rules,
        )

    @cached_property
    def _field_names(self) -> frozenset[str]:
        return self.title.field_names | self.body.field_names | self.button.field_names


@register
class InAppChannel(MessageChannel):
    """Messages inside the shop's app or site. Everybody can be reached: it is shown when they come."""

    key = "in_app"
    label = gettext_lazy("in-app message")
    icon = "layers"
    consent = ""
    is_bound_to_night = False
    reports_opens = True
    kinds = ("in_app",)
    fields = ("subject", "text")
    preview_template = "campaigns/frames/in_app.html"

    def address(self, prefix: str = "") -> Cast:
        """Return the customer's key: whoever logs in gets it."""
        return Cast(f"{prefix}pk", CharField())

    def sharers(self, customers: QuerySet[Customer]) -> QuerySet[Customer]:
        """Return the customer alone: nobody shares a key."""
        return customers.filter(pk=OuterRef("pk"))

    def sources(self, variant: Variant) -> Iterator[tuple[str, str]]:
        """Yield the button's words too."""
        yield from super().sources(variant)
        yield "button", said(variant.details, "button")

    def compile(self, variant: Variant) -> CompiledInApp:
        """Parse a variant once.

        Raises:
            LiquidError: it is not well-formed.
        """
        campaign, details, url = variant.step.campaign, variant.details, said(variant.details, URL)
        if url.startswith(("http://", "https://")):
            url = links.tagged(url, links.tags_of(campaign, medium=self.key))
        layout = said(details, "layout")
        return CompiledInApp(
            title=language.parse(variant.subject, is_html=False),
            body=language.parse(variant.text, is_html=False),
            button=language.parse(said(details, "button"), is_html=False),
            layout=layout if layout in LAYOUTS else "banner",
            url=url,
            image_url=said(details, IMAGE),
            rules={name: _within(details, name) for name in LIMITS} | {"priority": campaign.priority},
        )

    def problems(self, variant: Variant) -> list[ContentProblem]:
        """Return what is missing and what is out of its limits."""
        details, problems = variant.details, []
        if not variant.subject.strip() and not variant.text.strip():
            problems.append(ContentProblem("text", _("The content is empty.")))
        problems += address_problems(details)
        if said(details, "button") and not said(details, URL):
            problems.append(ContentProblem(URL, _("The button leads nowhere. Give the address that it opens.")))
        for name, (_usual, least, most) in LIMITS.items():
            if not least <= _number(details, name) <= most:
                message = _("Give a whole number from %(least)d to %(most)d.") % {"least": least, "most": most}
                problems.append(ContentProblem(name, message))
        return problems

    def violation(self, campaign: Campaign, account: ChannelAccount, rendered: RenderedInApp) -> SkipReason | None:
        """Look at the length only: label and opt-out belong to what is transmitted (L-26)."""
        return SkipReason.TOO_LONG if len(rendered.as_text()) > LONGEST else None

    def compose(self, rendered: RenderedInApp, envelope: Envelope) -> PreparedMessage:
        """Return the message as plain values, with the days in which it is shown."""
        ends_at = envelope.at + timedelta(days=rendered.rules["days"])
        return PreparedMessage(
            message_id=envelope.message_id,
            campaign_id=envelope.campaign_id,
            sender=envelope.account.sender_name,
            recipient=envelope.address,
            content={
                "layout": rendered.layout,
                "title": rendered.title,
                "body": rendered.body,
                "button": rendered.button,
                "url": rendered.url,
                "image_url": rendered.image_url,
                "starts_at": envelope.at.isoformat(),
                "ends_at": ends_at.isoformat(),
                "priority": rendered.rules["priority"],
                "most_views": rendered.rules["most_views"],
                "hours_between": rendered.rules["hours_between"],
            },
            kind=rendered.kind,
        )


def _number(details: Mapping[str, object], name: str) -> int:
    """Return a number of a variant's details; -1 where what stands there is none."""
    usual, _least, _most = LIMITS[name]
    value = details.get(name, usual)
    return value if isinstance(value, int) and not isinstance(value, bool) else -1


def _within(details: Mapping[str, object], name: str) -> int:
    _usual, least, most = LIMITS[name]
    return min(max(_number(details, name), least), most)
