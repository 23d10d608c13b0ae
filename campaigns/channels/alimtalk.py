"""KakaoTalk AlimTalk: approved templates of the shop's KakaoTalk channel, for information only (L-25, K-01).

A variant says which template and what its variables are: {"template": 12, "values": {"이름": "{{ name }}"}}. A value
that is nothing but a web address counts clicks: the message carries an address of ours instead.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from liquid import BoundTemplate

from campaigns import compliance, links
from campaigns.channels import mobile_numbers
from campaigns.channels.base import Envelope, MessageChannel, register
from campaigns.errors import ContentRefused
from campaigns.gateways.base import PreparedMessage
from campaigns.kakao import bubble
from campaigns.kakao.brand_parts import WEB_ADDRESS
from campaigns.kakao.bubble import Bubble
from campaigns.kakao.variables import filled, mismatch
from campaigns.models import Campaign, ChannelAccount, KakaoTemplate, SkipReason, Variant
from campaigns.models.kakao import LONGEST_BODY
from campaigns.pipeline import language
from campaigns.pipeline.language import ContentProblem
from campaigns.template_fields import Recipient, values
from customers.models.consent import Channel

KIND = "alimtalk"


@dataclass(frozen=True, slots=True)
class RenderedAlimTalk:
    """A template filled in for one person: what is shown, and the values that the gateway fills in itself."""

    bubble: Bubble
    profile_id: str
    template_code: str
    variables: dict[str, str]
    links: list[tuple[int, str]]

    @property
    def kind(self) -> str:
        """Return what it leaves as."""
        return KIND

    @property
    def text(self) -> str:
        """Return the text of the bubble."""
        return self.bubble.text

    def as_text(self) -> str:
        """Return all that is read, as plain text."""
        return self.bubble.as_text()


@dataclass(frozen=True)
class CompiledAlimTalk:
    """A template with the values for its variables, ready to be rendered many times."""

    template: KakaoTemplate | None
    values: Mapping[str, BoundTemplate]
    # Variables that carry a link: the number of the link, and whether the template writes the https:// itself.
    linked: Mapping[str, tuple[int, bool]]
    links: tuple[str, ...]
    problems: tuple[ContentProblem, ...] = field(default=())

    def render(self, recipient: Recipient, *, message_id: int | None = None) -> RenderedAlimTalk:
        """Return the message for this person; without a message id a preview, whose links lead to their targets.

        Raises:
            ContentRefused: no template, a variable without a value (VAR_MISSING), or over 1,300 characters (TOO_LONG).
        """
        if self.template is None:
            raise ContentRefused(SkipReason.TEMPLATE_NOT_APPROVED, _("Choose the template that is sent."))
        if message_id is not None and not self.template.is_approved:
            raise ContentRefused(SkipReason.TEMPLATE_NOT_APPROVED, _not_approved(self.template))
        known = values(recipient)
        # One that may be empty and was left out is empty, and not read as “#{name}”.
        said = dict.fromkeys(self.template.variables, "")
        said |= {name: language.fill(source, known).strip() for name, source in self.values.items()}
        said |= {name: self._address(name, message_id) for name in self.linked}
        _refuse_empty(self.template, said)
        shown = bubble.of_template(self.template, said)
        if len(shown.text) > LONGEST_BODY:
            raise ContentRefused(SkipReason.TOO_LONG, _too_long(len(shown.text)))
        return RenderedAlimTalk(
            bubble=shown,
            profile_id=self.template.profile.profile_id,
            template_code=self.template.code,
            variables=said,
            links=list(enumerate(self.links, start=1)),
        )

    def _address(self, name: str, message_id: int | None) -> str:
        number, has_scheme_before = self.linked[name]
        url = self.links[number - 1] if message_id is None else links.click_url(message_id, number)
        return url.partition("://")[2] if has_scheme_before else url


@register
class AlimTalkChannel(MessageChannel):
    """Information to the customer's KakaoTalk, by the mobile number."""

    key = "alimtalk"
    label = gettext_lazy("AlimTalk")
    icon = "message-square"
    consent = Channel.KAKAO
    may_advertise = False
    kinds = (KIND,)
    fields = ("details",)
    preview_template = "campaigns/frames/alimtalk.html"

    address = staticmethod(mobile_numbers.address)
    sharers = staticmethod(mobile_numbers.sharers)

    def sources(self, variant: Variant) -> Iterator[tuple[str, str]]:
        """Yield the values of the variables, which may hold fields of ours."""
        for name, source in values_of(variant).items():
            yield f"details.values.{name}", source

    def covers(self, variant: Variant) -> dict[str, object]:
        """Return the template's text and buttons: another text is another message, approved or not."""
        template = template_of(variant)
        inspected = {name: getattr(template, name) for name in KakaoTemplate.INSPECTED} if template else {}
        return {"template": inspected}

    def compile(self, variant: Variant) -> CompiledAlimTalk:
        """Parse a variant once.

        Raises:
            LiquidError: a value is not well-formed; `content.check` says so in words.
        """
        template, given = template_of(variant), values_of(variant)
        tags = links.tags_of(variant.step.campaign, medium="kakao")
        targets = {name: source.strip() for name, source in given.items() if WEB_ADDRESS.fullmatch(source.strip())}
        numbers = {url: number for number, url in enumerate(dict.fromkeys(targets.values()), start=1)}
        return CompiledAlimTalk(
            template=template,
            values={name: language.parse(source, is_html=False) for name, source in given.items()},
            linked={name: (numbers[url], _has_scheme_before(name, template)) for name, url in targets.items()},
            links=tuple(links.tagged(url, tags) for url in numbers),
        )

    def problems(self, variant: Variant) -> list[ContentProblem]:
        """Return what is missing, and what Kakao and the law say about it."""
        template = template_of(variant)
        problems = _purpose_problems(variant.step.campaign)
        if template is None:
            return [*problems, ContentProblem("details.template", _("Choose the template that is sent."))]
        problems += _template_problems(template, variant.account)
        problems += _variable_problems(template, values_of(variant))
        return problems

    def violation(self, campaign: Campaign, account: ChannelAccount, rendered: RenderedAlimTalk) -> SkipReason | None:
        """Look once more whether it is information."""
        if compliance.needs_label(campaign):
            return SkipReason.LABEL
        return None

    def compose(self, rendered: RenderedAlimTalk, envelope: Envelope) -> PreparedMessage:
        """Return the template and its values: the gateway writes the text itself, and never gets both (K-04)."""
        return PreparedMessage(
            message_id=envelope.message_id,
            campaign_id=envelope.campaign_id,
            sender=envelope.account.sender_address,
            recipient=envelope.address,
            content={
                "profile": rendered.profile_id,
                "template": rendered.template_code,
                "variables": rendered.variables,
                "text": rendered.text,
            },
            kind=rendered.kind,
            arrive_by=envelope.arrive_by,
        )


