"""Every bench runs at a size too small to say anything about speed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from bench import ALL

TINY = {"BENCH_CUSTOMERS": "200,1200", "BENCH_EVENTS": "40", "BENCH_ROUNDS": "1"}


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("name", ALL)
def test_a_bench_measures_and_writes_down_what_it_measured(name: str, tmp_path: Path) -> None:
    environment = os.environ | TINY | {"BENCH_RESULTS": str(tmp_path), "BENCH_DATABASE": database_of_its_own(name)}

    ended = subprocess.run(
        [sys.executable, "-m", "bench", name],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert ended.returncode in (0, 1), ended.stderr[-2000:]  # 1: a goal was missed, which this size may
    assert "Traceback" not in ended.stderr, ended.stderr[-2000:]
    told = json.loads((tmp_path / f"{name}.json").read_text(encoding="utf-8"))
    assert all(seconds for measured in told["measured"] for seconds in measured["seconds"].values())


def database_of_its_own(name: str) -> str:
    """Return a name that no other test process uses."""
    return f"{connection.settings_dict['NAME']}_{name}"


def test_an_unknown_bench_is_named_with_those_there_are() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "bench", "nonsense"],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.returncode == 1
    assert "There are: imports" in ended.stderr
