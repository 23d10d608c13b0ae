"""The exception for existing customers: who bought the same kind of goods may be written to without consent (L-04).

Off unless a campaign asks for it. Six months from the end of the transaction, and strictly before the day on which
they are over: counting under the Civil Act may allow that day too. Only where the shop had the contact from the
customer itself, so never for marketplaces, and never after a refusal; the gate sees to that. The day of the order
stands for the end of the transaction: it is never later.
"""

import calendar
from datetime import date, timedelta

from campaigns.models import Campaign
from crm_project.country_rules import country_rules


def ends_on(traded_on: date) -> date:
    """Return the first day (KST) on which a trade no longer counts: six months later, at most the month's last day."""
    months = traded_on.month - 1 + country_rules().existing_customer_months
    year, month = traded_on.year + months // 12, months % 12 + 1
    return date(year, month, min(traded_on.day, calendar.monthrange(year, month)[1]))


def is_covered(traded_on: date, on: date) -> bool:
    """Tell whether a trade that ended on one day still allows an advertisement on another (KST)."""
    return traded_on <= on < ends_on(traded_on)


def earliest_covered(on: date) -> date:
    """Return the earliest day (KST) of a trade that still counts on `on`; the day after it where none does."""
    day = on - timedelta(days=31 * country_rules().existing_customer_months)
    while not is_covered(day, on) and day <= on:
        day += timedelta(days=1)
    return day


def is_used(campaign: Campaign) -> bool:
    """Tell whether the campaign relies on the exception, and for which goods, where the country's law knows it."""
    has_goods = bool(campaign.existing_customer_category.strip())
    return campaign.is_to_existing_customers and has_goods and country_rules().existing_customer_months > 0
