"""Lists made as of a day, held against what people bought in the weeks after it.

Nothing may know those weeks. So all later orders are turned into unpaid ones first, and statistics, RFM groups,
cycles, demand, companions and popularity are computed anew as of the day; segments, whose members were chosen later,
are emptied. It happens in a transaction that is rolled back: afterwards the database is as it was.

Two targets: *any* product bought in those weeks, and the harder *new* ones, which the customer never bought before.
Measured over the customers who bought any: the hit rate (share of customers with a hit among the ten) and the recall
(share of what they bought that was among the ten, averaged over customers).
"""

import random
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from statistics import fmean

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from customers import cycles, rfm, stats
from customers.errors import NothingToEvaluate
from customers.models import Order, RecommendationReport, SegmentMembership
from customers.recommendations import ranking, rebuilding

LENGTH = 10
HELD_OUT_DAYS = 28
RESAMPLES = 1_000
BASELINE, OURS = "popularity", "ours"

Lists = Mapping[int, Collection[int]]
Baskets = Mapping[int, set[int]]
# Makes lists of customers as of a moment; of products they never bought, if asked for.
Recommender = Callable[["Past", bool], Lists]

PURCHASES = """
    SELECT customer_id, array_agg(DISTINCT product_id)
    FROM customers_order bought JOIN customers_orderline line ON line.order_id = bought.id AND line.quantity > 0
    WHERE is_purchase AND customer_id IS NOT NULL AND placed_at >= %s AND placed_at < %s
    GROUP BY customer_id
"""
# The store where a customer bought most, for what the file calls their home store may have been found out later.
HOME_STORES = """
    UPDATE customers_customer AS customer SET home_store_id = (
        SELECT store_id FROM customers_order bought
        WHERE bought.customer_id = customer.id AND is_purchase AND store_id IS NOT NULL
        GROUP BY store_id ORDER BY count(*) DESC, store_id LIMIT 1
    )
"""
# The baseline is the strongest of these windows, each of the customers who bought a product within so many days.
WINDOWS = (14, 28, 56, 91)
POPULAR = """
    SELECT product_id FROM affinity_evaluated WHERE last_at >= %s
    GROUP BY product_id ORDER BY count(*) DESC, product_id LIMIT 2000
"""


@dataclass(frozen=True)
class Past:
    """What is known as of the day: who is asked for, and what each bought until then."""

    as_of: datetime
    customers: list[int]
    bought: Baskets


@dataclass(frozen=True)
class Score:
    """How one recommender did on one target; the difference to the baseline with its 95 % interval."""

    recommender: str
    target: str
    customers: int
    hit_rate: float
    recall: float
    hit_rate_gain: tuple[float, float, float] | None = None
    recall_gain: tuple[float, float, float] | None = None


def default_cut() -> datetime:
    """Return the start of the day (KST) with which the last four weeks of orders begin.

    Raises:
        NothingToEvaluate: there is no order.
    """
    latest = Order.objects.purchases().aggregate(latest=Max("placed_at"))["latest"]
    if latest is None:
        raise NothingToEvaluate(_("There are no orders yet. Import orders first, then evaluate."))
    day = timezone.localtime(latest, timezone.get_default_timezone()).replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=HELD_OUT_DAYS - 1)


def evaluate(as_of: datetime, *, rivals: Mapping[str, Recommender]) -> RecommendationReport:
    """Hold our lists, the baseline's and those of the `rivals` against the four weeks from `as_of` on; keep the report.

    Takes minutes on a million lines and locks the later orders meanwhile, so run it where no orders come in.

    Raises:
        NothingToEvaluate: nobody bought in those weeks.
    """
    with transaction.atomic():
        truth = _purchases(as_of, as_of + timedelta(days=HELD_OUT_DAYS))
        if not truth:
            raise NothingToEvaluate(_("Nobody bought in the four weeks after that day. Choose an earlier day."))
        _forget_what_came_later(as_of)
        past = Past(as_of, sorted(truth), _purchases(datetime.min.replace(tzinfo=as_of.tzinfo), as_of))
        scores = [score for is_new in (False, True) for score in _scores(past, truth, rivals, is_new=is_new)]
        transaction.set_rollback(True)
    return RecommendationReport.objects.create(
        made_at=timezone.now(),
        as_of=as_of,
        days=HELD_OUT_DAYS,
        customers=len(truth),
        results=[asdict(score) for score in scores],
    )


