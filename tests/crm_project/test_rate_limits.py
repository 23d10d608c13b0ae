"""Calls are counted over all web processes, in a window that slides."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
import time_machine
from django.db import connection

from crm_project import rate_limits
from crm_project.models import RateCount
from crm_project.rate_limits import count_call, look

START = datetime(2026, 11, 21, 0, 0, 0, tzinfo=UTC)


def test_calls_within_the_limit_pass_and_the_next_one_waits_for_the_window(db: None) -> None:
    with time_machine.travel(START.replace(second=20), tick=False):
        verdicts = [count_call("a shop", limit=2, seconds=60) for _call in range(3)]

    assert [verdict.is_allowed for verdict in verdicts] == [True, True, False]
    assert verdicts[-1].retry_after == 40


def test_a_look_says_the_same_and_counts_nothing(db: None) -> None:
    with time_machine.travel(START.replace(second=20), tick=False):
        before = [look("a shop", limit=1, seconds=60).is_allowed for _call in range(2)]
        count_call("a shop", limit=1, seconds=60)
        after = look("a shop", limit=1, seconds=60)

    assert before == [True, True]
    assert (after.is_allowed, after.retry_after) == (False, 40)


def test_each_subject_is_counted_by_itself(db: None) -> None:
    assert count_call("a shop", limit=1, seconds=60).is_allowed
    assert count_call("another", limit=1, seconds=60).is_allowed


def test_a_new_window_forgets_only_the_share_that_has_passed(db: None) -> None:
    with time_machine.travel(START.replace(second=59), tick=False):
        for _call in range(10):
            count_call("a shop", limit=10, seconds=60)

    with time_machine.travel(START.replace(minute=1, second=15), tick=False):
        verdicts = [count_call("a shop", limit=10, seconds=60).is_allowed for _call in range(4)]

    assert verdicts == [True, True, False, False]  # three quarters of the ten still count


def test_calls_at_once_are_all_counted(transactional_db: None) -> None:
    def call(_number: int) -> bool:
        try:
            return count_call("a shop", limit=10, seconds=3_600).is_allowed
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        allowed = list(pool.map(call, range(24)))

    assert sum(allowed) == 10


def test_windows_that_ended_are_forgotten(db: None) -> None:
    with time_machine.travel(START, tick=False):
        count_call("a shop", limit=2, seconds=60)
    with time_machine.travel(START.replace(day=22, minute=3), tick=False):
        count_call("a shop", limit=2, seconds=60)

        assert rate_limits.forget_old() == 1

    assert RateCount.objects.count() == 1


@pytest.mark.django_db
def test_the_counts_cost_no_write_ahead_log() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = 'crm_project_ratecount'")
        assert cursor.fetchone() == ("u",)
