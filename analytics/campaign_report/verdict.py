"""The report in one sentence: what is credited, what it added beyond the holdout, what each won spent brought."""

from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analytics.campaign_report.report import Report
from analytics.experiments.reading import Reading
from analytics.experiments.verdict import between_won
from crm_project.templatetags.formats import number_text, percent_text, won_text


def verdict_of(report: Report) -> str:
    """Return the verdict; where nobody can tell yet what the campaign added, it says so."""
    # What a message of an automation added, the whole automation tells.
    is_told = report.reading is not None or report.campaign.automation_id is None
    added = _added(report.reading) if is_told else ""
    said = [_earned(report), added, _returned(report.costs.roi(report.funnel))]
    return " ".join(filter(None, said))


def _earned(report: Report) -> str:
    funnel = report.funnel
    if not funnel.orders:
        return _("No purchase is attributed yet.")
    sums = {"won": won_text(funnel.net), "orders": number_text(funnel.orders), "buyers": number_text(funnel.buyers)}
    return (
        ngettext(
            "%(won)s attributed, from %(orders)s order of %(buyers)s customers.",
            "%(won)s attributed, from %(orders)s orders of %(buyers)s customers.",
            funnel.orders,
        )
        % sums
    )


def _added(reading: Reading | None) -> str:
    if reading is None or reading.holdout is None:
        return _("Without a holdout nobody can tell what they would have bought anyway.")
    if not reading.holdout.is_decided:
        return reading.verdict.words
    total = reading.holdout.total
    sums = {"won": won_text(abs(total.middle)), "between": between_won(total)}
    if total.middle < 0:
        return _("−%(won)s against the holdout (95 %%: %(between)s).") % sums
    return _("+%(won)s more than the holdout (95 %%: %(between)s).") % sums


def _returned(roi: Decimal | None) -> str:
    return _("ROI %(times)s.") % {"times": roi_text(roi)} if roi is not None else ""


def roi_text(roi: Decimal | None) -> str:
    """Write a return in per cent of what was spent: 4.14 → 414 %; a small one with a decimal."""
    return percent_text(roi, 1 if roi is not None and abs(roi) < Decimal("0.1") else 0)
