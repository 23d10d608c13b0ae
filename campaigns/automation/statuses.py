"""The moves of an automation's and a version's status: each one conditional update. Only `lifecycle` calls them."""

from collections.abc import Collection

from campaigns.errors import WrongVersionStatus
from campaigns.models import Automation, AutomationVersion


def move_version(version: AutomationVersion, *, from_: Collection[str], to: str, **changes: object) -> None:
    """Set the version's status where it still is one of `from_`, together with `changes`; the object follows.

    Raises:
        WrongVersionStatus
    """
    changes["status"] = to
    if not AutomationVersion.objects.filter(pk=version.pk, status__in=from_).update(**changes):
        version.refresh_from_db(fields=["status"])
        wanted = " / ".join(str(AutomationVersion.Status(each).label) for each in from_)
        raise WrongVersionStatus(version.get_status_display(), wanted=wanted)
    for name, value in changes.items():
        setattr(version, name, value)


def move(automation: Automation, *, from_: Collection[str], to: str, reason: str = "") -> None:
    """Set the automation's status where it still is one of `from_`; the object in hand follows.

    Raises:
        WrongVersionStatus
    """
    changes = {"status": to, "status_reason": reason[:300]}
    if not Automation.objects.filter(pk=automation.pk, status__in=from_).update(**changes):
        automation.refresh_from_db(fields=["status"])
        wanted = " / ".join(str(Automation.Status(each).label) for each in from_)
        raise WrongVersionStatus(automation.get_status_display(), wanted=wanted)
    automation.status, automation.status_reason = to, changes["status_reason"]
