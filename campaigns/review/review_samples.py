"""What the recipients will read, way by way, as their device shows it: for the page on which somebody decides."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from liquid.exceptions import LiquidError

from campaigns.channels.base import MessageChannel, Rendered, channel_of
from campaigns.editor.message_frames import frame_of
from campaigns.errors import ContentRefused
from campaigns.models import Campaign, ChannelAccount, Variant
from campaigns.pipeline import content
from campaigns.review.samples import Sample, samples

MAIL = "email"


@dataclass(frozen=True, slots=True)
class ShownSample:
    """A message as one customer would get it, or why it cannot be made. A mail's body has an address of its own."""

    sample: Sample
    rendered: Rendered | None = None
    refusal: str = ""
    subject: SafeString | str = ""
    body_url: str = ""
    frame: SafeString | str = ""


@dataclass(frozen=True, slots=True)
class ShownContent:
    """One arm of one way in one language."""

    name: str
    samples: Sequence[ShownSample]


@dataclass(frozen=True, slots=True)
class ShownWay:
    """One account over which the campaign leaves. `leg` 0 is the step's own, then its fallbacks."""

    leg: int
    account: ChannelAccount
    channel: MessageChannel
    contents: Sequence[ShownContent]


def ways_shown(campaign: Campaign, *, unmasked: bool) -> list[ShownWay]:
    """Return each way of the campaign with its contents, each made for the same few customers."""
    stored = Variant.objects.filter(step__campaign=campaign)
    variants = stored.select_related("step__campaign", "step__account", "fallback__account")
    people = samples(campaign, unmasked=unmasked)
    by_leg: dict[int, list[Variant]] = {}
    for variant in variants.order_by("step__position", "fallback__position", "name", "locale"):
        by_leg.setdefault(variant.fallback.position if variant.fallback else 0, []).append(variant)
    return [_way(leg, of_leg, people) for leg, of_leg in sorted(by_leg.items())]


def _way(leg: int, variants: Sequence[Variant], people: Sequence[Sample]) -> ShownWay:
    account = variants[0].account
    weights = sum(each.weight for each in variants if not each.locale)
    contents = [ShownContent(_name(each, weights), list(_shown(each, people))) for each in variants]
    return ShownWay(leg, account, channel_of(account), contents)


def _name(variant: Variant, weights: int) -> str:
    """Return what tells this content from the others: its arm with its share, its language; alone it has no name."""
    if variant.locale:
        return _("%(arm)s, for readers of “%(language)s”") % {"arm": variant.name, "language": variant.locale}
    if variant.weight == weights:
        return ""
    return _("%(arm)s, %(percent)s %% of them") % {"arm": variant.name, "percent": 100 * variant.weight // weights}


def _shown(variant: Variant, people: Sequence[Sample]) -> Iterator[ShownSample]:
    recipients = content.recipients_of([sample.customer for sample in people], variant)
    try:
        compiled = content.compile_variant(variant)
    except LiquidError as error:
        yield from (ShownSample(sample, refusal=str(error)) for sample in people[:1])
        return
    for sample, recipient in zip(people, recipients, strict=True):
        try:
            yield _made(variant, sample, compiled.render(recipient))
        except ContentRefused as refusal:
            yield ShownSample(sample, refusal=str(refusal))


def _made(variant: Variant, sample: Sample, rendered: Rendered) -> ShownSample:
    if variant.account.channel != MAIL:
        return ShownSample(sample, rendered, frame=frame_of(variant.account, rendered).draw())
    place = [variant.step.campaign_id, variant.pk, sample.code]
    url = reverse("admin:campaigns_campaign_sample_mail", args=place)
    return ShownSample(sample, rendered, subject=_marked(rendered), body_url=url)


def _marked(mail: Rendered) -> SafeString:
    """Return the subject with the label that nobody can edit away set apart."""
    subject, label = getattr(mail, "subject", ""), getattr(mail, "label", "")
    rest = subject.removeprefix(label)
    return format_html('<span class="mandatory">{}</span>{}', label, rest) if label else escape(rest)
