"""What every registered condition promises, whoever registered it."""

import json
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone, translation

from customers.models import Customer
from customers.segments import explain, preview, rules
from customers.segments.clock import Moment
from customers.segments.conditions import CONDITIONS, Condition, Operator, Topic
from customers.segments.errors import RuleError
from tests.factories import make_customer

SAMPLES: dict[str, Any] = {
    "number": 3,
    "decimal": 2.5,
    "text": "x",
    "suggested": "x",
    "dates": ["2026-01-01", "2026-02-01"],
    "window": {"last_days": 7},
    "property": {"name": "colour", "value": "red"},
}
ASKED = [(condition, operator) for condition in CONDITIONS for operator in condition.operators]


def sample(value: Any) -> Any:
    schema = value.schema()
    if "choices" in schema and schema["kind"] != "window":
        first = schema["choices"][0][0]
        return [first] if schema["kind"] == "choices" else first
    if schema["kind"] == "lookup":
        return [1] if schema["by_number"] else ["x"]
    return SAMPLES[schema["kind"]]


def part_of(condition: Condition, operator: Operator, *, with_optional: bool = True) -> dict[str, Any]:
    part: dict[str, Any] = {"is": condition.name, "op": operator.name}
    if operator.value:
        part["value"] = sample(operator.value)
    extras = {**condition.required, **(condition.optional if with_optional else {})}
    return part | {key: sample(kind) for key, kind in extras.items()}


@pytest.mark.django_db
@pytest.mark.parametrize(("condition", "operator"), ASKED, ids=lambda each: each.name)
def test_it_compiles_counts_and_explains_alone_and_negated(condition: Condition, operator: Operator) -> None:
    customers = [make_customer(), make_customer()]

    for with_optional in (False, True):
        part = part_of(condition, operator, with_optional=with_optional)
        for moment in (Moment(timezone.now()), Moment(timezone.now() - timedelta(days=9), is_past=True)):
            inside = preview.count({"all": [part]}, moment=moment)
            outside = preview.count({"not": part}, moment=moment)
            among = Moment(moment.now, is_past=moment.is_past, among=(customers[0].pk,))

            assert inside + outside == len(customers)
            assert Customer.objects.filter(condition.q(part, among), pk=customers[0].pk).count() in (0, 1)
        assert explain.explain(part, customers[0]).actual


@pytest.mark.django_db
@pytest.mark.parametrize(("condition", "operator"), ASKED, ids=lambda each: each.name)
@pytest.mark.parametrize("language", ["ko", "en"])
def test_it_speaks_a_whole_sentence(condition: Condition, operator: Operator, language: str) -> None:
    with translation.override(language):
        said = rules.sentence(part_of(condition, operator))

    assert said
    assert "%(" not in said
    assert said == " ".join(said.split())


@pytest.mark.parametrize("condition", CONDITIONS, ids=lambda each: each.name)
def test_it_can_be_drawn_by_the_builder(condition: Condition) -> None:
    schema = json.loads(json.dumps(condition.schema()))

    assert schema["name"] == condition.name
    assert schema["label"]
    assert schema["topic"] in Topic.values
    assert [each["name"] for each in schema["operators"]] == [each.name for each in condition.operators]


JUNK = [None, "", "x" * 300, -(10**30), 10**30, 1.5, True, [], [None], [[]], {}, {"last_days": "x"}, float("inf")]


@pytest.mark.parametrize(("condition", "operator"), ASKED, ids=lambda each: each.name)
def test_it_refuses_junk_and_never_breaks(condition: Condition, operator: Operator) -> None:
    good = part_of(condition, operator)

    for key in set(good) - {"is"}:
        for junk in JUNK:
            if isinstance(junk, float) and not isinstance(good[key], float):
                with pytest.raises(RuleError):
                    rules.parse(good | {key: junk})
            else:
                refuse_or_take(good | {key: junk})


STATEMENT = "'; DROP TABLE customers_customer; --"
STATEMENTS = [STATEMENT, "x\\' OR '1'='1", '%s %(value)s" OR ""="']


@pytest.mark.django_db
@pytest.mark.parametrize(("condition", "operator"), ASKED, ids=lambda each: each.name)
def test_sql_in_every_value_is_refused_or_is_a_text_that_nobody_has(condition: Condition, operator: Operator) -> None:
    customers = [make_customer(), make_customer()]
    part = part_of(condition, operator)

    for key in part:
        texts = [with_text(part[key], statement) for statement in STATEMENTS]
        for value in (*texts, STATEMENT, [STATEMENT], {STATEMENT: STATEMENT}):
            with suppress(RuleError):
                inside = preview.count({"all": [part | {key: value}]})
                outside = preview.count({"not": part | {key: value}})

                assert inside + outside == len(customers)


def with_text(value: Any, text: str) -> Any:
    """Return the value with every text in it replaced."""
    if isinstance(value, dict):
        return {name: with_text(each, text) for name, each in value.items()}
    if isinstance(value, list):
        return [with_text(each, text) for each in value]
    return text


def refuse_or_take(part: dict[str, Any]) -> None:
    """Some junk is a fine text; what is taken must have been understood."""
    with suppress(RuleError):
        rules.parse(part)


def test_the_clock_gives_days_of_the_shop() -> None:
    moment = Moment(datetime.fromisoformat("2026-11-20T15:00:00+00:00"))

    assert moment.today.isoformat() == "2026-11-21"
