"""KakaoTalk Brand Message: advertising in the customer's KakaoTalk, marked by KakaoTalk itself (L-24, K-07, K-09).

`Variant.subject` is the head line, `Variant.text` the text; `details` holds the kind, the targeting and the other
parts: {"type", "targeting", "image_id", "image_url", "image_link", "buttons", "coupon", "commerce", "items", "cards",
"footnote", "video"}. Fields such as {{ name }} may stand in every text; plain web addresses count clicks. A picture is
one that the shop keeps, by its name, or a number at the gateway.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns import compliance, links
from campaigns.channels import mobile_numbers
from campaigns.channels.base import Envelope, MessageChannel, register
from campaigns.errors import ContentRefused
from campaigns.gateways.base import PreparedMessage
from campaigns.gateways.failures import Failure
from campaigns.kakao import brand, brand_parts, bubble, profiles
from campaigns.kakao.brand import BrandType
from campaigns.kakao.bubble import Bubble
from campaigns.kakao.profiles import Targeting
from campaigns.models import Campaign, ChannelAccount, KakaoProfile, MessagePicture, SkipReason, Variant
from campaigns.pipeline.language import ContentProblem
from campaigns.template_fields import Recipient, values
from customers.models.consent import Channel

TEXT = "TEXT"


@dataclass(frozen=True, slots=True)
class RenderedBrandMessage:
    """A Brand Message for one person: what is shown, and the same parts as a gateway takes them."""

    bubble: Bubble
    type: BrandType
    said: Mapping[str, Any]
    targeting: str
    profile_id: str
    is_advertising: bool
    opt_out_number: str
    opt_out_code: str
    links: list[tuple[int, str]]

    @property
    def kind(self) -> str:
        """Return what it leaves as."""
        return self.type.kind

    @property
    def text(self) -> str:
        """Return the text of the bubble."""
        return self.bubble.text

    def as_text(self) -> str:
        """Return all that is read, as plain text."""
        return self.bubble.as_text()


@dataclass(frozen=True)
class CompiledBrandMessage:
    """A Brand Message ready to be rendered many times."""

    campaign: Campaign
    account: ChannelAccount
    profile: KakaoProfile | None
    type: BrandType
    targeting: str
    parts: brand_parts.Parts
    links: tuple[str, ...]
    has_lost_pictures: bool
    problems: tuple[ContentProblem, ...] = field(default=())

    def render(self, recipient: Recipient, *, message_id: int | None = None) -> RenderedBrandMessage:
        """Return the message for this person; without a message id a preview, whose links lead to their targets.

        Raises:
            ContentRefused: a field without a value (VAR_MISSING), more than the kind takes (TOO_LONG), or a picture is
                gone.
        """
        if self.has_lost_pictures:
            raise ContentRefused(Failure.CONTENT, _("A picture of the message is not there any more."))
        filled = self.parts.fill(values(recipient), self._addresses(message_id))
        said = _labelled(filled, self.campaign, self.profile)
        is_advertising = compliance.needs_label(self.campaign)
        self._refuse_too_long(said)
        number, code = opt_out_of(self.account, self.profile) if self.targeting in profiles.BY_NUMBER else ("", "")
        return RenderedBrandMessage(
            bubble=bubble.of_brand_message(
                said,
                sender=self.profile.name if self.profile else self.account.sender_name,
                is_wide=self.type.is_wide,
                is_advertising=is_advertising,
                opt_out_number=number,
            ),
            type=self.type,
            said=said,
            targeting=self.targeting,
            profile_id=self.profile.profile_id if self.profile else "",
            is_advertising=is_advertising,
            opt_out_number=number,
            opt_out_code=code,
            links=list(enumerate(self.links, start=1)),
        )

    def _addresses(self, message_id: int | None) -> list[str]:
        if message_id is None:
            return list(self.links)
        return links.click_urls(message_id, len(self.links))

    def _refuse_too_long(self, said: Mapping[str, Any]) -> None:
        long = [fault for fault in brand.faults(self.type, said, targeting=self.targeting) if fault.is_length]
        if long:
            raise ContentRefused(SkipReason.TOO_LONG, long[0].message)


@register
class BrandMessageChannel(MessageChannel):
    """Advertising to the customer's KakaoTalk, by the mobile number."""

    key = "brand_message"
    label = gettext_lazy("Brand Message")
    icon = "message-square"
    consent = Channel.KAKAO
    kinds = tuple(each.kind for each in brand.TYPES.values())
    fields = ("text", "subject", "details")
    preview_template = "campaigns/frames/brand_message.html"

    address = staticmethod(mobile_numbers.address)
    sharers = staticmethod(mobile_numbers.sharers)

    def kind_label(self, kind: str) -> object:
        """Return what the kind of Brand Message is called."""
        known = next((each.label for each in brand.TYPES.values() if each.kind == kind), kind)
        return f"{self.label} · {known}"

    def sources(self, variant: Variant) -> Iterator[tuple[str, str]]:
        """Yield every text of its kind in which a field of ours stands."""
        for name, value in said_by(variant).items():
            yield from brand_parts.sources(value, _field_of(name))

    def compile(self, variant: Variant) -> CompiledBrandMessage:
        """Parse a variant once.

        Raises:
            LiquidError: it is not well-formed; `content.check` says so in words.
        """
        campaign = variant.step.campaign
        parts = brand_parts.parse(said_by(variant))
        tags = links.tags_of(campaign, medium="kakao")
        return CompiledBrandMessage(
            campaign=campaign,
            account=variant.account,
            profile=variant.account.kakao_profile,
            type=type_of(variant),
            targeting=targeting_of(variant),
            parts=parts,
            links=tuple(links.tagged(url, tags) for url in parts.links),
            has_lost_pictures=bool(brand_parts.picture_names(parts.tree)),
        )

    def problems(self, variant: Variant) -> list[ContentProblem]:
        """Return what is missing, what does not fit the kind, and what the law and Kakao say about it."""
        problems = _targeting_problems(variant) + _mark_problems(variant)
        said = _labelled(said_by(variant), variant.step.campaign, variant.account.kakao_profile)
        for fault in brand.faults(type_of(variant), said, targeting=targeting_of(variant)):
            # A text with fields in it is measured when they are filled in.
            if not (fault.is_length and any(brand_parts.sources(said.get(fault.part), ""))):
                problems.append(ContentProblem(_field_of(fault.part), fault.message))
        return problems + _picture_problems(said)

    def violation(
        self, campaign: Campaign, account: ChannelAccount, rendered: RenderedBrandMessage
    ) -> SkipReason | None:
        """Look for the mark and the way to refuse in the finished message."""
        if not compliance.needs_label(campaign):
            return None
        if not rendered.is_advertising:
            return SkipReason.LABEL
        if rendered.targeting in profiles.BY_NUMBER and not rendered.opt_out_number:
            return SkipReason.NO_080
        return None

    def compose(self, rendered: RenderedBrandMessage, envelope: Envelope) -> PreparedMessage:
        """Return the parts as plain values; a gateway calls them by its own names."""
        return PreparedMessage(
            message_id=envelope.message_id,
            campaign_id=envelope.campaign_id,
            sender=envelope.account.sender_address,
            recipient=envelope.address,
            content={
                "profile": rendered.profile_id,
                "type": rendered.type.key,
                "targeting": rendered.targeting,
                "is_advertising": rendered.is_advertising,
                "opt_out_number": rendered.opt_out_number,
                "opt_out_code": rendered.opt_out_code,
                **rendered.said,
            },
            kind=rendered.kind,
            arrive_by=envelope.arrive_by,
        )


