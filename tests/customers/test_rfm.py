"""RFM: percentile thresholds over buyers, and groups that a grid names."""

from datetime import UTC, datetime, timedelta

import pytest

from customers import rfm
from customers.models import CustomerStats, RfmScoring
from customers.models.stats import RfmGroup
from tests.factories import make_customer

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)


def make_buyer(*, days: int, orders: int, paid: int) -> CustomerStats:
    return CustomerStats.objects.create(
        customer=make_customer(),
        order_count=orders,
        paid_total=paid,
        last_order_at=NOW - timedelta(days=days) if orders else None,
    )


def scores(stats: CustomerStats) -> tuple[int | None, int | None, int | None, str]:
    stats.refresh_from_db()
    return stats.recency_score, stats.frequency_score, stats.monetary_score, stats.rfm_group


@pytest.mark.django_db
def test_buyers_are_scored_by_quintile_and_the_cut_points_are_kept() -> None:
    buyers = [make_buyer(days=10 * number, orders=6 - number, paid=(6 - number) * 1_000) for number in range(1, 6)]

    scoring = rfm.score_everyone(NOW)

    assert (scoring.buyers, scoring.recency_days) == (5, [10, 20, 30, 40])
    assert (scoring.order_counts, scoring.paid_totals) == ([1, 2, 3, 4], [1_000, 2_000, 3_000, 4_000])
    assert [scores(each) for each in buyers] == [
        (5, 5, 5, "champions"),
        (4, 4, 4, "loyal"),
        (3, 3, 3, "loyal"),
        (2, 2, 2, "dormant"),
        (1, 1, 1, "lost"),
    ]


@pytest.mark.django_db
def test_equal_customers_get_equal_scores_on_every_run() -> None:
    buyers = [make_buyer(days=5, orders=2, paid=10_000) for _number in range(7)]

    rfm.score_everyone(NOW)
    first = [scores(each) for each in buyers]
    rfm.score_everyone(NOW)

    assert len(set(first)) == 1
    assert [scores(each) for each in buyers] == first


@pytest.mark.django_db
def test_days_are_those_of_seoul() -> None:
    late = make_buyer(days=0, orders=1, paid=1_000)
    # 23:59 of the day before in Seoul, eleven hours ago.
    CustomerStats.objects.filter(pk=late.pk).update(last_order_at=datetime(2026, 11, 20, 14, 59, tzinfo=UTC))

    scoring = rfm.score_everyone(NOW)

    assert scoring.recency_days == [1, 1, 1, 1]


@pytest.mark.django_db
def test_who_no_longer_counts_as_a_buyer_loses_the_scores() -> None:
    once = make_buyer(days=5, orders=1, paid=1_000)
    rfm.score_everyone(NOW)
    CustomerStats.objects.filter(pk=once.pk).update(order_count=0, paid_total=0, last_order_at=None)

    assert rfm.score_everyone(NOW) is None
    assert scores(once) == (None, None, None, "")
    assert RfmScoring.objects.count() == 1


@pytest.mark.parametrize(
    ("recency", "frequency", "monetary", "group"),
    [
        (5, 5, 5, RfmGroup.CHAMPIONS),
        (5, 1, 1, RfmGroup.NEW),
        (4, 1, 2, RfmGroup.PROMISING),  # a mean of 1.5 counts as 2
        (4, 3, 3, RfmGroup.LOYAL),
        (3, 1, 1, RfmGroup.NEEDS_ATTENTION),
        (2, 4, 5, RfmGroup.AT_RISK),
        (1, 5, 5, RfmGroup.AT_RISK),
        (2, 1, 1, RfmGroup.DORMANT),
        (1, 1, 2, RfmGroup.LOST),
    ],
)
def test_the_grid_names_the_group(recency: int, frequency: int, monetary: int, group: RfmGroup) -> None:
    assert rfm.group_of(recency, frequency, monetary) == group
