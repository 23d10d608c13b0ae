"""NPS and CSAT from counts: the figure with its 95 % interval, honest where few answered.

NPS = share of 9 and 10 less share of 0 to 6, from −100 to 100. CSAT = share of 4 and 5.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

from customers.feedback import questions
from customers.models import ScoreKind

Z = 1.96
# Below so many answers a figure is shown with a word of warning.
FEW = 30


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a scale over some answers; NPS in points from −100 to 100, CSAT as a share of one."""

    kind: str
    value: float
    low: float
    high: float
    count: int

    @property
    def is_few(self) -> bool:
        """Tell whether chance alone may move it far."""
        return self.count < FEW


def figure(kind: str, counts: Mapping[int, int]) -> Figure | None:
    """Return the figure of so many answers by score; None where nobody answered."""
    total = sum(counts.values())
    if not total:
        return None
    return _nps(counts, total) if kind == ScoreKind.NPS else _csat(counts, total)


def _nps(counts: Mapping[int, int], total: int) -> Figure:
    low_score = questions.USUALLY_LOW[ScoreKind.NPS]
    promoters = sum(count for score, count in counts.items() if score >= questions.PROMOTERS_FROM) / total
    detractors = sum(count for score, count in counts.items() if score <= low_score) / total
    value = promoters - detractors
    # The answers count as 1, 0 and −1; three made-up ones, spread like nobody knows, keep few from looking sure.
    shares = [(promoters * total + 0.75) / (total + 3), (detractors * total + 0.75) / (total + 3)]
    middle = shares[0] - shares[1]
    half = Z * sqrt(max(0.0, shares[0] + shares[1] - middle**2) / (total + 3))
    low, high = max(-1.0, min(value, middle - half)), min(1.0, max(value, middle + half))
    return Figure(ScoreKind.NPS, 100 * value, 100 * low, 100 * high, total)


def _csat(counts: Mapping[int, int], total: int) -> Figure:
    """Wilson's interval, which stays within 0 and 1 and does not vanish where all agree."""
    share = sum(count for score, count in counts.items() if score >= questions.CONTENT_FROM) / total
    centre = (share + Z**2 / (2 * total)) / (1 + Z**2 / total)
    half = Z / (1 + Z**2 / total) * sqrt(share * (1 - share) / total + Z**2 / (4 * total**2))
    return Figure(ScoreKind.CSAT, share, max(0.0, centre - half), min(1.0, centre + half), total)
