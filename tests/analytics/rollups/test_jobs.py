"""What the clock runs for the sums, and the command that compares them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from io import StringIO

import pytest
from django.core.management import call_command

from analytics import tasks
from analytics.errors import SumsDiffer
from analytics.models import CampaignState, DirtyDay, SalesDay
from analytics.rollups import kept, sales
from crm_project.models import Kick
from crm_project.schedules import OFTEN
from tests.factories import make_customer, make_message, make_order, make_running_campaign

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 2, 3, tzinfo=UTC)


@pytest.fixture(autouse=True)
def facts() -> None:
    make_order(None, placed_at=NOON, paid=1_000)
    make_message(make_running_campaign(), make_customer())


def test_the_job_adds_up_and_folds_and_a_second_run_changes_nothing() -> None:
    for _run in range(2):
        tasks.refresh_rollups()

        assert list(SalesDay.objects.values_list("revenue", flat=True)) == [1_000]
        assert list(CampaignState.objects.values_list("messages", "is_folded")) == [(1, True)]
        assert not DirtyDay.objects.exists()
    assert "analytics.tasks.refresh_rollups" in OFTEN


def test_orders_that_keep_coming_in_do_not_keep_the_job_from_ending(monkeypatch: pytest.MonkeyPatch) -> None:
    refresh, runs = sales.refresh, []

    def refresh_while_somebody_buys(days: Sequence[date]) -> None:
        refresh(days)
        make_order(None, placed_at=NOON, paid=1_000)
        runs.append(days)
        assert len(runs) < 3

    monkeypatch.setattr(sales, "refresh", refresh_while_somebody_buys)

    tasks.refresh_rollups()

    assert runs == [[date(2026, 11, 2)]]
    assert DirtyDay.objects.exists()
    assert not Kick.objects.filter(job="analytics.tasks.refresh_rollups").exists()


def test_the_nightly_check_fails_on_a_sum_that_differs_and_names_it() -> None:
    tasks.refresh_rollups()
    tasks.check_rollups()
    SalesDay.objects.update(orders=2)

    with pytest.raises(SumsDiffer, match=r"analytics_salesday.*orders=2"):
        tasks.check_rollups()


def test_the_command_says_what_differs_and_mends_it() -> None:
    tasks.refresh_rollups()
    SalesDay.objects.update(revenue=1)
    said = StringIO()

    with pytest.raises(SystemExit, match="1"):
        call_command("check_rollups", stdout=said, stderr=said)

    assert "revenue=1" in said.getvalue()
    call_command("check_rollups", "--mend", stdout=said)
    assert said.getvalue().endswith("Every kept sum equals the facts.\n")


def test_workers_know_every_question_that_a_page_asks() -> None:
    known = set(kept.QUESTIONS.names())

    assert {"kpi:clv", "experiment", "home:buyers", "home:slipping"} <= known
    tasks.keep_figures()
