"""The geometry of the charts: exact places for exact numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_project import charts
from crm_project.charts import Chart, Mark, Series
from crm_project.templatetags.charts import drawn_mark


def chart(*rows: list[float | None], height: int = 100) -> Chart:
    labels = [str(index) for index in range(len(rows[0]))]
    return Chart("", labels, [Series(str(number), values) for number, values in enumerate(rows)], height=height)


@pytest.mark.parametrize(
    ("span", "step"), [(4, 1), (7, 2), (9, 2.5), (18, 5), (33, 10), (0.04, 0.01), (1_234_567, 500_000), (0, 1)]
)
def test_grid_lines_stand_at_round_numbers(span, step):
    assert charts.nice_step(span) == pytest.approx(step)


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [([3, 7], 0, 8), ([-30, 70], -50, 75), ([None, 5], 0, 6), ([], 0, 1), ([0, 0], 0, 1), ([-4], -4, 0)],
)
def test_a_scale_holds_zero_and_every_value(values, low, high):
    scale = charts.scale_of(values, height=100)

    assert (scale.low, scale.high) == (low, high)


def test_bars_stand_on_zero_even_when_some_are_negative():
    scale = charts.Scale(-50, 50, 100)

    up, down = charts.side_by_side_bars(chart([25, -25]), scale)

    assert (up.top, up.height) == (25, 25)
    assert (down.top, down.height) == (50, 25)


def test_stacked_bars_end_at_their_sum():
    drawn = chart([10, 20], [30, 0])
    scale = charts.chart_scale(drawn, stacked=True)

    bars = charts.stacked_bars(drawn, scale)

    assert scale.high == 40
    assert [(bar.index, bar.top, bar.height) for bar in bars] == [(0, 75, 25), (0, 0, 75), (1, 50, 50), (1, 50, 0)]


def test_bars_of_two_series_share_their_slot():
    bars = charts.side_by_side_bars(chart([1] * 10, [1] * 10), charts.Scale(0, 1, 100), gap=0.2)

    assert (bars[0].left, bars[0].width) == (1, 4)
    assert (bars[10].left, bars[10].width) == (5, 4)


@pytest.mark.parametrize("place", [charts.stacked_bars, charts.side_by_side_bars])
def test_a_lone_bar_stands_in_the_middle_and_is_no_wall(place):
    [bar] = place(chart([1]), charts.Scale(0, 1, 100))

    assert (bar.left, bar.width) == (44, 12)


def test_a_line_lifts_the_pen_over_a_gap():
    path = charts.path_of([0, None, 10, 10], charts.Scale(0, 10, 100))

    assert path == "M12.5 100.0 M62.5 0.0 L87.5 0.0"


def test_an_area_is_drawn_only_under_a_line_without_gaps():
    scale = charts.Scale(0, 10, 100)

    assert charts.area_of([5, 5], scale) == "M25.0 50.0 L75.0 50.0 L75.0 100.0 L25.0 100.0 Z"
    assert charts.area_of([5, None], scale) == ""
    assert charts.area_of([], scale) == ""


def test_a_sparkline_needs_two_numbers():
    assert charts.spark_path([5]) == ""
    assert charts.spark_path([0, 10]) == "M0.0 26.0 L100.0 2.0"
    assert charts.spark_path([5, 5]) == "M0.0 26.0 L100.0 26.0"


def test_a_long_axis_writes_every_nth_label():
    assert charts.shown_labels(31, 10) == {0, 4, 8, 12, 16, 20, 24, 28}
    assert charts.shown_labels(3, 10) == {0, 1, 2}
    assert charts.shown_labels(0) == set()


def test_a_funnel_gives_the_rate_to_the_stage_before():
    steps = charts.funnel_steps([1_000, 300, 0, 0])

    assert [step.width for step in steps] == [100, 30, 0, 0]
    assert [step.rate for step in steps] == [None, 0.3, 0, None]


def test_a_waterfall_hangs_each_reason_where_the_one_before_ended():
    first, address, consent, last = charts.waterfall_steps(200, [50, 30])

    assert (first.start, first.width) == (0, 100)
    assert (address.start, address.width, address.rate) == (75, 25, 0.25)
    assert (consent.start, consent.width, consent.rate) == (60, 15, 0.15)
    assert (last.width, last.rate) == (60, 0.6)


def test_a_waterfall_of_nobody_is_empty_and_divides_by_nothing():
    steps = charts.waterfall_steps(0, [0])

    assert [step.width for step in steps] == [0, 0, 0]


@pytest.mark.parametrize(
    ("value", "highest", "level"), [(None, 10, 0), (0, 10, 0), (0.1, 10, 1), (5, 10, 4), (10, 10, 8), (5, 0, 0)]
)
def test_shades_go_from_none_to_the_darkest(value, highest, level):
    assert charts.heat_level(value, highest=highest) == level


@pytest.mark.parametrize(
    ("at", "left", "word", "anchor"), [(0, 1.667, 0, "start"), (15, 51.667, 51.667, "middle"), (29, 98.333, 100, "end")]
)
def test_the_word_of_a_mark_stays_inside_the_chart(at, left, word, anchor):
    assert drawn_mark(Mark(at, "sent"), 30) == {"left": left, "text": "sent", "word": word, "anchor": anchor}


@given(st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=40))
def test_every_value_lies_inside_the_plot(values):
    scale = charts.scale_of(values, height=200)

    assert all(-0.01 <= scale.top(value) <= 200.01 for value in values)
    assert 2 <= len(charts.ticks_of(scale)) <= 8
