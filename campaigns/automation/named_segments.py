"""The segments that triggers and exits name in their settings: an edit of them changes who enters and who leaves."""

from collections.abc import Collection, Iterator

from django.db.models import Exists, OuterRef, Q

from campaigns.models import Automation, AutomationVersion, Journey
from customers.segments.uses import NAMINGS

Status = AutomationVersion.Status


def named_by(version: AutomationVersion) -> set[int]:
    """Return the ids of the segments that the trigger and the exits of a version name."""
    told = (version.trigger_settings, *version.exits)
    return {segment_id for settings in told for segment_id in settings.get("segments", [])}


def automations_naming(segment_ids: Collection[int]) -> Iterator[tuple[int, Automation]]:
    """Yield which automations name which of these segments: in a version that is not replaced or has people inside."""
    inside = Journey.objects.filter(version=OuterRef("pk"), due_at__isnull=False)
    in_use = AutomationVersion.objects.filter(~Q(status=Status.RETIRED) | Exists(inside))
    for version in in_use.select_related("automation").order_by("pk"):
        for segment_id in named_by(version).intersection(segment_ids):
            yield segment_id, version.automation


NAMINGS.register("automation", automations_naming)
