"""The editor of earning rules, the simulator and the pages beside them."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags

from customers.models import Customer
from loyalty.earning.orders import earn_changed_orders
from loyalty.models import EarningProgress, EarningRule, EarningTerms, RuleVersion
from tests.factories import begin_earning, buy, make_customer, make_earning_rule, make_order, make_product, make_user

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 21, 3, tzinfo=UTC)
RULES = "/admin/loyalty/earningrule/"
FORM = {
    "name": "기본 적립",
    "kind": "base",
    "reward": "won_per_point",
    "value": 100,
    "categories": "",
    "minimum_won": 0,
    "is_active": "on",
}


@pytest.fixture
def operator(client: Client) -> Client:
    names = ("view_earningrule", "add_earningrule", "change_earningrule", "delete_earningrule")
    more = ("view_earningterms", "add_earningterms", "change_earningterms", "view_orderaward")
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    client.force_login(make_user("operator", *(f"loyalty.{name}" for name in (*names, *more))))
    return client


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return " ".join(strip_tags(answer.content.decode()).split())


def errors(client: Client, **given: object) -> dict[str, list[str]]:
    answer = client.post(f"{RULES}add/", FORM | given)
    assert answer.status_code == 200
    return dict(answer.context["adminform"].form.errors)


def test_a_rule_that_is_saved_is_frozen_with_who_saved_it(operator: Client) -> None:
    answer = operator.post(f"{RULES}add/", FORM)

    assert answer.status_code == 302
    version = RuleVersion.objects.get()
    assert [rule["value"] for rule in version.content["rules"]] == [100]
    assert version.made_by.get_username() == "operator"


@pytest.mark.parametrize(
    ("given", "field", "said"),
    [
        ({"kind": "category"}, "categories", "Name at least one category."),
        ({"kind": "store"}, "stores", "Choose at least one store."),
        ({"kind": "channel"}, "channel", "Choose the sales channel."),
        ({"kind": "campaign"}, "segment", "Choose the segment that the campaign is for."),
        ({"kind": "referral"}, "reward", "A deed earns a fixed number of points."),
        (
            {"kind": "referral", "reward": "fixed", "channel": "online"},
            "channel",
            "This asks about purchases; a deed is none.",
        ),
        ({"times_per_month": 2}, "times_per_month", "Only for referrals."),
        ({"reward": "fixed"}, "reward", "The base rule needs a rate: points per 1,000 won, or won per point."),
        (
            {"starts_on": "2026-12-02", "ends_on": "2026-12-01"},
            "ends_on",
            "The last day is before the first one.",
        ),
        ({"categories": "유제품\n빵"}, "categories", "No product is in: 빵. Check how it is written."),
        ({"value": 0}, "value", "Ensure this value is greater than or equal to 1."),
    ],
)
def test_a_rule_that_means_nothing_is_refused(operator: Client, given: dict, field: str, said: str) -> None:
    make_product(category="유제품")

    assert errors(operator, **given)[field] == [said]
    assert not EarningRule.objects.exists()


@pytest.mark.parametrize("kind", ["review", "survey", "visit"])
def test_a_rule_for_what_nothing_rewards_is_neither_offered_nor_put_in_force(operator: Client, kind: str) -> None:
    rule = make_earning_rule(name="후기", kind=kind, reward="fixed", value=50, is_active=False)
    given = FORM | {"kind": kind, "reward": "fixed", "value": 50}

    offered = [value for value, _label in operator.get(f"{RULES}add/").context["adminform"].form.fields["kind"].choices]
    added = errors(operator, **given)
    changed = operator.post(f"{RULES}{rule.pk}/change/", given)

    assert kind not in offered
    assert "referral" in offered
    assert list(added) == ["kind"]
    assert dict(changed.context["adminform"].form.errors) == {
        "is_active": ["Nothing here gives points for this: the rule would promise what nobody gets."]
    }
    assert not EarningRule.objects.filter(is_active=True).exists()


def test_a_second_base_rule_is_refused_while_one_is_in_force(operator: Client) -> None:
    make_earning_rule()

    refused = errors(operator)

    assert refused["is_active"] == ["Another rule for every purchase is in force. Switch that one off first."]


def test_categories_are_typed_one_a_line(operator: Client) -> None:
    for category in ("유제품", "빵, 떡"):
        make_product(category=category)

    operator.post(f"{RULES}add/", FORM | {"kind": "category", "categories": " 유제품 \r\n빵, 떡\r\n"})

    assert EarningRule.objects.get().categories == ["빵, 떡", "유제품"]


@time_machine.travel(NOW, tick=False)
def test_each_rule_says_what_it_would_have_given_last_month(operator: Client) -> None:
    begin_earning()
    make_earning_rule()
    draft = make_earning_rule(
        name="와인", kind="category", categories=["와인"], reward="fixed", value=30, is_active=False
    )
    wine, customer = make_product(category="와인"), make_customer()
    for day in (1, 31):
        buy(customer, wine, at=datetime(2026, 10, day, 3, tzinfo=UTC), paid=10_000)
    make_order(customer, placed_at=datetime(2026, 11, 1, 3, tzinfo=UTC), paid=90_000)

    rows = {row.name: (row.given.points, row.given.orders) for row in operator.get(RULES).context["cl"].result_list}
    page = text(operator, f"{RULES}{draft.pk}/change/")

    assert rows == {"기본 적립": (200, 2), "와인": (60, 2)}
    assert "Goods of 와인 earn 30 points." in page
    assert "With the orders of 2026-10 it would have given: Points 60" in page
    assert not RuleVersion.objects.exists()


def test_a_deleted_rule_is_out_of_force_at_once(operator: Client) -> None:
    rule = make_earning_rule()

    operator.post(f"{RULES}{rule.pk}/delete/", {"post": "yes"})

    assert RuleVersion.objects.get().content["rules"] == []


def test_another_first_day_has_all_orders_looked_at_again(operator: Client) -> None:
    begin_earning(on=date(2026, 11, 1))
    make_earning_rule()
    make_order(make_customer(), placed_at=datetime(2026, 10, 5, tzinfo=UTC))
    earn_changed_orders()
    terms = {"begins_on": "2026-10-01", "rounding": "down", "excluded_categories": "", "pending_days_online": 7}

    operator.post(f"/admin/loyalty/earningterms/{EarningTerms.objects.get().pk}/change/", terms)

    assert not EarningProgress.objects.exists()
    assert earn_changed_orders().awards == 1


@pytest.fixture
def bill() -> dict[str, object]:
    make_earning_rule()
    make_product(category="와인")
    return {"channel": "store", "day": "2026-11-21", "category_1": "와인", "amount_1": 30_000, "amount_2": 12_900}


def simulate(client: Client, asked: dict[str, object]) -> str:
    return text(client, reverse("admin:loyalty_simulator", query=asked))


def test_the_simulator_says_the_points_and_why(operator: Client, bill: dict[str, object]) -> None:
    make_earning_rule(name="와인 주간", kind="category", categories=["와인"], reward="percent_of_base", value=100)

    page = simulate(operator, bill)

    assert "Points 729" in page
    assert "42,900 won · 1 point per 100 won → 429" in page
    assert "30,000 won · 100 % more points than usual → 300" in page
    assert not RuleVersion.objects.exists()


def test_the_simulator_asks_the_customer_that_is_named(operator: Client, bill: dict[str, object]) -> None:
    newcomer: Customer = make_customer(birthday=date(1990, 11, 3))
    make_earning_rule(name="첫 구매", kind="first_purchase", reward="fixed", value=1_000)
    make_earning_rule(name="생일", kind="birthday", reward="fixed", value=200)
    asked = bill | {"customer": newcomer.external_id}

    assert "1,629" in simulate(operator, asked)

    make_order(newcomer, placed_at=datetime(2026, 11, 1, tzinfo=UTC))
    assert "629" in simulate(operator, asked)
    assert "1,629" not in simulate(operator, asked)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"customer": "nobody"}, "There is no customer with this number."),
        ({"refunded": 42_901}, "More is refunded than was paid."),
        ({"day": "gestern"}, "Enter a valid date."),
    ],
)
def test_the_simulator_says_what_it_cannot_count(
    operator: Client, bill: dict[str, object], asked: dict[str, object], said: str
) -> None:
    assert said in simulate(operator, bill | asked)


def test_a_rule_that_is_not_in_force_can_be_tried(operator: Client, bill: dict[str, object]) -> None:
    make_earning_rule(name="초안", kind="channel", channel="store", reward="fixed", value=5_000, is_active=False)

    assert "5,429" not in simulate(operator, bill)
    assert "5,429" in simulate(operator, bill | {"with_drafts": "on"})


def test_orders_say_why_they_earned_what_they_did(operator: Client) -> None:
    begin_earning()
    make_earning_rule()
    make_order(make_customer(), placed_at=datetime(2026, 11, 5, tzinfo=UTC), paid=12_990)
    earn_changed_orders()

    assert "기본 적립 +129" in text(operator, "/admin/loyalty/orderaward/")
