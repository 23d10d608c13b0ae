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


def test_the_textbook_curve_with_its_greenwood_errors() -> None:
    # The 6-MP arm of Freireich et al. (1963), as in Kalbfleisch and Prentice: 21 patients, 9 relapses.
    relapses, censored = [0] * 36, [0] * 36
    for week, count in {6: 3, 7: 1, 10: 1, 13: 1, 16: 1, 22: 1, 23: 1}.items():
        relapses[week] = count
    for week, count in {6: 1, 9: 1, 10: 1, 11: 1, 17: 1, 19: 1, 20: 1, 25: 1, 32: 2, 34: 1, 35: 1}.items():
        censored[week] = count

    points = survival.curve(21, relapses, censored)

    assert {week: round(1 - points[week].share, 3) for week in (6, 7, 10, 13, 16)} == {
        6: 0.857,
        7: 0.807,
        10: 0.753,
        13: 0.690,
        16: 0.627,
    }
    assert (round(1 - points[10].high, 3), round(1 - points[10].low, 3)) == (0.503, 0.889)


def test_the_curve_ends_where_too_few_are_watched() -> None:
    points = survival.curve(12, [1, 1, 1, 1], [0, 0, 0, 0])

    assert [point.watched for point in points] == [12, 11, 10]


@pytest.mark.parametrize(("share", "day"), [(0.1, 0), (0.3, 1), (0.31, 3), (0.9, None)])
def test_the_day_by_which_a_share_is_back(share: float, day: int | None) -> None:
    points = survival.curve(1000, [100, 200, 0, 300], [0, 0, 0, 0])

    assert survival.day_of_share(points, share) == day


def test_nobody_has_no_curve() -> None:
    assert survival.curve(0, [0, 0], [0, 0]) == []