def type_of(variant: Variant) -> BrandType:
    """Return the kind of Brand Message; a text where the variant names none."""
    return brand.TYPES.get(str(variant.details.get("type")), brand.TYPES[TEXT])


def targeting_of(variant: Variant) -> str:
    """Return whom KakaoTalk lets it reach; channel friends where the variant does not say."""
    return str(variant.details.get("targeting") or Targeting.FRIENDS)


def said_by(variant: Variant) -> dict[str, Any]:
    """Return the parts of the message as their author wrote them, those that its kind takes."""
    written = {"text": variant.text, "header": variant.subject, **brand_parts.tidied(variant.details)}
    return brand.taken(type_of(variant), written)


def _labelled(said: dict[str, Any], campaign: Campaign, profile: KakaoProfile | None) -> dict[str, Any]:
    """Return the parts with the label in the text of an advertisement, where the gateway leaves that to us."""
    if "text" in said and profile and profile.labels_body and compliance.needs_label(campaign):
        return said | {"text": compliance.labelled(str(said["text"]))}
    return said


def opt_out_of(account: ChannelAccount, profile: KakaoProfile | None) -> tuple[str, str]:
    """Return the 080 number and its code: those of the channel, else the number of the sending account."""
    if profile and profile.opt_out_number:
        return profile.opt_out_number, profile.opt_out_code
    return account.opt_out_number, ""


def _targeting_problems(variant: Variant) -> list[ContentProblem]:
    account, profile, targeting = variant.account, variant.account.kakao_profile, targeting_of(variant)
    if profile is None:
        message = _("The sending account has no KakaoTalk channel. Choose one in its settings.")
        return [ContentProblem("account", message)]
    problems = []
    if targeting not in profiles.targetings_of(account.gateway):
        message = _("The gateway of this sending account does not know the targeting “%s” (K-07).") % targeting
        problems.append(ContentProblem("details.targeting", message))
    if targeting in profiles.BEYOND_FRIENDS and not profiles.may_write_beyond_friends(profile):
        message = _("The KakaoTalk channel may not write to people who are no channel friends: see its check list.")
        problems.append(ContentProblem("details.targeting", message))
    if targeting in profiles.BY_NUMBER and not opt_out_of(account, profile)[0]:
        message = _(
            "This targeting needs an 080 opt-out number, on the KakaoTalk channel or the sending account (L-24)."
        )
        problems.append(ContentProblem("details.targeting", message))
    return problems


def _mark_problems(variant: Variant) -> list[ContentProblem]:
    is_advertising = compliance.needs_label(variant.step.campaign)
    if is_advertising and variant.details.get("ad_flag", True) is False:
        message = _("KakaoTalk's advertising mark cannot be taken off an advertising message (L-24).")
        return [ContentProblem("details.ad_flag", message)]
    if not is_advertising and type_of(variant).is_always_marked:
        message = _("This kind is always marked as advertising; choose another one for information.")
        return [ContentProblem("details.type", message)]
    return []


def _picture_problems(said: Mapping[str, Any]) -> list[ContentProblem]:
    names = brand_parts.picture_names(said)
    gone = set(names).difference(MessagePicture.objects.filter(name__in=names).values_list("name", flat=True))
    lacking = [part for part, value in said.items() if gone.intersection(brand_parts.picture_names({part: value}))]
    message = _("A picture of the message is not there any more.")
    return [ContentProblem(_field_of(part), message) for part in lacking]


def _field_of(part: str) -> str:
    return {"text": "text", "header": "subject"}.get(part, f"details.{part}")
