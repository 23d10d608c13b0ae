"""What a campaign would do as it is typed: who would get it, what they would read, what keeps it from review."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.db import transaction
from liquid.exceptions import LiquidError

from campaigns import approval, lifecycle
from campaigns.compliance import information
from campaigns.editor.forms import CampaignForm
from campaigns.editor.message_frames import Frame, frame_of
from campaigns.editor.typed_content import Place, place_named
from campaigns.effect_hints import EffectHint, hint_of
from campaigns.errors import ContentRefused
from campaigns.models import Campaign, Variant
from campaigns.pipeline import content, gate
from campaigns.pipeline.content import ContentProblem
from campaigns.review.samples import Sample, samples


@dataclass
class DraftPreview:
    """The figures and the message beside the editor."""

    stages: list[gate.Stage] = field(default_factory=list)
    cost: int = 0
    samples: list[Sample] = field(default_factory=list)
    sample: Sample | None = None
    place: Place | None = None
    frame: Frame | None = None
    # The same content for the other samples, where it leaves as another kind there.
    others: list[tuple[Sample, Frame]] = field(default_factory=list)
    refusal: str = ""
    problems: list[tuple[str, str]] = field(default_factory=list)
    warnings: list[ContentProblem] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    hint: EffectHint | None = None

    @property
    def recipients(self) -> int:
        """Return how many would receive it now."""
        return gate.recipients(self.stages) if self.stages else 0


def preview(form: CampaignForm, *, place: str = "", sample_code: str = "", unmasked: bool = False) -> DraftPreview:
    """Return what the typed campaign would do. Nothing is stored.

    Args:
        place: the name of the content that is shown; without one the first.

    Raises:
        nothing for content that cannot be rendered: `refusal` says why.
    """
    form.is_valid()
    cells = form.content.cells
    shown = DraftPreview(problems=_problems(form))
    if form.content.ways[0].account is None:
        return shown
    named = place_named(form.content.typed, place)
    shown.place = named if named in cells else next(iter(cells))
    shown.warnings = cells[shown.place].warnings
    with _stored_for_a_moment(form) as campaign:
        shown.samples = samples(campaign, unmasked=unmasked)
        shown.missing = list(dict.fromkeys(lifecycle.what_is_missing(campaign)))
        if campaign.has_audience and not campaign.automation_id:
            shown.stages = gate.waterfall(campaign)
            shown.cost = approval.expected_cost(campaign)
            shown.hint = hint_of(campaign, shown.stages)
        _render(shown, _variant_at(campaign, shown.place), sample_code)
    return shown


def _problems(form: CampaignForm) -> list[tuple[str, str]]:
    """Return (name of the field, problem) of everything that was refused."""
    own = [(name, str(error)) for name, errors in form.errors.items() for error in errors]
    return [*own, *form.content.problems()]


def _render(shown: DraftPreview, variant: Variant, sample_code: str) -> None:
    """Draw the message of the chosen sample, and find the samples for whom it leaves as another kind."""
    chosen = [sample for sample in shown.samples if sample.code == sample_code] or shown.samples
    if not chosen:
        return
    shown.sample = chosen[0]
    try:
        frames = _frames(variant, shown.samples)
    except LiquidError:
        shown.refusal = " ".join(problem for _field, problem in shown.problems)
        return
    own = frames[shown.sample.code]
    if isinstance(own, ContentRefused):
        shown.refusal = str(own)
        return
    shown.frame = own
    shown.others = [
        (sample, frame)
        for sample in shown.samples
        if isinstance(frame := frames[sample.code], Frame) and frame.rendered.kind != own.rendered.kind
    ]


def _frames(variant: Variant, shown: Sequence[Sample]) -> dict[str, Frame | ContentRefused]:
    """Return the message of each sample by its code, or why it cannot be made."""
    compiled = content.compile_variant(variant)
    recipients = content.recipients_of([sample.customer for sample in shown], variant)
    frames: dict[str, Frame | ContentRefused] = {}
    for sample, recipient in zip(shown, recipients, strict=True):
        try:
            frames[sample.code] = frame_of(variant.account, compiled.render(recipient))
        except ContentRefused as refusal:
            frames[sample.code] = refusal
    return frames


def _variant_at(campaign: Campaign, place: Place) -> Variant:
    stored = Variant.objects.select_related("step__campaign", "step__account", "fallback__account")
    at = stored.filter(step__campaign=campaign, name=place.arm, locale=place.locale)
    return at.get(fallback__position=place.way) if place.way else at.get(fallback=None)


@contextmanager
def _stored_for_a_moment(form: CampaignForm) -> Iterator[Campaign]:
    """Store the typed campaign, let the questions be asked of the database, and take it back."""
    typed = form.cleaned_data
    with transaction.atomic():
        campaign = form.draft()
        campaign.pk = None
        campaign.save()
        campaign.excluded_segments.set(typed.get("excluded_segments") or [])
        campaign.coupons.set(typed.get("coupons") or [])
        form.content.save(campaign)
        form.save_offer(campaign)
        information.carry_over(form.instance, campaign)
        yield campaign
        transaction.set_rollback(True)
