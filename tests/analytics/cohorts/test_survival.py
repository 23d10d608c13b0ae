"""The repurchase curve: who has been watched for how long is not forgotten."""

import pytest

from analytics.cohorts import survival


def test_everybody_watched_to_the_end_gives_plain_shares() -> None:
    points = survival.curve(100, [10, 20, 0, 30], [0, 0, 0, 0])

    assert [round(point.share, 9) for point in points] == [0.1, 0.3, 0.3, 0.6]
    assert [point.watched for point in points] == [100, 90, 70, 70]


def test_who_is_not_watched_any_longer_does_not_count_as_staying_away() -> None:
    # 40 of 100 come back at once, 30 were new on that day; of the 30 still watched a third comes back on the next.
    points = survival.curve(100, [40, 10], [30, 0])

    assert [round(point.share, 9) for point in points] == [0.4, 0.6]
    assert points[1].watched == 30


# Weeks to relapse of the 6-MP arm of Freireich et al. (1963), as in Kalbfleisch and Prentice: 21 patients.
RELAPSES = {6: 3, 7: 1, 10: 1, 13: 1, 16: 1, 22: 1, 23: 1}
CENSORED = {6: 1, 9: 1, 10: 1, 11: 1, 17: 1, 19: 1, 20: 1, 25: 1, 32: 2, 34: 1, 35: 1}


def remission(times: int) -> list[survival.Back]:
    """The curve of so many such arms at once."""
    relapses, censored = ([times * counts.get(week, 0) for week in range(36)] for counts in (RELAPSES, CENSORED))
    return survival.curve(21 * times, relapses, censored)


def test_it_draws_the_textbook_curve() -> None:
    points = remission(10)

    staying = {week: round(1 - points[week].share, 3) for week in RELAPSES}
    assert staying == {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448}


def test_the_interval_is_that_of_the_textbook() -> None:
    point = remission(1)[6]

    assert (round(1 - point.high, 3), round(1 - point.low, 3)) == (0.620, 0.952)


def test_the_curve_ends_where_one_customer_more_would_move_it_far() -> None:
    points = survival.curve(40, [0, 0, 0, 0], [15, 15, 5, 0])

    assert [point.watched for point in points] == [40, 25]


def test_it_goes_on_where_nearly_everybody_is_back() -> None:
    points = survival.curve(100, [98, 0, 1, 0], [0, 0, 0, 1])

    assert [round(point.share, 9) for point in points] == [0.98, 0.98, 0.99, 0.99]


@pytest.mark.parametrize(("share", "day"), [(0.1, 0), (0.3, 1), (0.31, 3), (0.9, None)])
def test_the_day_by_which_a_share_is_back(share: float, day: int | None) -> None:
    points = survival.curve(1000, [100, 200, 0, 300], [0, 0, 0, 0])

    assert survival.day_of_share(points, share) == day


def test_nobody_has_no_curve() -> None:
    assert survival.curve(0, [0, 0], [0, 0]) == []
