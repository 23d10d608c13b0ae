"""A rule is checked before it is kept, and says itself in words."""

import pytest
from django.utils import translation

from customers.models import Segment
from customers.segments import rules
from customers.segments.errors import RuleError

FINE = {"is": "order_count", "op": "at_least", "value": 3}


def nested(depth: int) -> object:
    rule: object = FINE
    for _level in range(depth - 1):
        rule = {"all": [rule]}
    return rule


BAD = [
    (None, "", "empty"),
    ({}, "", "empty"),
    ([], "", "empty"),
    ({"all": []}, "", "group is empty"),
    ({"all": [FINE, {"any": []}]}, "group 2", "group is empty"),
    ({"all": [{"any": [FINE, {"is": "shoe_size"}]}]}, "group 1 › condition 2", "no condition 'shoe_size'"),
    ({"all": [{"not": {"is": "order_count", "op": "near", "value": 3}}]}, "condition 1", "no operator “near”"),
    ({"all": [{"is": "order_count", "op": "at_least", "value": "3"}]}, "condition 1", "whole number, not '3'"),
    ({"is": "order_count", "op": "at_least", "value": True}, "", "whole number, not True"),
    ({"is": "order_count", "op": "at_least", "value": -1}, "", "from 0 to 1,000,000, not -1"),
    ({"is": "order_count", "op": "at_least"}, "", "“value” is missing"),
    ({"is": "last_order", "op": "never", "value": 3}, "", "takes no “value”"),
    ({"is": "order_count", "op": "at_least", "value": 3, "wndow": {}}, "", "takes no “wndow”"),
    ({"is": "last_order", "op": "within_days", "value": 10**9}, "", "from 0 to 36,500"),
    ({"is": "last_order", "op": "between", "value": ["2026-02-30", "2026-03-01"]}, "", "is no date like"),
    ({"is": "last_order", "op": "between", "value": ["2026-03-02", "2026-03-01"]}, "", "before the first"),
    ({"is": "orders", "op": "at_least", "value": 1, "window": {"this": "decade"}}, "", "window: There is no window"),
    ({"is": "orders", "op": "at_least", "value": 1, "window": {"this": ["week"]}}, "", "window: There is no window"),
    ({"is": "orders", "op": "at_least", "value": 1, "window": "month"}, "", "window: Expected a window"),
    ({"is": "rfm_group", "op": "in", "value": []}, "", "list is empty"),
    ({"is": "rfm_group", "op": "in", "value": ["best"]}, "", "no choice 'best' here"),
    ({"is": "rfm_group", "op": "in", "value": "champions"}, "", "Expected a list"),
    ({"is": "consent", "op": "granted", "value": "fax"}, "", "no choice 'fax' here"),
    ({"is": "attribute", "op": "is", "value": "a\x00", "attribute": "x"}, "", "cannot be stored"),
    ({"is": "attribute", "op": "is", "value": "\ud800", "attribute": "x"}, "", "cannot be stored"),
    ({"is": "attribute", "op": "at_least", "value": float("nan"), "attribute": "x"}, "", "too large"),
    ({"is": "attribute", "op": "at_least", "value": 10**400, "attribute": "x"}, "", "too large"),
    ({"is": "attribute", "op": "is", "value": "a"}, "", "“attribute” is missing"),
    ({"is": "in_segment", "op": "in", "value": [9_999_999]}, "", "no segment number 9999999"),
    ({"is": ["order_count"]}, "", "no condition ['order_count']"),
    ({"all": [FINE], "any": [FINE]}, "", "Expected one of “all”"),
    ({"some": [FINE]}, "", "Expected one of “all”"),
    ({"all": FINE}, "", "Expected a list of conditions"),
    ({"all": ["order_count"]}, "condition 1", "Expected a condition or a group"),
    ("order_count > 3", "", "Expected a condition or a group"),
    (nested(9), "group 1 › group 1 › group 1 › group 1 › group 1 › group 1 › group 1 › condition 1", "at most 8 deep"),
    (nested(20), "group 1 › group 1 › group 1 › group 1 › group 1 › group 1 › group 1 › group 1", "at most 8 deep"),
    ({"is": "attribute", "op": "is", "value": "x" * 1_000_000, "attribute": "x"}, "", "at most 200 letters"),
    ({"all": [FINE] * 101}, "condition 101", "at most 100 conditions"),
    (
        {"all": [{"is": "home_store", "op": "in", "value": ["점" * 200] * 120}]},
        "",
        "larger than 64 kB",
    ),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("rule", "path", "reason"), BAD)
