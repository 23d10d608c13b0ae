"""People inside a version that was replaced: they finish it, or move over to the one in force where staff say so."""

from django.db import connection, transaction
from django.db.models import QuerySet

from campaigns.automation.path import Path
from campaigns.models import AutomationStep, AutomationVersion, Journey

Inside = Journey.Status.INSIDE
# By the steps they wait for; who waits for a step that is not in the table stays where they are.
MOVE = """
    UPDATE campaigns_journey AS journey SET version_id = %(new)s, step_id = place.to_step
      FROM unnest(%(from_steps)s::bigint[], %(to_steps)s::bigint[]) AS place(from_step, to_step)
     WHERE journey.step_id = place.from_step AND journey.version_id = %(old)s AND journey.status = 'inside'
"""


def people_inside(version: AutomationVersion) -> QuerySet[Journey]:
    """Return the journeys under way in a version."""
    return Journey.objects.filter(version=version, status=Inside)


@transaction.atomic
def move_people(old: AutomationVersion, new: AutomationVersion) -> int:
    """Let those inside a version go on in another of the same automation; return how many.

    Each goes on at the copy of the step they wait for, when it was due; where that step was taken out, at the next one
    behind it that was not. Who has none left to go on at finishes the old version.
    """
    places = _places(old, new)
    with connection.cursor() as cursor:
        cursor.execute(
            MOVE, {"old": old.pk, "new": new.pk, "from_steps": list(places), "to_steps": list(places.values())}
        )
        return cursor.rowcount


def _places(old: AutomationVersion, new: AutomationVersion) -> dict[int, int]:
    """Return, by the id of each step of the old version, the step of the new one at which to go on."""
    copies = _copies(old, new)
    path = Path.of(old)
    places: dict[int, int] = {}
    for step in old.steps.all():
        onward: AutomationStep | None = step
        while onward is not None and onward.pk not in copies:
            onward = path.after(onward)
        if onward is not None:
            places[step.pk] = copies[onward.pk]
    return places


def _copies(old: AutomationVersion, new: AutomationVersion) -> dict[int, int]:
    """Return, by the ids of steps of the old version, those of their copies in the new, through versions between."""
    steps = AutomationStep.objects.filter(version__automation=old.automation_id)
    origins = dict(steps.values_list("pk", "origin"))
    of_old = set(steps.filter(version=old).values_list("pk", flat=True))
    copies = {}
    for step_id in steps.filter(version=new).values_list("pk", flat=True):
        origin: int | None = step_id
        while origin is not None and origin not in of_old:
            origin = origins[origin]
        if origin is not None:
            copies[origin] = step_id
    return copies
