"""What the experiment of a campaign could show, told while it is written and reviewed.

How large an effect can be seen is known above: analytics registers it in its `campaign_effects.py`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from django.utils.module_loading import autodiscover_modules

from campaigns.models import Campaign, SkipReason
from campaigns.pipeline import gate
from crm_project.registry import Registry


@dataclass(frozen=True, slots=True)
class EffectHint:
    """Sentences, and whether the experiment as it stands will show something."""

    words: tuple[str, ...]
    will_show: bool


# Of a stored campaign, how many are in its segment, and how many of them would receive it or be held out.
Hinting = Callable[[Campaign, int, int], EffectHint | None]
HINTS: Registry[Hinting] = Registry("hint about effects")


def hint_of(campaign: Campaign, stages: Sequence[gate.Stage]) -> EffectHint | None:
    """Return what the holdout and the variants will be able to show; None where nobody can tell."""
    held_out = sum(stage.removed for stage in stages if stage.code == SkipReason.HOLDOUT)
    people = held_out + gate.recipients(list(stages)) if stages else 0
    for hinting in _registered() if people else ():
        hint = hinting(campaign, stages[0].left, people)
        if hint:
            return hint
    return None


@cache
def _registered() -> Registry[Hinting]:
    autodiscover_modules("campaign_effects")
    return HINTS
