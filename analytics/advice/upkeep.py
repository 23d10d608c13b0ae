"""Advice about what wants looking after: segments, re-confirmations, coupons, the scores of surveys."""

from datetime import date, timedelta
from math import sqrt
from typing import NamedTuple

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from analytics.advice.adviser import Adviser, Finding, Said, adviser
from analytics.statements import tuples
from crm_project.templatetags.formats import number, number_text
from customers.models import NoticeDuty, Segment
from customers.models.feedback import ScoreKind

# Every active segment is refreshed each night.
STALE_AFTER = timedelta(hours=30)
RECONFIRM_DAYS = 30
UNUSED_DAYS, FEWEST_COUPONS = 14, 30
SCORE_DAYS, FEWEST_SCORES, DEVIATIONS = 28, 20, 2

UNUSED = """
SELECT coupon.id, coupon.name, count(*), count(*) FILTER (WHERE piece.status = 'held')
  FROM loyalty_coupon AS coupon JOIN loyalty_issuedcoupon AS piece ON piece.coupon_id = coupon.id
 WHERE coupon.status = 'running'
 GROUP BY coupon.id
HAVING count(*) >= %(fewest)s AND min(piece.issued_at) < %(before)s
   AND count(*) FILTER (WHERE piece.status = 'used') = 0
   AND count(*) FILTER (WHERE piece.status = 'held') > 0
 ORDER BY 3 DESC, coupon.id
"""
SCORES = """
SELECT survey.id, survey.name, response.kind, response.answered_at >= %(middle)s AS is_late,
       count(*), avg(score)::float8, coalesce(var_samp(score), 0)::float8
  FROM customers_surveyresponse AS response JOIN customers_survey AS survey ON survey.id = response.survey_id
 WHERE response.answered_at >= %(since)s AND response.score IS NOT NULL AND response.kind <> ''
 GROUP BY survey.id, response.kind, is_late ORDER BY survey.name, survey.id, response.kind, is_late
"""


class Group(NamedTuple):
    """The scores of some weeks."""

    count: int
    mean: float
    variance: float


@adviser
class StaleSegment(Adviser):
    """An active segment that stopped refreshing: whoever it is used for is chosen by old facts."""

    key = "stale_segment"
    label = gettext_lazy("a segment that stopped refreshing")
    icon = "refresh-cw"
    permissions = ("customers.view_segment",)
    tone = "bad"

    def ask(self, today: date) -> list[Finding]:
        is_old = Q(refreshed_at__lt=timezone.now() - STALE_AFTER)
        stale = Segment.objects.filter(is_old | ~Q(refresh_error=""), is_active=True, refreshed_at__isnull=False)
        return [
            Finding(str(each.pk), {"name": each.name, "on": timezone.localdate(each.refreshed_at).isoformat()})
            for each in stale.order_by("refreshed_at")[:10]
        ]

    def say(self, finding: Finding) -> Said:
        return Said(
            _("“%s” stopped refreshing") % finding.numbers["name"],
            _("Its members are those of %s. Open it to see why, and refresh it.") % finding.numbers["on"],
            reverse("admin:customers_segment_change", args=[finding.about]),
            _("Segment"),
            "chart-pie",
        )


@adviser
class Reconfirmations(Adviser):
    """Consents to be confirmed within a month (L-13); whose is not, gets no advertising any more."""

    key = "reconfirmations"
    label = gettext_lazy("consents to be confirmed")
    icon = "shield-check"
    permissions = ("customers.view_noticeduty",)
    tone = "wait"

    def ask(self, today: date) -> list[Finding]:
        open_ones = NoticeDuty.objects.waiting().filter(
            kind=NoticeDuty.Kind.RECONFIRMATION, due_on__lte=today + timedelta(days=RECONFIRM_DAYS)
        )
        counts = open_ones.aggregate(due=Count("pk"), overdue=Count("pk", filter=Q(due_on__lt=today)))
        return [Finding(numbers=counts)] if counts["due"] else []

    def say(self, finding: Finding) -> Said:
        due, overdue = finding.numbers["due"], finding.numbers["overdue"]
        title = ngettext(
            "%(count)s consent is to be confirmed within %(days)d days",
            "%(count)s consents are to be confirmed within %(days)d days",
            due,
        )
        text = _("Of these %s are overdue. Whoever is not asked in time gets no advertising any more.")
        return Said(
            title % {"count": number_text(due), "days": RECONFIRM_DAYS},
            text % number_text(overdue),
            reverse("admin:customers_noticeduty_changelist"),
            _("Notices due"),
        )


