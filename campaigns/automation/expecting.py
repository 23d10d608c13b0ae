"""How many would enter a version: asked of the facts by a job once a review is requested, and kept with the version."""

from django.utils import timezone

from campaigns.automation.back_test import back_test
from campaigns.models import AutomationVersion
from crm_project.errors import BusinessError

DAYS = 30
JOB = "campaigns.tasks.expect_entries"


def expect(version_id: int) -> None:
    """Ask who would have entered a version in the last 30 days, and keep how many; None where that cannot be told."""
    version = AutomationVersion.objects.select_related("automation", "segment", "excluded_segment").get(pk=version_id)
    now = timezone.now()
    try:
        entered: int | None = back_test(version, now=now, days=DAYS).entered
    except BusinessError:
        entered = None  # the page of trials says why, in the language of its reader
    told = {"entered": entered, "days": DAYS, "asked_at": now.isoformat()}
    AutomationVersion.objects.filter(pk=version_id).update(expected=told)
