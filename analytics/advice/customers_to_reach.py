"""Advice about customers: who is due, who is late with a second purchase, who is not spoken to, who left a cart."""

from abc import abstractmethod
from datetime import date, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from analytics.advice.adviser import Adviser, Finding, Said, adviser
from analytics.advice.running import address_of_recipes, is_any_running
from analytics.cohorts import reading, survival
from analytics.models import CohortDimension
from analytics.periods import Period
from analytics.statements import tuples
from crm_project.templatetags.formats import number_text
from customers.models import CustomerStats
from customers.segments import preview
from customers.segments.clock import Moment
from customers.segments.ready import address_of, ready_start

DUE_DAYS = 7
# Whoever may look at the people and make the segment that the button begins.
MAY_BUILD = ("customers.view_customer", "customers.add_segment")
# One-time buyers between these days after their order: the first thanks are over, and they are not lost yet.
UNSPOKEN_FROM, UNSPOKEN_TO = 20, 40

UNSPOKEN = """
SELECT count(*) FROM customers_customerstats AS stats JOIN customers_customer AS customer ON customer.id = customer_id
 WHERE stats.order_count = 1 AND stats.first_order_at >= %(starts)s AND stats.first_order_at < %(ends)s
   AND customer.erased_at IS NULL AND customer.merged_into_id IS NULL
   AND NOT EXISTS (SELECT FROM campaigns_journey AS journey WHERE journey.customer_id = stats.customer_id
        AND journey.anchor_at >= stats.first_order_at AND journey.status <> 'too_late')
"""


class AboutCustomers(Adviser):
    """What advisers of customers share: a count, and a segment to begin with."""

    permissions = MAY_BUILD

    def ask(self, today: date) -> list[Finding]:
        people = self.count(today)
        return [Finding(numbers={"people": people, "today": today.isoformat()})] if people else []

    @abstractmethod
    def count(self, today: date) -> int:
        """Return how many customers it concerns."""


@adviser
class DueSoon(AboutCustomers):
    """Customers who are expected to buy within a week."""

    key = "due_soon"
    label = gettext_lazy("customers who are due")
    icon = "calendar"

    def count(self, today: date) -> int:
        week = Period(today, today + timedelta(days=DUE_DAYS))
        due = CustomerStats.objects.filter(due_at__gte=week.start, due_at__lt=week.end)
        return due.filter(customer__erased_at=None, customer__merged_into=None).count()

    def say(self, finding: Finding) -> Said:
        people = finding.numbers["people"]
        title = ngettext("%(count)s customer is due within a week", "%(count)s customers are due within a week", people)
        rule = {"all": [{"is": "due", "op": "within_next_days", "value": DUE_DAYS}]}
        return Said(
            title % {"count": number_text(people)},
            _("By the pace at which they buy. A reminder now meets the need, not a discount."),
            address_of(rule, _("Due to buy within seven days")),
            _("Segment"),
            "chart-pie",
        )


@adviser
class SecondOrder(Adviser):
    """One-time buyers who are past the day by which half of those who come back have."""

    permissions = MAY_BUILD
    key = "second_order"
    label = gettext_lazy("one-time buyers who are late")
    icon = "repeat"

    def ask(self, today: date) -> list[Finding]:
        everyone = reading.group(CohortDimension.ALL, "")
        if everyone is None or not everyone.points:
            return []
        half = survival.day_of_share(everyone.points, everyone.points[-1].share / 2)
        people = sum(everyone.counted.not_yet[half : 2 * half]) if half else 0
        return [Finding(numbers={"people": people, "days": half, "today": today.isoformat()})] if people else []

    def say(self, finding: Finding) -> Said:
        people, half = finding.numbers["people"], finding.numbers["days"]
        # The count stands as of yesterday.
        rule = _one_time_buyers(date.fromisoformat(finding.numbers["today"]), half + 1, 2 * half)
        title = ngettext("%(count)s one-time buyer is late", "%(count)s one-time buyers are late", people)
        text = _(
            "Half of those who order again do so within %(days)s days. These are past it, and not yet twice as long."
        )
        return Said(
            title % {"count": number_text(people)},
            text % {"days": number_text(half)},
            address_of(rule, _("One-time buyers who are late")),
            _("Segment"),
            "chart-pie",
        )


@adviser
class Unspoken(AboutCustomers):
    """One-time buyers three to six weeks after their order to whom no automation speaks."""

    permissions = (*MAY_BUILD, "campaigns.view_automation")

    key = "one_time_unspoken"
    label = gettext_lazy("one-time buyers nobody writes to")
    icon = "message-square"
    tone = "wait"

    def count(self, today: date) -> int:
        first, last = today - timedelta(days=UNSPOKEN_TO), today - timedelta(days=UNSPOKEN_FROM)
        [(people,)] = tuples(UNSPOKEN, {"starts": Period(first, last).start, "ends": Period(first, last).end})
        return people

    def say(self, finding: Finding) -> Said:
        people, today = finding.numbers["people"], date.fromisoformat(finding.numbers["today"])
        title = ngettext(
            "%(count)s one-time buyer is %(first)d to %(last)d days after the first order",
            "%(count)s one-time buyers are %(first)d to %(last)d days after their first order",
            people,
        )
        rule = _one_time_buyers(today, UNSPOKEN_FROM, UNSPOKEN_TO)
        return Said(
            title % {"count": number_text(people), "first": UNSPOKEN_FROM, "last": UNSPOKEN_TO},
            _("No automation speaks to them. A recipe writes to each of them at the right day by itself."),
            address_of_recipes(otherwise=address_of(rule, _("One-time buyers nobody writes to"))),
            _("Recipes"),
            "workflow",
        )


@adviser
class FullCarts(Adviser):
    """Customers who left something in the cart this week; it says whether anything reminds them."""

    permissions = (*MAY_BUILD, "campaigns.view_automation")

    key = "carts"
    label = gettext_lazy("carts that were left")
    icon = "shopping-cart"

    def ask(self, today: date) -> list[Finding]:
        start = ready_start("cart_without_payment")
        people = preview.count(start.rule, moment=Moment(timezone.now()))
        return [Finding(numbers={"people": people, "is_reminded": is_any_running("cart_left")})] if people else []

    def say(self, finding: Finding) -> Said:
        people, start = finding.numbers["people"], ready_start("cart_without_payment")
        title = ngettext("%(count)s customer left a cart", "%(count)s customers left a cart", people)
        segment = address_of(start.rule, str(start.name))
        count = {"count": number_text(people)}
        if finding.numbers["is_reminded"]:
            return Said(
                title % count, _("Within the last seven days, without paying."), segment, _("Segment"), "chart-pie"
            )
        text = _("Within the last seven days, without paying, and no automation reminds them.")
        return Said(title % count, text, address_of_recipes(otherwise=segment), _("Recipes"), "workflow")


def _one_time_buyers(today: date, first: int, last: int) -> dict[str, object]:
    days = [(today - timedelta(days=ago)).isoformat() for ago in (last, first)]
    return {
        "all": [
            {"is": "order_count", "op": "exactly", "value": 1},
            {"is": "first_order", "op": "between", "value": days},
        ]
    }