def template_of(variant: Variant) -> KakaoTemplate | None:
    """Return the template that a variant names, None where it names none that is there."""
    number = variant.details.get("template")
    if not isinstance(number, int):
        return None
    return KakaoTemplate.objects.select_related("profile").filter(pk=number).first()


def values_of(variant: Variant) -> dict[str, str]:
    """Return what a variant writes for the variables of its template."""
    return {name: str(source) for name, source in (variant.details.get("values") or {}).items()}


def _refuse_empty(template: KakaoTemplate, said: Mapping[str, str]) -> None:
    empty = mismatch(template.variables, said, optional=template.optional_variables).missing
    if empty:
        message = _("The customer has no value for “%s” of the template.") % ", ".join(empty)
        raise ContentRefused(SkipReason.VAR_MISSING, message)


def _has_scheme_before(name: str, template: KakaoTemplate | None) -> bool:
    """Tell whether the template itself writes https:// before the variable."""
    return template is not None and any(f"://#{{{name}}}" in text for text in template.texts)


def _purpose_problems(campaign: Campaign) -> list[ContentProblem]:
    if campaign.purpose != Campaign.MessagePurpose.ADVERTISING:
        return []
    message = _("AlimTalk carries information only (L-25). Send advertising as a Brand Message or a text message.")
    return [ContentProblem("account", message)]


def _template_problems(template: KakaoTemplate, account: ChannelAccount) -> list[ContentProblem]:
    problems = []
    if not template.is_approved:
        problems.append(ContentProblem("details.template", _not_approved(template)))
    if account.kakao_profile_id != template.profile_id:
        message = _("The template belongs to the KakaoTalk channel “%s”, which this sending account is not for.")
        problems.append(ContentProblem("details.template", message % template.profile.name))
    return problems


def _variable_problems(template: KakaoTemplate, given: Mapping[str, str]) -> list[ContentProblem]:
    differing = mismatch(template.variables, given, optional=template.optional_variables)
    missing = [
        ContentProblem(f"details.values.{name}", _("The variable “%s” of the template has no value.") % name)
        for name in differing.missing
    ]
    unknown = [
        ContentProblem(f"details.values.{name}", _("The template has no variable “%s”.") % name)
        for name in differing.unknown
    ]
    length = len(filled(template.body, dict.fromkeys(template.variables, "")))
    if length > LONGEST_BODY:
        return [*missing, *unknown, ContentProblem("details.template", _too_long(length))]
    return [*missing, *unknown, *_honoured_twice(template, given)]


def _honoured_twice(template: KakaoTemplate, given: Mapping[str, str]) -> list[ContentProblem]:
    """Return a problem for each 님 that both the template and the value would write (F-05)."""
    message = _("The template writes 님 after it. Leave the filter “honorific” out.")
    return [
        ContentProblem(f"details.values.{name}", message)
        for name, source in given.items()
        if "honorific" in source and any(f"#{{{name}}}님" in text for text in template.texts)
    ]


def _not_approved(template: KakaoTemplate) -> str:
    return _("Kakao has not approved the template “%(name)s”: it is %(state)s (K-02).") % {
        "name": template.name,
        "state": template.get_state_display(),
    }


def _too_long(length: int) -> str:
    return _("The text has %(length)s characters; AlimTalk carries 1,300 (K-01).") % {"length": f"{length:,}"}