@adviser
class UnusedCoupon(Adviser):
    """A coupon that many have had for two weeks and nobody used."""

    key = "unused_coupon"
    label = gettext_lazy("a coupon that nobody uses")
    icon = "ticket"
    permissions = ("loyalty.view_coupon",)
    tone = "wait"

    def ask(self, today: date) -> list[Finding]:
        before = timezone.now() - timedelta(days=UNUSED_DAYS)
        rows = tuples(UNUSED, {"fewest": FEWEST_COUPONS, "before": before})
        return [Finding(str(pk), {"name": name, "issued": issued, "held": held}) for pk, name, issued, held in rows]

    def say(self, finding: Finding) -> Said:
        numbers = finding.numbers
        text = _(
            "%(issued)s were given, the first more than %(days)d days ago. Remind people of it, or change its terms."
        )
        return Said(
            _("Nobody uses the coupon “%s”") % numbers["name"],
            text % {"issued": number_text(numbers["issued"]), "days": UNUSED_DAYS},
            reverse("admin:loyalty_coupon_change", args=[finding.about]),
            _("Coupon"),
            "ticket",
        )


@adviser
class FallingScores(Adviser):
    """A survey whose mean score fell against the four weeks before, by more than chance makes of it."""

    key = "falling_scores"
    label = gettext_lazy("scores that fall")
    icon = "trending-down"
    permissions = ("customers.view_surveyresponse",)
    tone = "bad"

    def ask(self, today: date) -> list[Finding]:
        now = timezone.now()
        middle, since = now - timedelta(days=SCORE_DAYS), now - timedelta(days=2 * SCORE_DAYS)
        groups: dict[tuple[int, str, str], dict[bool, Group]] = {}
        for survey, name, kind, is_late, *figures in tuples(SCORES, {"middle": middle, "since": since}):
            groups.setdefault((survey, name, kind), {})[is_late] = Group(*figures)
        return [
            Finding(f"{survey}/{kind}", {"name": name, "kind": kind, **_rounded(both)})
            for (survey, name, kind), both in groups.items()
            if len(both) == 2 and has_fallen(both[False], both[True])
        ]

    def say(self, finding: Finding) -> Said:
        numbers = finding.numbers
        told = {"now": number(numbers["now"], 1), "before": number(numbers["before"], 1), "days": SCORE_DAYS}
        return Said(
            _("The %(scale)s of “%(name)s” is falling")
            % {"scale": ScoreKind(numbers["kind"]).label, "name": numbers["name"]},
            _("%(now)s on average in the last %(days)d days, %(before)s in those before. Read what people wrote.")
            % told,
            reverse("admin:customers_survey_change", args=[finding.about.partition("/")[0]]),
            _("Survey"),
        )


def has_fallen(before: Group, now: Group) -> bool:
    """Tell whether a mean fell by more than chance makes of it."""
    if min(before.count, now.count) < FEWEST_SCORES:
        return False
    error = sqrt(before.variance / before.count + now.variance / now.count)
    return before.mean - now.mean > DEVIATIONS * error


def _rounded(both: dict[bool, Group]) -> dict[str, float]:
    return {"now": round(both[True].mean, 1), "before": round(both[False].mean, 1)}
