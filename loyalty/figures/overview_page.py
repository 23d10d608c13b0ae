"""The first page of loyalty: what is outstanding, what becomes of it, who moves among the tiers, how coupons go."""

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from crm_project.charts import Chart, Series
from crm_project.templatetags.formats import number, number_text, percent, percent_text
from loyalty import ledger
from loyalty.figures import coupon_funnel, open_points, point_flows, tier_moves, untold_points
from loyalty.figures.coupon_funnel import Funnel
from loyalty.figures.definitions import definitions
from loyalty.figures.open_points import Age, Death
from loyalty.figures.point_flows import Course
from loyalty.figures.tier_moves import Moves
from loyalty.ledger.terms import start_of
from loyalty.models import Program

DAYS_COMPARED = 30


def page(request: HttpRequest) -> HttpResponse:
    """Show the figures, each with the rows behind it."""
    today = timezone.localdate()
    context = admin.site.each_context(request) | {"title": _("Loyalty"), "today": today, "definitions": definitions()}
    context |= _points(today)
    if request.user.has_perm("loyalty.view_tier"):
        context |= _tiers(today)
    if request.user.has_perm("loyalty.view_coupon"):
        context |= _coupons()
    return render(request, "loyalty/overview.html", context)


def _points(today: date) -> dict[str, Any]:
    program = ledger.current_program()
    course = point_flows.course_of(program)
    if course is None:
        return {"has_accounts": program.accounts.exists()}
    rows = open_points.found(program)
    return {
        "untold": _untold(program),
        "course": course,
        "point_tiles": _point_tiles(course),
        "outstanding": _outstanding_chart(course),
        "flows": _flow_chart(course),
        "year": course.year(),
        "looked_at": rows[0].looked_at if rows else None,
        "ages": [_age_row(age) for age in open_points.ages(rows, today)] if rows else [],
        "deaths": [_death_row(death) for death in open_points.deaths(rows, today)] if rows else [],
    }


def _untold(program: Program) -> dict[str, untold_points.Untold]:
    """Return what the page warns of: points that nobody is told of, where they wait for it."""
    if not program.waits_for_notice:
        return {}
    return {"living_on": untold_points.living_on(program), "waiting": untold_points.waiting(program, timezone.now())}


def _point_tiles(course: Course) -> list[dict[str, Any]]:
    year, before = course.year(), course.year_before()
    then = course.outstanding_before(DAYS_COMPARED)
    days = reverse("admin:loyalty_dailytotal_changelist")
    return [
        {
            "label": _("Points outstanding"),
            "figure": number(course.last.outstanding),
            "unit": "P",
            "icon": "coins",
            "versus": _("30 days before: %(points)s") % {"points": number_text(then)} if then else "",
            "href": days,
            "hint": _("Usable, pending and on hold, of all members, at the end of the last day that is over"),
        },
        {
            "label": _("Used of those given"),
            "figure": percent(year.redemption_rate),
            "icon": "shopping-cart",
            "versus": _year_before(before.redemption_rate),
            "href": days,
            "hint": _("Points used ÷ points given, in the last 365 days"),
        },
        {
            "label": _("Expired unused (breakage)"),
            "figure": percent(year.breakage),
            "icon": "hourglass",
            "versus": _year_before(before.breakage),
            "href": days,
            "hint": _("Points expired ÷ points used or expired, in the last 365 days"),
        },
    ]


def _year_before(share: float | None) -> str:
    return _("year before: %(share)s") % {"share": percent_text(share)} if share is not None else ""


def _outstanding_chart(course: Course) -> Chart:
    days, values = zip(*course.outstanding(), strict=True)
    labels, series = [f"{day:%Y-%m-%d}" for day in days], [Series(_("Points outstanding"), values)]
    return Chart(title="", labels=labels, series=series, x=_("Day"), y=_("Points"), axis_way="number_short")


