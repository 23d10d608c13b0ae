"""What is logged and kept of errors names nobody (P-14, P-17)."""

import logging
import sys

import pytest

from crm_project import queue
from crm_project.models import Job
from crm_project.redaction import Formatter, without_personal_data


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("550 5.1.1 <gildong@example.com>: unknown", "550 5.1.1 <[e-mail]>: unknown"),
        ("sent to +821012345678.", "sent to [phone]."),
        ("전화 010-1234-5678, 02-123-4567", "전화 [phone], [phone]"),
        ("01012345678", "[phone]"),
        ("DETAIL:  Key (name)=(홍길동) already exists.", "DETAIL: …"),
        ("duplicate key\nDETAIL:  Failing row contains (1, 홍길동).\nHINT: x", "duplicate key\nDETAIL: …\nHINT: x"),
        ("order 20261120-0000123, 31000 won", "order 20261120-0000123, 31000 won"),
        ("2026-11-20 14:00:00,123 INFO port 8000", "2026-11-20 14:00:00,123 INFO port 8000"),
    ],
)  # fmt: skip
def test_contacts_and_quoted_rows_are_blotted_out(said, kept):
    assert without_personal_data(said) == kept


def test_a_logged_traceback_is_blotted_out_too():
    try:
        raise ValueError("gildong@example.com")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "f", 1, "failed for %s", ("010-1234-5678",), sys.exc_info())

    line = Formatter().format(record)

    assert "failed for [phone]" in line
    assert "ValueError: [e-mail]" in line


@pytest.mark.django_db
def test_the_log_of_the_product_is_formatted_so(settings):
    (formatter,) = settings.LOGGING["formatters"].values()

    assert formatter["()"] == f"{Formatter.__module__}.{Formatter.__qualname__}"


@pytest.mark.django_db(transaction=True)
def test_a_job_keeps_an_error_without_the_person(monkeypatch):
    def fail() -> None:
        raise RuntimeError("cannot write to gildong@example.com")

    path = "tests.redaction.fail"
    job = queue.JobFunction(path=path, function=fail, cluster="default", concurrent=False)
    monkeypatch.setitem(queue.JOBS._members, path, job)

    with pytest.raises(RuntimeError):
        queue.run(path)

    error = Job.objects.get(name=path).last_error
    assert "cannot write to [e-mail]" in error
    assert "gildong" not in error
