"""Rules to start from: what shops ask for first."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from customers.models.stats import RfmGroup
from customers.segments import rules
from customers.segments.errors import RuleError

LONGEST_NAME = 100


@dataclass(frozen=True)
class ReadyStart:
    """A rule with a name, offered on the page of a new segment."""

    key: str
    name: str | Promise
    rule: dict[str, Any]


STARTS = [
    ReadyStart(
        "visited_not_bought",
        gettext_lazy("Visited in 30 days without buying"),
        {
            "all": [
                {"is": "last_visit", "op": "within_days", "value": 30},
                {"not": {"is": "last_order", "op": "within_days", "value": 30}},
            ]
        },
    ),
    ReadyStart(
        "cart_without_payment",
        gettext_lazy("Cart without payment"),
        {"all": [{"is": "cart_unpaid", "op": "within_days", "value": 7}]},
    ),
    ReadyStart(
        "three_orders_this_month",
        gettext_lazy("Three orders this month"),
        {"all": [{"is": "orders", "op": "at_least", "value": 3, "window": {"this": "month"}}]},
    ),
    ReadyStart(
        "ninety_days_without_order",
        gettext_lazy("90 days without an order"),
        {"all": [{"is": "last_order", "op": "more_than_days_ago", "value": 90}]},
    ),
    ReadyStart(
        "one_time_buyers",
        gettext_lazy("Bought once, within 90 days"),
        {
            "all": [
                {"is": "order_count", "op": "exactly", "value": 1},
                {"is": "first_order", "op": "within_days", "value": 90},
            ]
        },
    ),
    ReadyStart(
        "due_this_week",
        gettext_lazy("Due to buy within seven days"),
        {"all": [{"is": "due", "op": "within_next_days", "value": 7}]},
    ),
    ReadyStart(
        "regulars_slipping_away",
        gettext_lazy("Regular customers who are slipping away"),
        {
            "all": [
                {"is": "order_count", "op": "at_least", "value": 4},
                {"is": "repurchase_risk", "op": "at_least", "value": 90},
            ]
        },
    ),
    ReadyStart(
        "dormant",
        gettext_lazy("Dormant: 180 days without an order"),
        {"all": [{"is": "last_order", "op": "more_than_days_ago", "value": 180}]},
    ),
    ReadyStart(
        "third_order",
        gettext_lazy("VIP: three orders or more"),
        {"all": [{"is": "order_count", "op": "at_least", "value": 3}]},
    ),
    ReadyStart(
        "birthday_month",
        gettext_lazy("Birthday this month"),
        {"all": [{"is": "birthday", "op": "this_month"}]},
    ),
    ReadyStart(
        "cart_left",
        gettext_lazy("Cart left for two hours"),
        {"all": [{"is": "cart_unpaid", "op": "left_for_hours", "value": 2}]},
    ),
    ReadyStart(
        "viewed_not_bought",
        gettext_lazy("Viewed a product three times without buying it"),
        {"all": [{"is": "viewed_not_bought", "op": "at_least", "value": 3, "window": {"last_days": 14}}]},
    ),
]


def ready_starts() -> list[ReadyStart]:
    """Return every start: the common questions, and one for each RFM group."""
    groups = [
        ReadyStart(
            f"rfm_{value}",
            gettext("RFM group: %(name)s") % {"name": label},
            {"all": [{"is": "rfm_group", "op": "in", "value": [value]}]},
        )
        for value, label in RfmGroup.choices
    ]
    return [*STARTS, *groups]


def ready_start(key: str) -> ReadyStart | None:
    """Return the start of that key, or None."""
    return next((each for each in ready_starts() if each.key == key), None)


def address_of(rule: dict[str, Any], name: str) -> str:
    """Return the address of the builder with a rule and a name filled in; nothing is stored until somebody saves."""
    query = {"name": name, "rule": json.dumps(rule, ensure_ascii=False, separators=(",", ":"))}
    return f"{reverse('admin:customers_segment_add')}?{urlencode(query)}"


def start_in_address(query: Mapping[str, str]) -> ReadyStart | None:
    """Return the start that an address asks for: a ready one by its key, or the rule it brings; None without either.

    A rule that cannot be used is not filled in.
    """
    start = ready_start(query.get("start", ""))
    if start or "rule" not in query:
        return start
    with suppress(ValueError, RecursionError, RuleError):
        rule = json.loads(query["rule"][: rules.MOST_BYTES])
        rules.parse(rule)
        return ReadyStart("", query.get("name", "")[:LONGEST_NAME], rule)
    return None