def _flow_chart(course: Course) -> Chart:
    months = course.months()
    series = [
        Series(_("Given"), [flow.given for _month, flow in months], "good"),
        Series(_("Used"), [flow.used for _month, flow in months]),
        Series(_("Expired"), [flow.expired for _month, flow in months], "quiet"),
    ]
    labels = [f"{month:%Y-%m}" for month, _flow in months]
    return Chart(title="", labels=labels, series=series, x=_("Month"), y=_("Points"), axis_way="number_short")


def _age_row(age: Age) -> dict[str, Any]:
    if age.most is None:
        label = _("%(months)d months and older") % {"months": age.least}
    elif age.most == 0:
        label = _("this month's")
    else:
        label = _("%(least)d–%(most)d months") % {"least": age.least, "most": age.most}
    return {"label": label, "value": age.points, "tone": "wait" if age.least > open_points.AGES[-2] else "accent"}


def _death_row(death: Death) -> dict[str, Any]:
    lots = reverse("admin:loyalty_lot_changelist")
    if death.month is None:
        return {"label": _("never"), "value": death.points, "tone": "quiet", "url": f"{lots}?expires_at__isnull=1"}
    since = {"expires_at__gt": start_of(death.month).isoformat()}
    if death.is_later:
        label = _("%(month)s and later") % {"month": f"{death.month:%Y-%m}"}
        return {"label": label, "value": death.points, "tone": "quiet", "url": f"{lots}?{urlencode(since)}"}
    until = {"expires_at__lte": start_of((death.month + timedelta(days=32)).replace(day=1)).isoformat()}
    return {"label": f"{death.month:%Y-%m}", "value": death.points, "url": f"{lots}?{urlencode(since | until)}"}


def _tiers(today: date) -> dict[str, Any]:
    numbers = range(today.year * 12 + today.month - point_flows.MONTHS_SHOWN, today.year * 12 + today.month)
    moves = tier_moves.moves_of([date(number // 12, number % 12 + 1, 1) for number in numbers], today)
    if moves is None:
        return {}
    fell = _("came down: %(count)s") % {"count": number_text(moves.movement.falls)}
    tile = {
        "label": _("Rose in 90 days"),
        "figure": number(moves.movement.rises),
        "unit": _("people"),
        "icon": "trending-up",
        "versus": fell,
        "href": reverse("admin:loyalty_tierperiod_changelist"),
        "hint": _("Customers who stand on a higher tier than 90 days ago"),
    }
    return {"moves": moves, "tier_chart": _tier_chart(moves), "tier_tiles": [tile]}


def _tier_chart(moves: Moves) -> Chart:
    series = [
        Series(_("Rose"), [month.rose for month in moves.months], "good"),
        Series(_("Came down"), [month.fell for month in moves.months], "wait"),
    ]
    labels = [f"{month.first:%Y-%m}" for month in moves.months]
    return Chart(title="", labels=labels, series=series, x=_("Month"), y=_("Moves"), height=160)


def _coupons() -> dict[str, Any]:
    found = coupon_funnel.funnel()
    if not found.issued and not found.used_elsewhere:
        return {}
    tile = {
        "label": _("Coupons used"),
        "figure": percent(found.use_rate),
        "icon": "ticket",
        "versus": _("of %(count)s handed out") % {"count": number_text(found.issued)},
        "href": reverse("admin:loyalty_coupon_changelist"),
        "hint": _("Pieces used ÷ pieces handed out, of all coupons so far"),
    }
    return {"coupons": found, "coupon_stages": _stages(found), "coupon_tiles": [tile]}


def _stages(found: Funnel) -> list[dict[str, Any]]:
    listed = reverse("admin:loyalty_coupon_changelist")
    used = reverse("admin:loyalty_couponredemption_changelist")
    return [
        {"label": _("Handed out"), "count": found.issued, "url": listed},
        {"label": _("Used"), "count": found.used, "url": used, "tone": "good"},
    ]
