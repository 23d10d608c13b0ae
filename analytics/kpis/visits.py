"""Whether those who look also buy: the purchase conversion rate."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from analytics.kpis import formulas
from analytics.kpis.counts import IN_PERIOD, ask, of_persons
from analytics.kpis.kpi import COMING_BACK, Group, Input, Reading, kpi
from analytics.kpis.slices import EVERYBODY, Slice
from analytics.periods import Period
from customers.models import Event

_KINDS = ", ".join(f"'{kind.value}'" for kind in Event.VISITS)

# A known customer is one visitor on however many devices; an unknown browser is one visitor.
VISITORS = f"""
SELECT customer_id, visitor_id, visits, EXISTS (
           SELECT FROM made WHERE made.customer_id = person.customer_id AND {IN_PERIOD}) AS has_bought
  FROM (
       SELECT coalesce(event.customer_id, visitor.customer_id) AS customer_id,
              CASE WHEN coalesce(event.customer_id, visitor.customer_id) IS NULL THEN visitor.id END AS visitor_id,
              count(*) AS visits
         FROM customers_event AS event LEFT JOIN customers_visitor AS visitor ON visitor.id = event.visitor_id
        WHERE event.occurred_at >= starts AND event.occurred_at < ends AND event.kind IN ({_KINDS})
        GROUP BY 1, 2
       ) AS person
 WHERE coalesce(customer_id, visitor_id) IS NOT NULL
   AND (NOT %(narrows_people)s::boolean OR customer_id IN (SELECT customer_id FROM meant))
"""
WHO_BOUGHT = "count(*) FILTER (WHERE has_bought), count(coalesce(customer_id, visitor_id))"
VISITS = _("page views and other steps")


@kpi(
    "pcr",
    label=_("Purchase conversion rate (PCR)"),
    question=_("How many visitors bought?"),
    formula=_("visitors who bought ÷ visitors"),
    example="50 ÷ 1,000 = 5 %",
    what_counts=_(
        "A visitor is a person seen on the website or in the app in the period; one known customer is one visitor on "
        "however many devices. They bought if they have a purchase in the period, online or in a store."
    ),
    topic=COMING_BACK,
    unit="share",
    numerator=Group(_("Visitors who bought"), VISITORS, "visits", VISITS, unit="times", where="has_bought"),
    denominator=Group(
        _("Visitors who are known"), VISITORS, "visits", VISITS, unit="times", where="customer_id IS NOT NULL"
    ),
)
def conversion_rate(periods: Sequence[Period], within: Slice = EVERYBODY) -> list[Reading]:
    """Measure PCR. Of a slice of customers only those are counted who are known."""
    return [_conversion_rate(*row) for row in ask(of_persons(VISITORS, WHO_BOUGHT), periods, within)]


def _conversion_rate(buyers: int, visitors: int) -> Reading:
    value = formulas.purchase_conversion_rate(buyers=buyers, visitors=visitors)
    inputs = (Input(_("visitors who bought"), buyers, "people"), Input(_("visitors"), visitors, "people"))
    return Reading(value, buyers, visitors, inputs)
