"""The page of the ladder: who stands where, what each tier takes and gives, and who moved lately."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from crm_project.templatetags.formats import number_text, percent_text
from customers.segments.ready import address_of
from loyalty.models import TierEvaluationRun, TierRuleVersion
from loyalty.tiers import ladder
from loyalty.tiers.ladder import Ladder
from loyalty.tiers.pages import ladder_figures
from loyalty.tiers.pages.ladder_figures import AT_RISK_DAYS, Rank

RUNS_SHOWN = 6


def page(request: HttpRequest) -> HttpResponse:
    """Show the ladder in force, or how to begin one."""
    version = ladder.newest()
    context = admin.site.each_context(request) | {"title": _("Tiers"), "version": version}
    context["may_change"] = request.user.has_perm("loyalty.change_tier")
    if version is None:
        return render(request, "loyalty/tiers/ladder.html", context)
    rules, steps, since = ladder.ladder_of(version), ladder_figures.ranks(version), ladder_figures.first_day()
    may_build = request.user.has_perm("customers.add_segment")
    context |= {
        "steps": [(step, _addresses(step) if may_build else {}) for step in steps],
        "rules_in_words": rules_in_words(rules),
        "headline": _headline(steps),
        "movement": ladder_figures.moves(rules, steps, since),
        "since": since,
        "at_risk_days": AT_RISK_DAYS,
        "runs": TierEvaluationRun.objects.order_by("-as_of")[:RUNS_SHOWN],
        "has_multipliers": any(step.tier.points_percent != 100 for step in steps),
    }
    return render(request, "loyalty/tiers/ladder.html", context)


def rules_in_words(rules: Ladder) -> list[tuple[str, str]]:
    """Return the rules of a ladder as labels and words."""
    window = TierRuleVersion.Window(rules.window)
    within = {
        window.ROLLING: _("the last %(months)d months, day by day") % {"months": rules.window_months},
        window.CALENDAR: _("the calendar year and the one before it"),
        window.ANNIVERSARY: _("the customer's year since joining and the one before it"),
    }[window]
    judged = {
        window.ROLLING: _("on the 1st of each month"),
        window.CALENDAR: _("on 1 January"),
        window.ANNIVERSARY: _("on the day the customer joined"),
    }[window]
    if rules.grace_days:
        judged = _("%(judged)s, after %(days)d days of grace") % {"judged": judged, "days": rules.grace_days}
    if rules.downgrade == TierRuleVersion.Downgrade.NEVER:
        judged = _("never")
    return [
        (_("Counts"), str(TierRuleVersion.Basis(rules.basis).label)),
        (_("Within"), within),
        (_("Up"), _("at once")),
        (_("Down"), judged),
        (_("How far down"), str(TierRuleVersion.Downgrade(rules.downgrade).label)),
        (_("A return lowers the tier"), str(TierRuleVersion.ReturnEffect(rules.return_effect).label)),
    ]


def _addresses(step: Rank) -> dict[str, str]:
    """Return the addresses of segments of those who have the tier, and of those about to lose it."""
    has = {"is": "tier", "op": "in", "value": [step.tier.pk]}
    risk = {"is": "tier_at_risk", "op": "within_next_days", "value": AT_RISK_DAYS}
    return {
        "members": address_of({"all": [has]}, step.tier.name),
        "at_risk": address_of({"all": [has, risk]}, _("%(tier)s at risk") % {"tier": step.tier.name}),
    }


def _headline(steps: list[Rank]) -> str:
    above = sum(step.customers for step in steps[:-1])
    share = sum(step.share for step in steps[:-1])
    risk = sum(step.at_risk for step in steps)
    return _(
        "%(count)s customers (%(share)s) stand above the lowest tier; %(risk)s of them would lose theirs"
        " within %(days)d days if nothing more came in."
    ) % {
        "count": number_text(above),
        "share": percent_text(share),
        "risk": number_text(risk),
        "days": AT_RISK_DAYS,
    }
