"""Advice about campaigns that were sent: one that cost sales, one that drove people away."""

from datetime import date, timedelta
from math import sqrt

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.advice.adviser import Adviser, Finding, Said, adviser
from analytics.experiments import reading
from analytics.experiments.with_experiment import with_experiment
from analytics.statements import tuples
from crm_project.templatetags.formats import number_text, percent_text

EXPERIMENT_DAYS = 90
LATELY_DAYS, USUAL_DAYS = 14, 180
# Above the usual rate means twice as much, and more than chance makes of it (three standard deviations).
TIMES_USUAL, DEVIATIONS, FEWEST = 2, 3, 10

OPT_OUTS = """
SELECT campaign.id, campaign.name, sum(day.sent)::bigint, sum(day.unsubscribed)::bigint,
       campaign.started_at >= %(lately)s
  FROM analytics_campaignday AS day JOIN campaigns_campaign AS campaign ON campaign.id = day.campaign_id
 WHERE campaign.started_at >= %(since)s AND campaign.purpose = 'ad' AND campaign.source = ''
 GROUP BY campaign.id HAVING sum(day.sent) > 0
"""


class AboutCampaigns(Adviser):
    """What advisers of campaigns share."""

    permissions = ("campaigns.view_campaign", "analytics.view_attributedorder")
    tone = "bad"


@adviser
class BelowHoldout(AboutCampaigns):
    """A campaign whose readers spent less than those who were held out: decided, with its window over."""

    key = "below_holdout"
    label = gettext_lazy("a campaign below its holdout")
    icon = "trending-down"

    def ask(self, today: date) -> list[Finding]:
        lately = with_experiment().filter(
            started_at__gt=timezone.now() - timedelta(days=EXPERIMENT_DAYS), holdout_percent__gt=0
        )
        readings = reading.of_campaigns(list(lately))
        lost = [
            Finding(str(pk), {"name": each.campaign.name, "won": round(-each.holdout.revenue.middle)})
            for pk, each in readings.items()
            if each.holdout and each.holdout.is_decided and each.holdout.revenue.is_below_zero
        ]
        return sorted(lost, key=lambda finding: -finding.numbers["won"])

    def say(self, finding: Finding) -> Said:
        text = _(
            "A person who got it spent %(won)s won less than one who was held out. Do not send it like this again."
        )
        return Said(
            _("“%s” earns less than its holdout") % finding.numbers["name"],
            text % {"won": number_text(finding.numbers["won"])},
            reverse("campaign_report", args=[finding.about]),
            _("Report"),
            "chart-line",
        )


@adviser
class OptOutsAboveUsual(AboutCampaigns):
    """A campaign of the last two weeks after which more people opted out than usually do."""

    key = "opt_outs_above_usual"
    label = gettext_lazy("opt-outs above usual")
    icon = "user-x"

    def ask(self, today: date) -> list[Finding]:
        now = timezone.now()
        since, lately = now - timedelta(days=USUAL_DAYS), now - timedelta(days=LATELY_DAYS)
        rows = tuples(OPT_OUTS, {"since": since, "lately": lately})
        before = [(sent, left) for _pk, _name, sent, left, is_late in rows if not is_late]
        sent_before, left_before = (sum(each) for each in zip(*before, strict=True)) if before else (0, 0)
        if not sent_before:
            return []
        usual = left_before / sent_before
        return [
            Finding(str(pk), {"name": name, "sent": sent, "left": left, "usual": usual})
            for pk, name, sent, left, is_late in sorted(rows, key=lambda row: -row[3])
            if is_late and is_above_usual(sent=sent, left=left, usual=usual)
        ]

    def say(self, finding: Finding) -> Said:
        numbers = finding.numbers
        text = _("%(left)s of %(sent)s: %(rate)s, where %(usual)s is usual. Look at whom it was for and what it said.")
        told = {"left": number_text(numbers["left"]), "sent": number_text(numbers["sent"])}
        rates = {"rate": percent_text(numbers["left"] / numbers["sent"], 2), "usual": percent_text(numbers["usual"], 2)}
        return Said(
            _("More people than usual opted out after “%s”") % numbers["name"],
            text % (told | rates),
            reverse("campaign_report", args=[finding.about]),
            _("Report"),
            "chart-line",
        )


def is_above_usual(*, sent: int, left: int, usual: float) -> bool:
    """Tell whether so many opting out of so many is twice the usual share and more than chance makes of it."""
    expected = sent * usual
    return left >= FEWEST and left >= TIMES_USUAL * expected and left > expected + DEVIATIONS * sqrt(expected)
