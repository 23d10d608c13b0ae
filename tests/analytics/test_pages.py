"""Home, KPI board, spend and credited orders: who may see them, what they say, and what they cost."""

from datetime import date, timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from analytics.attribution.credits import attribute_fresh
from analytics.boards.home import marks_of
from analytics.boards.tiles import change
from analytics.cohorts.slipping import AtStake
from analytics.kpis import snapshots
from analytics.models import MarketingSpend
from analytics.periods import last_days, today
from campaigns.models import Campaign, Hit, Message
from campaigns.pipeline import outcome
from crm_project.charts import Mark
from customers import stats
from customers.models import CustomerStats
from tests.factories import make_customer, make_message, make_order, make_running_campaign, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]

CHROME = "Mozilla/5.0 (Windows NT 10.0) Chrome/130.0"
RESULTS = ("analytics.view_attributedorder", "campaigns.view_campaign")
PAGES = ("/admin/results/kpis/",)


@pytest.fixture(autouse=True)
def _nothing_cached() -> None:
    cache.clear()


def signed_in(*permissions: str) -> Client:
    """A member of staff with these permissions and no more."""
    client = Client()
    client.force_login(make_user("minji", *permissions))
    return client


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def hit(message: Message, kind: str, user_agent: str = CHROME) -> None:
    link = message.variant.links.get() if kind == "click" else None
    Hit.objects.create(message=message, kind=kind, link=link, occurred_at=timezone.now(), user_agent=user_agent)


@pytest.fixture
def campaign() -> Campaign:
    """Four were targeted, three got it, two opened, one clicked and bought; a scanner was there too."""
    campaign = make_running_campaign(links=("https://shop.example/",), name="가을 감사제", holdout_percent=10)
    messages = [make_message(campaign, make_customer()) for _ in range(3)]
    make_message(campaign, make_customer(), status="skipped", skip_reason="OPTED_OUT", sent_at=None)
    make_message(campaign, make_customer(), status="skipped", skip_reason="HOLDOUT", sent_at=None)
    hit(messages[0], "open")
    hit(messages[1], "click")
    hit(messages[2], "open", "Barracuda")
    outcome.roll_up([message.pk for message in messages])
    make_order(messages[1].customer, placed_at=timezone.now() + timedelta(seconds=5), paid=123_000)
    attribute_fresh()
    return campaign


@pytest.mark.parametrize("path", PAGES)
def test_results_are_closed_to_strangers_and_to_staff_without_permission(path: str, campaign: Campaign) -> None:
    address = path.format(campaign.pk)

    assert Client().get(address).status_code == 302
    assert signed_in().get(address).status_code == 403


def test_the_board_shows_every_kpi_with_its_formula_and_inputs() -> None:
    buyer = make_customer()
    for _ in range(2):
        make_order(buyer, placed_at=timezone.now() - timedelta(hours=1))
    stats.rebuild()

    client = signed_in(*RESULTS)
    board = page(client, "/admin/results/kpis/?period=30")
    rate = page(client, "/admin/results/kpis/rpr/?period=30")

    for words in ("CLV", "CAC", "CRR", "RPR", "PCR", "customers with two or more purchases ÷ customers who bought"):
        assert words in board
    for words in ("300 ÷ 1,000 = 30 %", "bought twice or more"):
        assert words in rate


def test_a_trend_without_any_value_says_when_it_begins_instead_of_an_empty_chart() -> None:
    make_order(make_customer(), placed_at=timezone.now() - timedelta(days=70))
    snapshots.take(today())

    client = signed_in(*RESULTS)
    begun = {name: client.get(f"/admin/results/kpis/{name}/").context["chart"] for name in ("cac", "crr", "pcr", "rpr")}

    assert [name for name, chart in begun.items() if chart is None] == ["cac", "crr", "pcr"]
    assert "The trend begins with the first month" in page(client, "/admin/results/kpis/cac/")


@pytest.mark.parametrize("period", ["", "30", "90", "365", "month", "last_month", "'; drop table", "0"])
def test_the_board_opens_for_every_period(period: str) -> None:
    page(signed_in(*RESULTS), f"/admin/results/kpis/?period={period}")