def test_a_bad_rule_is_refused_with_its_place_and_reason(rule: object, path: str, reason: str) -> None:
    with translation.override("en"), pytest.raises(RuleError) as refusal:
        rules.check(rule)

    assert refusal.value.path == path
    assert reason in refusal.value.reason


@pytest.mark.django_db
@pytest.mark.parametrize("rule", [FINE, {"all": [FINE] * 100}, nested(8), {"not": {"not": FINE}}])
def test_a_rule_at_the_limits_is_taken(rule: object) -> None:
    rules.check(rule)


def test_a_rule_that_nests_without_end_is_refused_and_does_not_break_the_checker() -> None:
    with pytest.raises(RuleError):
        rules.parse(nested(5_000))


@pytest.mark.django_db
def test_segments_that_ask_each_other_in_a_circle_are_refused() -> None:
    first = Segment.objects.create(name="first", rule=FINE)
    second = Segment.objects.create(name="second", rule={"is": "in_segment", "op": "in", "value": [first.pk]})
    third = Segment.objects.create(name="third", rule={"not": {"is": "in_segment", "op": "in", "value": [second.pk]}})

    with translation.override("en"), pytest.raises(RuleError, match="circle"):
        rules.check({"all": [{"is": "in_segment", "op": "not_in", "value": [third.pk]}]}, segment_id=first.pk)
    with pytest.raises(RuleError):
        rules.check({"is": "in_segment", "op": "in", "value": [first.pk]}, segment_id=first.pk)
    rules.check({"is": "in_segment", "op": "in", "value": [first.pk]}, segment_id=third.pk)


SENTENCES = [
    ({"is": "last_order", "op": "within_days", "value": 1}, "last order within the last 1 day"),
    ({"is": "last_order", "op": "more_than_days_ago", "value": 90}, "last order more than 90 days ago"),
    (
        {"is": "first_order", "op": "between", "value": ["2026-01-01", "2026-01-31"]},
        "first order from 2026-01-01 to 2026-01-31",
    ),
    ({"is": "last_visit", "op": "never"}, "last visit: never"),
    ({"is": "paid_total", "op": "at_least", "value": 300_000}, "paid in all at least 300,000 won"),
    (
        {"is": "orders", "op": "at_least", "value": 3, "window": {"this": "month"}},
        "orders at least 3 times this month",
    ),
    (
        {"is": "paid_in_window", "op": "at_most", "value": 50_000, "window": {"last_days": 90}},
        "paid at most 50,000 won in the last 90 days",
    ),
    (
        {"is": "bought_category", "op": "in", "value": ["과일", "채소"], "times": 3, "window": {"last": "week"}},
        "bought from 과일, 채소 at least 3 times last week",
    ),
    ({"is": "cart_unpaid", "op": "within_days", "value": 7}, "cart filled but not paid for within the last 7 days"),
    ({"is": "rfm_group", "op": "in", "value": ["champions", "loyal"]}, "RFM group is champions, loyal"),
    ({"is": "attribute", "op": "contains", "value": "강남", "attribute": "동네"}, "attribute “동네” contains “강남”"),
    (
        {"all": [FINE, {"any": [FINE, FINE]}, {"not": {"all": [FINE]}}]},
        "orders ever at least 3 times and (orders ever at least 3 times or orders ever at least 3 times)"
        " and not (orders ever at least 3 times)",
    ),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("rule", "words"), SENTENCES)
def test_a_rule_says_itself(rule: object, words: str) -> None:
    with translation.override("en"):
        assert rules.sentence(rule) == words
