"""The figures of automations: who is inside and entered, what was sent and earned; a few statements for a page."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.db.models import Count
from django.db.models.functions import TruncDate
from django.utils import timezone

from campaigns.list_figures import figures_of as figures_of_campaigns
from campaigns.models import Automation, Campaign, Journey

DAYS = 30
# Listed, so that nobody is lost, but they did not enter.
NEVER_INSIDE = (Journey.Status.TOO_LATE, Journey.Status.GAVE_WAY)


@dataclass
class AutomationFigures:
    """What an automation does; `by_day` are the entries of each of the last 30 days, `revenue` is won."""

    inside: int = 0
    by_day: Sequence[int] = field(default_factory=list)
    sent: int = 0
    clicked: int = 0
    revenue: int | None = None

    @property
    def entered(self) -> int:
        """Return how many entered in these days."""
        return sum(self.by_day)


def figures_of(automations: Collection[Automation]) -> dict[int, AutomationFigures]:
    """Return the figures of each automation by id."""
    ids = [automation.pk for automation in automations]
    figures = {number: AutomationFigures(by_day=days) for number, days in _entered(ids).items()}
    _count_inside(figures)
    _add_campaigns(figures)
    return figures


def _entered(ids: Sequence[int]) -> dict[int, list[int]]:
    today = timezone.localdate()
    first = today - timedelta(days=DAYS - 1)
    since = timezone.make_aware(datetime.combine(first, time()))
    rows = Journey.objects.filter(automation__in=ids, entered_at__gte=since).exclude(status__in=NEVER_INSIDE).order_by()
    counted = rows.values_list("automation", TruncDate("entered_at")).annotate(n=Count("pk"))
    days: dict[int, dict[date, int]] = {number: {} for number in ids}
    for number, day, count in counted:
        days[number][day] = count
    span = [first + timedelta(days=each) for each in range(DAYS)]
    return {number: [of_day.get(day, 0) for day in span] for number, of_day in days.items()}


def _count_inside(figures: dict[int, AutomationFigures]) -> None:
    # An index tells those who have a moment at which they go on, as only those inside have.
    waiting = Journey.objects.filter(version__automation__in=figures, due_at__isnull=False).order_by()
    inside = waiting.filter(status=Journey.Status.INSIDE)
    for number, count in inside.values_list("version__automation").annotate(n=Count("pk")):
        figures[number].inside = count


def _add_campaigns(figures: dict[int, AutomationFigures]) -> None:
    campaigns = list(Campaign.objects.filter(automation__in=figures, started_at__isnull=False))
    counted = figures_of_campaigns(campaigns) if campaigns else {}
    for campaign in campaigns:
        own, of_campaign = figures[campaign.automation_id], counted[campaign.pk]
        own.sent += of_campaign.sent
        own.clicked += of_campaign.clicked
        if of_campaign.revenue is not None:
            own.revenue = (own.revenue or 0) + of_campaign.revenue
