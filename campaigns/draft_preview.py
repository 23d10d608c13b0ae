"""What a campaign would do as it is typed: who would get it, what they would read, what keeps it from review."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.db import transaction
from liquid.exceptions import LiquidError

from campaigns import approval, lifecycle
from campaigns.errors import ContentRefused
from campaigns.forms import CONTENT_FIELDS, CampaignForm
from campaigns.models import Campaign, Step, Variant
from campaigns.pipeline import content, gate
from campaigns.pipeline.content import ContentProblem, Rendered
from campaigns.samples import Sample, samples

AUDIENCE_FIELDS = ("purpose", "information_basis", "segment", "holdout_percent", "scheduled_at")


@dataclass
class DraftPreview:
    """The figures and the mail beside the editor."""

    stages: list[gate.Stage] = field(default_factory=list)
    cost: int = 0
    samples: list[Sample] = field(default_factory=list)
    sample: Sample | None = None
    mail: Rendered | None = None
    refusal: str = ""
    problems: list[ContentProblem] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    @property
    def recipients(self) -> int:
        """Return how many would receive it now."""
        return gate.recipients(self.stages) if self.stages else 0


def preview(form: CampaignForm, *, sample_code: str = "", unmasked: bool = False) -> DraftPreview:
    """Return what the typed campaign would do. Nothing is stored.

    Raises:
        nothing for content that cannot be rendered: `refusal` says why.
    """
    form.is_valid()
    if not form.cleaned_data.get("account"):
        return DraftPreview()
    with _stored_for_a_moment(form) as variant:
        campaign = variant.step.campaign
        shown = DraftPreview(samples=samples(campaign, unmasked=unmasked), problems=content.check(variant))
        shown.missing = lifecycle.what_is_missing(campaign)
        if campaign.segment_id:
            shown.stages = gate.waterfall(campaign)
            shown.cost = approval.expected_cost(campaign, shown.recipients)
        _render(shown, variant, sample_code)
    return shown


def _render(shown: DraftPreview, variant: Variant, sample_code: str) -> None:
    chosen = [sample for sample in shown.samples if sample.code == sample_code] or shown.samples
    if not chosen:
        return
    shown.sample = chosen[0]
    try:
        shown.mail = content.render(variant, chosen[0].customer)
    except ContentRefused as refused:
        shown.refusal = str(refused)
    except LiquidError:
        shown.refusal = " ".join(str(problem) for problem in shown.problems if not problem.is_warning)


@contextmanager
def _stored_for_a_moment(form: CampaignForm) -> Iterator[Variant]:
    """Store the typed campaign, let the questions be asked of the database, and take it back."""
    typed = form.cleaned_data
    with transaction.atomic():
        campaign = Campaign.objects.create(
            name=typed.get("name") or "…", **{name: typed[name] for name in AUDIENCE_FIELDS if typed.get(name)}
        )
        campaign.excluded_segments.set(typed.get("excluded_segments") or [])
        step = Step.objects.create(campaign=campaign, account=typed["account"])
        # What is wrong with the content is shown as typed, so take it from the form's data where it was refused.
        texts = {name: typed.get(name, form.data.get(name, "")) for name in CONTENT_FIELDS}
        yield Variant.objects.create(step=step, **texts)
        transaction.set_rollback(True)
