"""Numbers, money and times as both languages write them."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from django.utils import translation

from crm_project.templatetags import formats

MOMENT = datetime(2026, 11, 21, 0, 0, tzinfo=UTC)  # nine in the morning in Seoul


@pytest.fixture
def in_korean():
    with translation.override("ko"):
        yield


@pytest.fixture
def in_english():
    with translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("amount", "text"), [(1_234_000, "1,234,000원"), (0, "0원"), (-5_000, "-5,000원"), (None, "–"), (2.5, "3원")]
)
def test_won_in_korean(in_korean, amount, text):
    assert formats.won_text(amount) == text


def test_won_in_english(in_english):
    assert formats.won_text(1_234_000) == "₩1,234,000"
    assert formats.won_text(-500) == "-₩500"


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (9_900, "9,900원"),
        (12_300, "1.2만원"),
        (1_230_000, "123만원"),
        (99_990_000, "9,999만원"),
        (120_000_000, "1.2억원"),
        (1_234_000_000, "12.3억원"),
        (2_500_000_000_000, "2.5조원"),
        (-1_230_000, "-123만원"),
        (100_000, "10만원"),
    ],
)
def test_won_is_shortened_by_the_korean_steps(in_korean, amount, text):
    assert formats.won_short_text(amount) == text


@pytest.mark.parametrize(
    ("amount", "text"), [(999, "₩999"), (1_230, "₩1.2K"), (1_230_000, "₩1.2M"), (3_000_000_000, "₩3B")]
)
def test_won_is_shortened_by_the_english_steps(in_english, amount, text):
    assert formats.won_short_text(amount) == text


def test_the_unit_is_set_apart_from_the_figure(in_korean):
    assert formats.won(1_234_000) == '1,234,000<span class="unit">원</span>'
    assert formats.won_short(1_230_000) == '123<span class="unit">만원</span>'
    assert formats.percent(0.095) == '9.5<span class="unit"> %</span>'
    assert formats.won(None) == "–"


@pytest.mark.parametrize(
    ("share", "digits", "text"), [(0.095, 1, "9.5 %"), (1, 0, "100 %"), (0.0005, 1, "0.1 %"), (None, 1, "–")]
)
def test_a_share_is_written_in_per_cent(share, digits, text):
    assert formats.percent_text(share, digits) == text


def test_times_are_written_as_seoul_sees_them(in_korean):
    assert formats.moment_text(MOMENT) == "2026-11-21 (토) 09:00"
    assert formats.day_text(datetime(2026, 11, 20, 15, 0, tzinfo=UTC)) == "2026-11-21 (토)"
    assert formats.day_text(date(2026, 11, 22)) == "2026-11-22 (일)"
    assert formats.day(None) == "–"


def test_weekdays_in_english(in_english):
    assert formats.moment_text(MOMENT) == "2026-11-21 (Sat) 09:00"


@pytest.mark.parametrize(
    ("then", "text"),
    [
        (datetime(2026, 11, 20, 23, 59, 30, tzinfo=UTC), "just now"),
        (datetime(2026, 11, 20, 23, 59, 0, tzinfo=UTC), "1 minute ago"),
        (datetime(2026, 11, 20, 21, 0, 0, tzinfo=UTC), "3 hours ago"),
        (datetime(2026, 11, 12, 0, 0, 0, tzinfo=UTC), "9 days ago"),
        (datetime(2026, 11, 23, 0, 0, 0, tzinfo=UTC), "in 2 days"),
    ],
)
def test_how_long_ago(in_english, then, text):
    with time_machine.travel(MOMENT, tick=False):
        assert formats.ago_text(then) == text


def test_the_exact_moment_is_one_hover_away(in_english):
    with time_machine.travel(MOMENT, tick=False):
        written = formats.ago(datetime(2026, 11, 20, 21, 0, tzinfo=UTC))

    assert 'title="2026-11-21 (Sat) 06:00"' in written
