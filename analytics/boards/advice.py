"""What somebody could do next, with how many customers it concerns and the segment to begin with."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from django.core.cache import cache
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analytics.cohorts import reading, survival
from analytics.models import CohortDimension
from analytics.periods import Period
from crm_project.templatetags.formats import number_text
from customers.models import CustomerStats
from customers.segments import preview
from customers.segments.clock import Moment
from customers.segments.ready import address_of, ready_start

# Sums over all customers; advice of a quarter of an hour ago is still good.
KEPT_SECONDS = 900
DUE_DAYS = 7


@dataclass(frozen=True, slots=True)
class Advice:
    """A card: how many customers, what holds for them, what could be done, and the address that begins it."""

    icon: str
    people: int
    title: str
    text: str
    url: str


def found(today: date) -> list[Advice]:
    """Return the advice that concerns somebody."""
    given = (make(today) for make in KINDS)
    return [each for each in given if each is not None and each.people]


def due_soon(today: date) -> Advice:
    """Advise on customers who are expected to buy within a week."""
    week = Period(today, today + timedelta(days=DUE_DAYS))
    people = _kept("due", today, lambda: _due_between(week).count())
    title = ngettext("%(count)s customer is due within a week", "%(count)s customers are due within a week", people)
    rule = {"all": [{"is": "due", "op": "within_next_days", "value": DUE_DAYS}]}
    return Advice(
        "calendar",
        people,
        title % {"count": number_text(people)},
        _("By the pace at which they buy. A reminder now meets the need, not a discount."),
        address_of(rule, _("Due to buy within seven days")),
    )


def second_order(today: date) -> Advice | None:
    """Advise on one-time buyers who are past the day by which half of those who come back have."""
    everyone = reading.group(CohortDimension.ALL, "")
    if everyone is None or not everyone.points:
        return None
    half = survival.day_of_share(everyone.points, everyone.points[-1].share / 2)
    if not half:
        return None
    people = sum(everyone.counted.not_yet[half : 2 * half])
    # The count stands as of yesterday.
    first, last = today - timedelta(days=2 * half), today - timedelta(days=half + 1)
    rule = {
        "all": [
            {"is": "order_count", "op": "exactly", "value": 1},
            {"is": "first_order", "op": "between", "value": [first.isoformat(), last.isoformat()]},
        ]
    }
    title = ngettext("%(count)s one-time buyer is late", "%(count)s one-time buyers are late", people)
    text = _("Half of those who order again do so within %(days)s days. These are past it, and not yet twice as long.")
    return Advice(
        "repeat",
        people,
        title % {"count": number_text(people)},
        text % {"days": number_text(half)},
        address_of(rule, _("One-time buyers who are late")),
    )


def full_carts(today: date) -> Advice:
    """Advise on customers who left something in the cart this week."""
    start = ready_start("cart_without_payment")
    people = _kept("carts", today, lambda: preview.count(start.rule, moment=Moment(timezone.now())))
    title = ngettext("%(count)s customer left a cart", "%(count)s customers left a cart", people)
    return Advice(
        "shopping-cart",
        people,
        title % {"count": number_text(people)},
        _("Within the last seven days, without paying."),
        address_of(start.rule, str(start.name)),
    )


KINDS: tuple[Callable[[date], Advice | None], ...] = (due_soon, second_order, full_carts)


def _due_between(week: Period) -> QuerySet[CustomerStats]:
    due = CustomerStats.objects.filter(due_at__gte=week.start, due_at__lt=week.end)
    return due.filter(customer__erased_at=None, customer__merged_into=None)


def _kept(what: str, today: date, count: Callable[[], int]) -> int:
    return cache.get_or_set(f"advice:{what}:{today}", count, KEPT_SECONDS)
