"""Automations for tests: written, approved by a second person and put in force, as staff do it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Max

from campaigns.automation import lifecycle, versions
from campaigns.automation.path import first_step
from campaigns.models import Automation, AutomationStep, AutomationVersion, ChannelAccount, Journey, Step, Variant
from customers.models import Customer
from tests.factories import make_account, make_user

# A step as (kind, fields); "lanes" among the fields holds the steps of its lanes.
Steps = Sequence[tuple[str, Mapping[str, Any]]]
MAY_WRITE = ("campaigns.add_automation", "campaigns.change_automation", "campaigns.change_campaign")
MAY_DECIDE = ("campaigns.approve_automation", "campaigns.approve_campaign")
MAY_STOP = ("campaigns.stop_automation", "campaigns.stop_campaign")


def staff(name: str, *permissions: str) -> User:
    return User.objects.filter(username=name).first() or make_user(name, *permissions)


def automation_of(*steps: tuple[str, Mapping[str, Any]], **terms: Any) -> Automation:
    """A running automation of these steps; `terms` are fields of it or its version."""
    by = staff("writer", *MAY_WRITE)
    automation = versions.new_automation(**{"name": "첫 구매 감사", "trigger": "first_order", "by": by} | terms)
    version = automation.versions.get()
    write_steps(version, steps)
    return put_in_force(version)


def write_steps(
    version: AutomationVersion, steps: Steps, *, parent: AutomationStep | None = None, lane: str = ""
) -> None:
    for kind, given in steps:
        fields = dict(given)
        lanes, message = fields.pop("lanes", {}), fields.pop("message", None)
        step = versions.add_step(version, kind, parent=parent, lane=lane, **fields, **of_message(kind, message))
        if kind == "message":
            say(step, **(message or {}))
        for name, inside in lanes.items():
            write_steps(version, inside, parent=step, lane=name)


def of_message(kind: str, message: Mapping[str, Any] | None) -> dict[str, Any]:
    if kind != "message":
        return {}
    purpose = (message or {}).get("purpose", "ad")
    basis = {"information_basis": "order"} if purpose == "info" else {}
    return {"message": {"name": "감사합니다", "purpose": purpose, **basis}}


def say(step: AutomationStep, *, account: ChannelAccount | None = None, **_other: Any) -> None:
    words = {"subject": "감사합니다", "html": "<p>{{ name }}님, 감사합니다</p>", "text": "감사합니다"}
    own = Step.objects.create(campaign=step.campaign, account=account or make_account())
    Variant.objects.create(step=own, **words)


def put_in_force(version: AutomationVersion) -> Automation:
    lifecycle.submit(version, by=staff("writer", *MAY_WRITE))
    lifecycle.approve(version, by=staff("second", *MAY_DECIDE))
    version.automation.refresh_from_db()
    return version.automation


def enter(automation: Automation, customer: Customer, *, at: datetime, **given: Any) -> Journey:
    """A customer who entered the version in force at that moment."""
    version = automation.live_version
    number = Journey.objects.aggregate(last=Max("pk"))["last"] or 0
    fields = {"entry_key": f"entry {number}", "step": first_step(version), "due_at": at, "anchor_at": at}
    return Journey.objects.create(automation=automation, version=version, customer=customer, **fields | given)


def wait(**settings: Any) -> tuple[str, dict[str, Any]]:
    return "wait", {"settings": settings}


def message(**fields: Any) -> tuple[str, dict[str, Any]]:
    return "message", {"message": fields}


def story(journey: Journey) -> list[tuple[str, str]]:
    """What the journey did so far: (kind of step, outcome) in order."""
    return list(journey.taken.order_by("pk").values_list("step__kind", "outcome"))
