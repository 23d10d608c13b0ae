"""What a comparison says, in words: too early, too little, nothing to be seen, more, less, the best."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from analytics.experiments.comparison import FEWEST_BUYERS, FEWEST_PEOPLE, Comparison, best_of, has_winner, is_enough
from analytics.experiments.intervals import Arm, Interval
from crm_project.templatetags.formats import moment_text, number_text, percent_text, won_text


@dataclass(frozen=True, slots=True)
class Verdict:
    """`code` for machines: early, few, none, more, less, best. `title` stands in a badge, `words` in a sentence."""

    code: str
    tone: str
    title: str
    words: str


def too_early(closes: datetime | None) -> Verdict:
    """Say that the window is still open; nobody is told who leads, so that nobody stops while their side does."""
    if closes is None:
        words = _(
            "Too early: messages are still leaving. The verdict comes when the window after the last one has ended."
        )
    else:
        words = _("Too early: the window ends on %(moment)s.") % {"moment": moment_text(closes)}
    return Verdict("early", "busy", _("Too early"), words)


def against_holdout(comparison: Comparison) -> Verdict:
    """Say what the campaign added, once its window has ended."""
    lacking = too_few({_("who were written to"): comparison.arm, _("held out"): comparison.against})
    if lacking:
        return lacking
    total = comparison.total
    sums = {"total": won_text(total.middle), "between": between_won(total)}
    if not comparison.is_decided:
        words = _("No effect can be told from chance: what it added lies between %(between)s.") % sums
        return Verdict("none", "quiet", _("No effect shown"), words + _clear_of_conversion(comparison))
    if comparison.revenue.is_above_zero:
        words = _("It earned %(total)s more than the holdout shows they would have spent anyway (95 %%: %(between)s).")
        return Verdict("more", "good", _("Earned more"), words % sums)
    sums["total"] = won_text(-total.middle)
    words = _("They spent %(total)s less than the holdout shows they would have (95 %%: %(between)s).")
    return Verdict("less", "bad", _("Earned less"), words % sums)


def of_everything(comparison: Comparison) -> Verdict:
    """Say what all advertising together added over a period."""
    if not comparison.is_over:
        return Verdict("early", "busy", _("Too early"), _("Too early: the period has not ended."))
    lacking = too_few({_("who may get advertising"): comparison.arm, _("held out of all"): comparison.against})
    if lacking:
        return lacking
    total = comparison.total
    sums = {"total": won_text(abs(total.middle)), "between": between_won(total)}
    if not comparison.is_decided:
        words = _("No effect of all advertising together can be told from chance: it lies between %(between)s.")
        return Verdict("none", "quiet", _("No effect shown"), words % sums)
    if comparison.revenue.is_above_zero:
        words = _("All advertising together earned %(total)s more than without it (95 %%: %(between)s).")
        return Verdict("more", "good", _("Earned more"), words % sums)
    words = _("With advertising people spent %(total)s less than without it (95 %%: %(between)s).")
    return Verdict("less", "bad", _("Earned less"), words % sums)


def of_variants(arms: Mapping[str, Arm], comparisons: Sequence[Comparison]) -> Verdict:
    """Say which variant is the best, once the window has ended."""
    lacking = too_few({_("who got %(variant)s") % {"variant": name}: arm for name, arm in arms.items()})
    if lacking:
        return lacking
    best = best_of(arms)
    if has_winner(list(comparisons)):
        nearest = max(comparisons, key=lambda each: each.revenue.middle)
        words = _("%(best)s is the best: %(won)s more per person than %(next)s (%(sure)s: %(between)s).") % {
            "best": best,
            "won": won_text(round(-nearest.revenue.middle)),
            "next": nearest.label,
            "sure": percent_text(nearest.confidence),
            "between": between_won(turned(nearest.revenue).times(1)),
        }
        return Verdict("best", "good", _("%(best)s is the best") % {"best": best}, words)
    words = _("No variant is the best beyond chance. Keep the one you like, or test again with more people.")
    return Verdict("none", "quiet", _("No winner"), words)


def too_few(arms: Mapping[str, Arm]) -> Verdict | None:
    """Say which group is the smallest where any is too small; None where all are large enough."""
    lacking = [name for name, arm in arms.items() if not is_enough(arm)]
    if not lacking:
        return None
    name = min(lacking, key=lambda each: (arms[each].buyers, arms[each].people))
    words = _(
        "Not enough data: of the %(people)s people %(group)s, %(buyers)s bought. "
        "Each group takes at least %(fewest_people)s people and %(fewest_buyers)s buyers."
    ) % {
        "people": number_text(arms[name].people),
        "group": name,
        "buyers": number_text(arms[name].buyers),
        "fewest_people": FEWEST_PEOPLE,
        "fewest_buyers": FEWEST_BUYERS,
    }
    return Verdict("few", "wait", _("Not enough data"), words)


def turned(interval: Interval) -> Interval:
    """Return the same difference seen from the other side."""
    return Interval(
        None if interval.high is None else -interval.high,
        -interval.middle,
        None if interval.low is None else -interval.low,
    )


def between_won(interval: Interval) -> str:
    """Write the bounds of an interval in won."""
    return _("%(low)s to %(high)s") % {"low": won_text(interval.low), "high": won_text(interval.high)}


def _clear_of_conversion(comparison: Comparison) -> str:
    """Say that more people bought, where that is clear although the money is not."""
    conversion = comparison.conversion
    if not conversion.is_above_zero and not conversion.is_below_zero:
        return ""
    return " " + _("Of the share who bought it is clear: %(low)s to %(high)s.") % {
        "low": points_text(conversion.low or 0.0),
        "high": points_text(conversion.high or 0.0),
    }


def points_text(share: float) -> str:
    """Write a difference of two shares in percentage points: +1.2 %p."""
    return _("%(points)sp") % {"points": ("+" if share > 0 else "") + percent_text(share)}
