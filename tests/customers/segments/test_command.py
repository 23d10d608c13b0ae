"""`manage.py segment` answers from a shell and stores nothing."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone, translation

from customers import stats
from customers.models import Segment
from tests.factories import make_customer, make_order

pytestmark = pytest.mark.django_db

RULE = json.dumps({"is": "order_count", "op": "at_least", "value": 1})


@pytest.fixture(autouse=True)
def shop() -> None:
    for number in ("C-1", "C-2"):
        make_order(make_customer(external_id=number), placed_at=timezone.now())
    make_customer(external_id="C-3")
    stats.rebuild()


def said(*arguments: str) -> str:
    out = StringIO()
    with translation.override("en"):
        call_command("segment", *arguments, stdout=out)
    return out.getvalue().strip()


def test_a_rule_given_here_is_counted() -> None:
    assert said("count", "--rule", RULE) == "2"
    today = timezone.localdate().isoformat()
    assert json.loads(said("count", "--rule", RULE, "--json")) == {"name": None, "count": 2, "as_of": today}
    assert json.loads(said("count", "--rule", RULE, "--as-of", "2020-01-01", "--json"))["count"] == 0


def test_a_saved_segment_is_listed_by_customer_number() -> None:
    Segment.objects.create(name="구매 고객", rule=json.loads(RULE))

    assert said("list", "구매 고객").split() == ["C-1", "C-2"]
    assert json.loads(said("list", "구매 고객", "--json")) == ["C-1", "C-2"]


def test_a_rule_is_explained_in_words_and_for_a_customer() -> None:
    assert said("explain", "--rule", RULE) == "orders ever at least 1 time"
    assert said("explain", "--rule", RULE, "--customer", "C-3") == "✗ orders ever at least 1 time — 0 times"
    tree = json.loads(said("explain", "--rule", RULE, "--customer", "C-1", "--json"))
    assert tree == {"sentence": "orders ever at least 1 time", "fits": True, "actual": "1 time"}


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["count"], "Give either the name"),
        (["count", "a", "--rule", RULE], "Give either the name"),
        (["count", "nobody"], "There is no segment “nobody”"),
        (["count", "--rule", "{"], "no valid JSON"),
        (["count", "--rule", "{}"], "The rule is empty"),
        (["list", "--rule", '{"is": "shoe_size"}'], "There is no condition"),
        (["explain", "--rule", RULE, "--customer", "X"], "There is no customer X"),
    ],
)
def test_a_mistake_is_answered_with_a_reason(arguments: list[str], reason: str) -> None:
    with pytest.raises(CommandError, match=reason):
        said(*arguments)
