"""Migrations are complete and named by intent."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.django_db
def test_the_models_have_no_change_without_a_migration() -> None:
    call_command("makemigrations", "--check", "--dry-run", stdout=StringIO())


def test_migrations_are_named_by_intent() -> None:
    names = [path.stem for path in ROOT.glob("*/migrations/0*.py")]

    assert names
    assert [name for name in names if "auto" in name or "merge" in name] == []
