"""What rules ask about a customer, for one of them and, said in SQL, for the orders of a batch (`bought`)."""

from datetime import datetime

from customers.models import Customer, Order, SegmentMembership
from loyalty.earning.calculation import Buyer
from loyalty.models import OrderAward, TierPeriod, TierThreshold

# Whoever has no period of a tier is at the foot of the ladder.
TIER_ON_THE_DAY = """
    coalesce(
        (SELECT period.tier_id FROM loyalty_tierperiod AS period
         WHERE period.customer_id = bought.customer_id AND period.started_at <= bought.placed_at
           AND (period.ended_at IS NULL OR bought.placed_at < period.ended_at)
         ORDER BY period.started_at DESC LIMIT 1),
        (SELECT lowest.tier_id FROM loyalty_tierthreshold AS lowest
         WHERE lowest.rank = 1 ORDER BY lowest.rule_version_id DESC LIMIT 1))
"""
# Of a `rule`: no earlier order is a purchase, and no other one has got the rule's points.
IS_FIRST_PURCHASE = """
    NOT EXISTS (
        SELECT FROM customers_order AS earlier
        WHERE earlier.customer_id = bought.customer_id AND earlier.is_purchase
          AND (earlier.placed_at, earlier.id) < (bought.placed_at, bought.order_id))
    AND NOT EXISTS (
        SELECT FROM customers_order AS other
        JOIN loyalty_orderaward AS given ON given.order_id = other.id
        CROSS JOIN LATERAL jsonb_array_elements(given.reasons) AS reason
        WHERE other.customer_id = bought.customer_id AND other.is_purchase AND other.id <> bought.order_id
          AND reason ->> 'rule' = rule.key AND (reason ->> 'points')::bigint > 0)
"""


def buyer_of(customer: Customer, moment: datetime, *, order_id: int | None = None) -> Buyer:
    """Return what rules ask about a customer for a purchase at a moment, before which only earlier orders count."""
    earlier = Order.objects.filter(customer=customer, is_purchase=True, placed_at__lt=moment)
    if order_id is not None:
        earlier |= Order.objects.filter(customer=customer, is_purchase=True, placed_at=moment, pk__lt=order_id)
    is_first_purchase = not earlier.exists()
    return Buyer(
        tier=_tier_at(customer, moment),
        birthday=customer.birthday,
        is_first_purchase=is_first_purchase,
        rules_of_other_orders=_rules_of_other_orders(customer, order_id) if is_first_purchase else frozenset(),
        segments=frozenset(SegmentMembership.objects.filter(customer=customer).values_list("segment", flat=True)),
    )


def _rules_of_other_orders(customer: Customer, order_id: int | None) -> frozenset[str]:
    others = OrderAward.objects.filter(order__customer=customer, order__is_purchase=True).exclude(pk=order_id)
    given = others.values_list("reasons", flat=True)
    return frozenset(reason["rule"] for reasons in given for reason in reasons if reason["points"] > 0)


def _tier_at(customer: Customer, moment: datetime) -> int | None:
    periods = TierPeriod.objects.filter(customer=customer, started_at__lte=moment)
    running = periods.exclude(ended_at__lte=moment).order_by("-started_at").first()
    if running:
        return running.tier_id
    lowest = TierThreshold.objects.filter(rank=1).order_by("-rule_version").first()
    return lowest.tier_id if lowest else None