def test_home_tells_what_waits_what_earned_and_who_slips_away(campaign: Campaign) -> None:
    Campaign.objects.create(name="승인 대기", purpose="ad", status="in_review")
    Campaign.objects.create(name="내일 발송", purpose="ad", status="scheduled", scheduled_at=timezone.now())
    stats.rebuild()
    CustomerStats.objects.filter(order_count=1).update(cycle_days=10, cycle_gaps=5, risk=95)

    context = signed_in(*RESULTS).get("/admin/").context

    assert context["waiting"].to_approve == 1
    assert [(each.pk, done, whole) for each, _url, _badge, done, whole in context["running"]] == [(campaign.pk, 3, 3)]
    assert [each.name for each, _url, _badge in context["coming"]] == ["내일 발송"]
    assert (context["now"].attributed, context["now"].clicked) == (123_000, 1)
    assert context["slipping"] == AtStake(1, 123_000 * 365 // 90)
    assert sum(value for series in context["chart"].series for value in series.values) == 123_000


def test_campaigns_that_began_close_together_share_one_mark() -> None:
    period = last_days(30)
    begun = [
        Campaign(name=name, started_at=period.start + timedelta(days=day))
        for name, day in zip("abc", (2, 4, 9), strict=True)
    ]

    assert marks_of(begun, period) == [Mark(2, "a +1"), Mark(9, "c")]


@pytest.mark.parametrize(
    ("now", "then", "moved"), [(110, 100, 0.1), (99_999, 100_000, 0.0), (5, 0, None), (None, 5, None)]
)
def test_how_far_a_figure_moved(now: int | None, then: int, moved: float | None) -> None:
    assert str(change(now, then)) == str(moved)


def test_home_shows_store_staff_no_numbers() -> None:
    answer = signed_in("customers.view_store").get("/admin/")

    assert answer.status_code == 200
    assert "now" not in answer.context
    assert "waiting" not in answer.context


@pytest.mark.parametrize("month", ["2026-11", "2026-11-30"])
def test_spend_is_entered_by_the_month(month: str) -> None:
    client = signed_in("analytics.add_marketingspend", "analytics.view_marketingspend")

    client.post("/admin/analytics/marketingspend/add/", {"month": month, "source": "검색", "amount": "5000000"})

    spend = MarketingSpend.objects.get()
    assert (spend.month, spend.source, spend.amount) == (date(2026, 11, 1), "검색", 5_000_000)


def test_the_same_month_and_source_are_entered_once() -> None:
    MarketingSpend.objects.create(month=date(2026, 11, 1), source="검색", amount=1)
    client = signed_in("analytics.add_marketingspend", "analytics.view_marketingspend")

    answer = client.post("/admin/analytics/marketingspend/add/", {"month": "2026-11", "source": "검색", "amount": "2"})

    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors
    assert MarketingSpend.objects.get().amount == 1


def test_a_credited_order_can_be_looked_at_but_not_edited(campaign: Campaign) -> None:
    client = signed_in("analytics.view_attributedorder", "analytics.change_attributedorder")

    assert "123,000" in page(client, "/admin/analytics/attributedorder/")
    assert client.get("/admin/analytics/attributedorder/add/").status_code == 403


def test_the_api_gives_the_kpi_as_the_command_does() -> None:
    answer = signed_in(*RESULTS).get("/api/v1/kpis/rpr/?from=2026-11-01&to=2026-11-30")

    assert answer.json() == {
        "name": "rpr",
        "value": None,
        "numerator": 0,
        "denominator": 0,
        "from": "2026-11-01",
        "to": "2026-11-30",
    }


@pytest.mark.parametrize(
    ("permissions", "path", "status"),
    [
        (RESULTS, "nps/", 404),
        (RESULTS, "rpr/?from=yesterday", 400),
        (RESULTS, "rpr/?from=2026-11-02&to=2026-11-01", 400),
        (RESULTS, "rpr/?to=9999-12-31", 400),
        ((), "rpr/", 403),
    ],
)
def test_the_api_refuses_in_words(permissions: tuple[str, ...], path: str, status: int) -> None:
    answer = signed_in(*permissions).get(f"/api/v1/kpis/{path}")

    assert answer.status_code == status
    assert answer.json()["detail"]


def test_the_api_is_closed_to_strangers() -> None:
    assert Client().get("/api/v1/kpis/rpr/").status_code in (401, 403)
