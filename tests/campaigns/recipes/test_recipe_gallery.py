"""The gallery: what stands on its cards, how many would enter, and the button."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from campaigns.models import Automation, RecipeFigure
from campaigns.recipes import expected
from campaigns.recipes.every import RECIPES
from campaigns.recipes.timing import points
from customers import stats
from tests.campaigns.recipes.shop import MAY_DRAFT, open_shop
from tests.factories import make_customer, make_order, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(client: Client) -> Client:
    open_shop()
    client.force_login(make_user("operator", *MAY_DRAFT, "campaigns.view_automation"))
    return client


def test_every_recipe_has_a_card_with_its_class(operator: Client) -> None:
    page = operator.get("/admin/campaigns/automation/recipes/").content.decode()

    for recipe in RECIPES:
        assert f'id="recipe-{recipe.key}"' in page
    assert page.count('class="recipe-use"') == len(RECIPES) - 1


def test_use_makes_the_draft_in_the_language_asked_for_and_opens_the_editor(operator: Client) -> None:
    answer = operator.post("/admin/campaigns/automation/recipes/vip_notice/use/", {"language": "en"})

    made = Automation.objects.get()
    assert answer.headers["Location"] == f"/admin/campaigns/automation/{made.pk}/change/"
    assert made.campaigns.get().steps.get().variants.get(fallback=None).subject.endswith("You are registered as a VIP")
    shown = operator.get("/admin/campaigns/automation/recipes/").content.decode()
    assert f'href="/admin/campaigns/automation/{made.pk}/change/"' in shown


def test_a_get_makes_nothing(operator: Client) -> None:
    assert operator.get("/admin/campaigns/automation/recipes/vip_notice/use/").status_code == 405
    assert not Automation.objects.exists()


def test_a_count_asks_the_trigger_and_for_a_watched_segment_who_came_in() -> None:
    now = timezone.now()
    for days in (3, 40, 65, 200):
        make_order(make_customer(joined_at=now - timedelta(days=days)), placed_at=now - timedelta(days=days))
    stats.rebuild()

    figures = {key: expected.count(RECIPES[key], now=now) for key in ("welcome", "win_back", "after_first_order")}

    assert {key: (each.in_30_days, each.in_90_days) for key, each in figures.items()} == {
        "welcome": (1, 3),
        "win_back": (1, 1),
        "after_first_order": (1, 3),
    }


def test_a_recipe_that_cannot_be_counted_says_why_and_keeps_nobody_back() -> None:
    assert expected.count_all() == len([recipe for recipe in RECIPES if not recipe.leads_to]) - 1

    figure = RecipeFigure.objects.get(in_30_days=None)
    assert figure.recipe == "store_event"
    assert figure.problem


@pytest.mark.parametrize(
    ("key", "hours"), [("welcome", [0, 48, 120]), ("cart_left", [0, 22]), ("win_back", [0, 720, 1440])]
)
def test_the_line_of_a_card_says_when_each_message_is_due(key: str, hours: list[int]) -> None:
    assert [point.hours for point in points(RECIPES[key], language="ko")] == hours
