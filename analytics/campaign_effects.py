"""How large an effect a campaign's experiment will show, for its editor and its review."""

from analytics.experiments.sample_size import hint
from campaigns.effect_hints import HINTS

HINTS.register("sample size", hint)
