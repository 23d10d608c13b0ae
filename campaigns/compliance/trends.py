"""How what the law asks develops: opt-outs week by week, notices and re-confirmations by the week they fall due."""

from collections.abc import Sequence
from datetime import date, timedelta

from django.db.models import Count, QuerySet
from django.db.models.functions import TruncWeek
from django.utils import timezone
from django.utils.translation import gettext as _

from crm_project.charts import Chart, Series
from customers.models import ConsentEntry, ConsentState, NoticeDuty, PhoneOptOut
from customers.segments.clock import start_of_day

WEEKS_BACK, WEEKS_AHEAD = 26, 12
WEEK = timedelta(days=7)


def opt_outs(today: date) -> Chart:
    """Return how many customers withdrew a consent and how many called the 080 line, by week; this one so far."""
    weeks = [week_of(today) - WEEK * count for count in range(WEEKS_BACK - 1, -1, -1)]
    said_no = ConsentEntry.objects.filter(action=ConsentEntry.Action.WITHDRAWN)
    withdrawn = _by_week(said_no, "occurred_at", weeks, Count("customer", distinct=True))
    called = _by_week(PhoneOptOut.objects.all(), "opted_out_at", weeks, Count("pk"))
    return Chart(
        title="",
        labels=[f"{week:%m-%d}" for week in weeks],
        series=[Series(_("Withdrew a consent"), withdrawn), Series(_("Called the 080 number"), called, "second")],
        x=_("Week from"),
        y=_("Customers"),
        height=160,
    )


def falling_due(today: date) -> Chart:
    """Return the open notices of results and the re-confirmations by the week of their last day; first what is late."""
    weeks = [week_of(today) + WEEK * count for count in range(WEEKS_AHEAD)]
    notices = NoticeDuty.objects.waiting().filter(kind=NoticeDuty.Kind.RESULT_NOTICE)
    asked = NoticeDuty.objects.waiting().filter(kind=NoticeDuty.Kind.RECONFIRMATION)
    return Chart(
        title="",
        labels=[_("late"), *(f"{week:%m-%d}" for week in weeks)],
        series=[
            Series(_("Consents to re-confirm"), [_late(asked, today), *_reconfirmations(weeks, today)]),
            Series(_("Result notices"), [_late(notices, today), *_due_by_week(notices, weeks, today)], "second"),
        ],
        x=_("Week from"),
        y=_("Due"),
        height=160,
    )


def week_of(day: date) -> date:
    """Return the Monday of the week."""
    return day - timedelta(days=day.weekday())


def _by_week(rows: QuerySet, at: str, weeks: Sequence[date], count: Count) -> list[int]:
    since = start_of_day(weeks[0])
    week = TruncWeek(at, tzinfo=timezone.get_default_timezone())
    found = rows.filter(**{f"{at}__gte": since}).order_by().annotate(week=week).values("week").annotate(rows=count)
    counts = {monday.date(): rows for monday, rows in found.values_list("week", "rows")}
    return [counts.get(week, 0) for week in weeks]


def _late(duties: QuerySet, today: date) -> int:
    return duties.filter(due_on__lt=today).count()


def _due_by_week(duties: QuerySet, weeks: Sequence[date], today: date) -> list[int]:
    due = duties.filter(due_on__gte=today, due_on__lt=weeks[-1] + WEEK).order_by()
    return _counted(due.values_list("due_on").annotate(Count("pk")), weeks)


def _reconfirmations(weeks: Sequence[date], today: date) -> list[int]:
    """Return the consents in force whose two years end in each week (L-13), whether their duty is open yet or not."""
    states = ConsentState.objects.filter(is_granted=True, reconfirm_by__gte=today, reconfirm_by__lt=weeks[-1] + WEEK)
    return _counted(states.order_by().values_list("reconfirm_by").annotate(Count("pk")), weeks)


def _counted(days: QuerySet, weeks: Sequence[date]) -> list[int]:
    counts = dict.fromkeys(weeks, 0)
    for day, count in days:
        counts[week_of(day)] += count
    return list(counts.values())
