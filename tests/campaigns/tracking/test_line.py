"""A connection of the event loop's own answers statements as any other does."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import psycopg
import pytest
from django.db import connection

from campaigns.tracking.line import Line

pytestmark = pytest.mark.django_db(transaction=True)

Story = Callable[[Line], Awaitable[Any]]


def told(story: Story) -> Any:
    """Tell a story over a line, which is closed in the end, and return what came of it."""
    told = connection.connection.info
    where = told.get_parameters() | {"password": told.password}

    async def from_begin_to_end() -> Any:
        line = Line(await psycopg.AsyncConnection.connect(**where, autocommit=True))
        try:
            return await asyncio.wait_for(story(line), timeout=60)
        finally:
            await line.close()

    return asyncio.run(from_begin_to_end())


@pytest.fixture(autouse=True)
def _connected() -> None:
    connection.ensure_connection()


def test_rows_have_the_types_of_their_columns() -> None:
    rows = told(lambda line: line.rows("SELECT $1::int + 1, $2::text[], true, NULL::text", ["41", '{"가",b}']))

    assert rows == [(42, ["가", "b"], True, None)]


def test_a_statement_is_prepared_once() -> None:
    async def story(line: Line) -> list[tuple[Any, ...]]:
        for number in ("1", "2", "3"):
            assert await line.rows("SELECT $1::int", [number]) == [(int(number),)]
        return await line.rows("SELECT count(*) FROM pg_prepared_statements", [])

    assert told(story) == [(2,)]


def test_a_statement_that_returns_nothing_has_no_rows() -> None:
    assert told(lambda line: line.rows("SET work_mem = '4MB'", [])) == []


def test_more_than_the_other_side_takes_at_once_arrives_all_the_same() -> None:
    long = "가" * 3_000_000

    assert told(lambda line: line.rows("SELECT length($1::text), $1::text", [long])) == [(3_000_000, long)]


def test_a_fault_is_told_and_the_next_statement_goes_well() -> None:
    async def story(line: Line) -> list[tuple[Any, ...]]:
        with pytest.raises(psycopg.errors.DivisionByZero):
            await line.rows("SELECT 1 / $1::int", ["0"])
        with pytest.raises(psycopg.errors.SyntaxError):
            await line.rows("SELEKT $1", ["0"])
        return await line.rows("SELECT 1 / $1::int", ["1"])

    assert told(story) == [(1,)]


@pytest.mark.parametrize("when", ["it waits", "nothing is asked"])
def test_a_lost_connection_is_told_of(when: str) -> None:
    async def story(line: Line) -> None:
        ((process,),) = await line.rows("SELECT pg_backend_pid()", [])
        asked = asyncio.ensure_future(line.rows("SELECT pg_sleep(60)", [])) if when == "it waits" else None
        await asyncio.sleep(0.1)
        await asyncio.to_thread(end, process)
        await asyncio.sleep(0.5)
        with pytest.raises(psycopg.OperationalError):
            await (asked or line.rows("SELECT 1", []))

    told(story)


def end(process: int) -> None:
    """Have the server end that connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [process])
    connection.close()