def _purchases(since: datetime, until: datetime) -> dict[int, set[int]]:
    with connection.cursor() as cursor:
        cursor.execute(PURCHASES, [since, until])
        return {customer: set(products) for customer, products in cursor.fetchall()}


def _forget_what_came_later(as_of: datetime) -> None:
    Order.objects.filter(placed_at__gte=as_of).update(status=Order.Status.PENDING)
    SegmentMembership.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(HOME_STORES)
    stats.rebuild()
    rfm.score_everyone(as_of)
    cycles.rebuild(as_of)
    rebuilding.rebuild(as_of)


def _scores(past: Past, truth: Baskets, rivals: Mapping[str, Recommender], *, is_new: bool) -> list[Score]:
    target = "new" if is_new else "any"
    wanted = {
        customer: bought - past.bought.get(customer, set()) if is_new else bought for customer, bought in truth.items()
    }
    wanted = {customer: products for customer, products in wanted.items() if products}
    baseline = max((_hits(lists, wanted) for lists in popular(past, is_new=is_new)), key=lambda each: fmean(each[0]))
    makers = {OURS: ours, **rivals}
    measured = {BASELINE: baseline} | {name: _hits(make(past, is_new), wanted) for name, make in makers.items()}
    return [_score(name, target, of_customers, baseline) for name, of_customers in measured.items()]


Measured = tuple[list[float], list[float]]


def _hits(lists: Lists, wanted: Baskets) -> Measured:
    """Return, customer by customer, whether the list hit and which share of what was bought it held."""
    found = [len(products.intersection(lists.get(customer, ()))) for customer, products in wanted.items()]
    recalls = [count / len(products) for count, products in zip(found, wanted.values(), strict=True)]
    return [float(count > 0) for count in found], recalls


def _score(name: str, target: str, measured: Measured, baseline: Measured) -> Score:
    hits, recalls = measured
    score = Score(name, target, len(hits), fmean(hits), fmean(recalls))
    if measured is baseline:
        return score
    gains = [gain(one, other) for one, other in zip(measured, baseline, strict=True)]
    return Score(name, target, len(hits), score.hit_rate, score.recall, *gains)


def gain(ours: list[float], theirs: list[float]) -> tuple[float, float, float]:
    """Return the mean difference over the same customers, and its 95 % interval by bootstrap over customers."""
    differences = [one - other for one, other in zip(ours, theirs, strict=True)]
    dice = random.Random(20)  # noqa: S311 - the same interval every time
    means = sorted(fmean(dice.choices(differences, k=len(differences))) for _round in range(RESAMPLES))
    return fmean(differences), means[RESAMPLES // 40], means[-RESAMPLES // 40 - 1]


def ours(past: Past, is_new: bool) -> Lists:
    """Return our own lists."""
    statement = ranking.ONLY_FRESH if is_new else ranking.EVERYTHING
    lists: dict[int, list[int]] = {}
    for rows in ranking.top(past.customers, limit=LENGTH, now=past.as_of, statement=statement):
        for row in rows:
            lists.setdefault(row.customer_id, []).append(row.product_id)
    return lists


def popular(past: Past, *, is_new: bool) -> Iterable[Lists]:
    """Yield the lists of the baseline for each window: what most people bought lately, less what is not new."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE IF NOT EXISTS affinity_evaluated ON COMMIT DROP AS"
            " SELECT customer_id, product_id, max(placed_at) AS last_at FROM customers_order bought"
            " JOIN customers_orderline line ON line.order_id = bought.id AND quantity > 0"
            " WHERE is_purchase AND customer_id IS NOT NULL AND placed_at < %s GROUP BY 1, 2",
            [past.as_of],
        )
        for days in WINDOWS:
            cursor.execute(POPULAR, [past.as_of - timedelta(days=days)])
            best = [product for (product,) in cursor.fetchall()]
            yield {
                customer: _first(best, without=past.bought.get(customer, ()) if is_new else ())
                for customer in past.customers
            }


def _first(products: Iterable[int], *, without: Collection[int]) -> list[int]:
    left = (product for product in products if product not in without)
    return [product for product, _place in zip(left, range(LENGTH), strict=False)]
