"""After a test that commits, only the tables that it filled are emptied: cutting off all takes half a second."""

from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management.sql import emit_post_migrate_signal
from django.db import connection, transaction

# A table of more bytes is cut off, which costs the same for any number of rows, but much more than to delete a few.
SMALL = 4 * 1024 * 1024
# What `migrate` makes for every model, and Django's own way of emptying makes anew each time.
MADE_BY_MIGRATE = (ContentType, Permission)

Emptying = Callable[[Any], None]


def quickly(usual: Emptying) -> Emptying:
    """Return what empties the database as the usual way would; where triggers cannot be put off it is the usual way."""

    def empty(case: Any) -> None:
        if _may_put_off_triggers():
            _empty()
        else:
            usual(case)

    return empty


def _may_put_off_triggers() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('is_superuser')::boolean")
        return cursor.fetchone()[0]


def _is_as_migrated() -> bool:
    models = [model._meta for model in apps.get_models()]
    permissions = sum(len(options.default_permissions) + len(options.permissions) for options in models)
    return (ContentType.objects.count(), Permission.objects.count()) == (len(models), permissions)


def _empty() -> None:
    kept = {model._meta.db_table for model in MADE_BY_MIGRATE} if _is_as_migrated() else set()
    tables = set(connection.introspection.django_table_names(only_existing=True, include_views=False)) - kept
    with transaction.atomic(), connection.cursor() as cursor:
        # What refers to a row goes with it, and the books that nobody may delete from are of a test.
        cursor.execute("SET LOCAL session_replication_role = replica")
        asked = (
            f"SELECT '{table}', pg_relation_size('{table}') WHERE EXISTS (SELECT FROM {table})" for table in tables
        )
        cursor.execute(" UNION ALL ".join(asked))
        filled = dict(cursor.fetchall())
        large = [table for table, size in filled.items() if size > SMALL]
        if large:
            cursor.execute(f"TRUNCATE {', '.join(large)} CASCADE")
        for table in filled.keys() - set(large):
            cursor.execute(f"DELETE FROM {table}")
    if not kept:
        emit_post_migrate_signal(verbosity=0, interactive=False, db=connection.alias)
