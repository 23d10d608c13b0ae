"""Who may receive: one ordered list of reasons against, asked three times (docs/rules.md).

Counted for the preview, stored for each planned row, and asked again for each slice just before the wire. A reason is
a code of `SkipReason` and a condition on a customer; the first that holds is the one that counts. What the reasons are
about: `person`, `permission`, `hours`, `frequency`, `sender`, `address`; of messages of automations also `journeys`.
`asking` puts them in order for one way, `ways` tries one way after the other, `waterfall` counts. May import the
tables, the channels, `compliance` and the exits of automations.
"""

from campaigns.pipeline.gate.asking import Gate, gate_of
from campaigns.pipeline.gate.waterfall import (
    EXCLUDED,
    Stage,
    label_of,
    planned_waterfall,
    recipients,
    recipients_by_leg,
    sample_removed,
    waterfall,
)
from campaigns.pipeline.gate.ways import Ways, ways_of

__all__ = [
    "EXCLUDED",
    "Gate",
    "Stage",
    "Ways",
    "gate_of",
    "label_of",
    "planned_waterfall",
    "recipients",
    "recipients_by_leg",
    "sample_removed",
    "waterfall",
    "ways_of",
]
