"""Draws a shop and writes it, in one transaction."""

from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from crm_project.demo.console import Console
from crm_project.demo.generated import browsing, catalogue, database, files, past_campaigns, people, purchases, truth
from crm_project.demo.generated.chance import Chance
from crm_project.demo.generated.size import Size

# Sorting and building indexes in memory. A crash before the end leaves nothing, so nobody waits for the disk.
ROOM = ("work_mem = '256MB'", "maintenance_work_mem = '512MB'", "synchronous_commit = off", "jit = off")


def generate(size: Size, console: Console, *, folder: Path | None = None) -> Path:
    """Generate into files of `folder`, or into the database; return where the truth was written.

    Raises:
        BusinessError: the database holds a shop already.
    """
    if folder is None:
        database.refuse_unless_empty()
    with transaction.atomic(), connection.cursor() as cursor:
        for setting in ROOM:
            cursor.execute(f"SET LOCAL {setting}")
        with console.step(f"{size.customers:,} customers, {size.orders:,} orders, {size.events:,} events: drawing"):
            _draw(cursor, size)
        if folder is None:
            database.store(cursor, size, console)
        else:
            files.write(cursor, size, folder, console)
        path = truth.write(cursor, size, folder or settings.VAR_DIR / "generated")
        _forget(cursor)
    return path


def _draw(cursor: CursorWrapper, size: Size) -> None:
    chance = Chance(size.seed)
    catalogue.make_tables(cursor, size)
    people.make_tables(cursor, size, chance)
    past_campaigns.make_table(cursor, size, chance)
    purchases.make_tables(cursor, size, chance)
    browsing.make_views(cursor, size, chance)


def _forget(cursor: CursorWrapper) -> None:
    """Drop what was drawn, with the views over it."""
    cursor.execute(
        "SELECT string_agg(format('pg_temp.%I', relname), ', ') FROM pg_class"
        " WHERE relnamespace = pg_my_temp_schema() AND relkind = 'r' AND relname LIKE 'generated_%%'"
    )
    cursor.execute(f"DROP TABLE {cursor.fetchone()[0]} CASCADE")
