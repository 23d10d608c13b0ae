"""How many people a recipe would have reached in the last weeks: asked of the facts, kept, asked anew each night."""

from datetime import datetime, timedelta

from django.db import DatabaseError, connection
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.automation.candidates import candidates
from campaigns.automation.within_time import within
from campaigns.errors import TooSlow
from campaigns.models import AutomationVersion, RecipeFigure
from campaigns.recipes.base import Recipe, SegmentTerms
from campaigns.recipes.every import RECIPES
from campaigns.triggers.base import Window
from campaigns.triggers.every import TRIGGERS
from crm_project import queue
from crm_project.errors import BusinessError
from customers.models import Customer, Segment
from customers.segments import rules
from customers.segments.clock import Moment
from customers.segments.compiler import compile_tree

MONTH, QUARTER = timedelta(days=30), timedelta(days=90)
# A count is a help, so it gives way to work that somebody waits for.
LONGEST_SECONDS = 120
PEOPLE = """
    SELECT count(DISTINCT customer_id) FILTER (WHERE anchor_at > %(month_ago)s), count(DISTINCT customer_id)
    FROM ({entries}) AS entered
"""


def count_all() -> int:
    """Count every recipe anew; return how many could be counted.

    Raises:
        ExceptionGroup: the database refused some; the others were counted.
    """
    counted, failures = 0, []
    for recipe in RECIPES:
        if recipe.leads_to:
            continue
        try:
            counted += count(recipe, now=timezone.now()).in_30_days is not None
        except DatabaseError as error:
            error.add_note(f"recipe {recipe.key}")
            failures.append(error)
        queue.progress()
    if failures:
        raise ExceptionGroup("Some recipes could not be counted", failures)
    return counted


def count(recipe: Recipe, *, now: datetime) -> RecipeFigure:
    """Count who would have entered in the 30 and 90 days up to `now`, and keep that, or why it could not be told."""
    found: dict[str, object] = {"in_30_days": None, "in_90_days": None, "problem": "", "counted_at": now}
    try:
        with within(LONGEST_SECONDS):
            found |= _came_in(recipe.watched, now) if recipe.watched else _entered(recipe, now)
    except TooSlow:
        found["problem"] = _("It took too long. It is counted again in the night.")
    except BusinessError as refusal:
        found["problem"] = str(refusal)[:300]
    figure, _is_new = RecipeFigure.objects.update_or_create(recipe=recipe.key, defaults=found)
    return figure


def _entered(recipe: Recipe, now: datetime) -> dict[str, int]:
    version = _version(recipe)
    TRIGGERS[version.trigger].check(version.trigger_settings)
    entries = candidates(version, Window(since=now - QUARTER, until=now, now=now))
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE.format(entries=entries.sql), {**entries.parameters, "month_ago": now - MONTH})
        return dict(zip(("in_30_days", "in_90_days"), cursor.fetchone(), strict=True))


def _version(recipe: Recipe) -> AutomationVersion:
    """Return a version as the recipe would make it, not stored."""
    segment = recipe.segment and Segment(name=str(recipe.segment.name), rule=recipe.segment.rule)
    settings = recipe.trigger_settings()
    return AutomationVersion(trigger=recipe.trigger, trigger_settings=settings, segment=segment)


def _came_in(watched: SegmentTerms, now: datetime) -> dict[str, int]:
    """Return how many the rule finds now and did not find then: the segment itself may not be there yet."""
    tree = rules.parse(watched.rule)
    known = Customer.objects.filter(erased_at=None, merged_into=None).order_by()
    found = known.filter(compile_tree(tree, Moment(now)))
    then = {
        name: known.filter(compile_tree(tree, Moment(now - period))).values("pk")
        for name, period in (("in_30_days", MONTH), ("in_90_days", QUARTER))
    }
    return {name: found.exclude(pk__in=earlier).count() for name, earlier in then.items()}
