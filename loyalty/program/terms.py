"""Changes the terms of the program, and tells who changed what and when. Each change is a frozen `RuleVersion`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from crm_project.templatetags.formats import number_text
from loyalty.earning import versions
from loyalty.models import Program, RuleVersion
from loyalty.program import announcing

RULE = "program"
FIELDS = (
    *("name", "least_points", "step", "most_percent", "pending_days", "validity", "validity_months", "grace_days"),
    "waits_for_notice",
    *("adjust_alone_up_to", "adjust_most_a_day", "desk_most_a_day", "confirmed_above"),
)
CHANGES_SHOWN = 30
# The day on which members were told, kept with the terms that it was about.
ANNOUNCED = "announced_on"


@dataclass(frozen=True, slots=True)
class Change:
    """One time that terms were changed: of each its label, what it was and what it became."""

    made_at: datetime
    made_by: User | None
    number: int
    changed: list[tuple[str, str, str]]
    announced_on: date | None = None


@transaction.atomic
def change(
    program: Program, values: Mapping[str, Any], *, by: User, announced_on: date | None = None
) -> RuleVersion | None:
    """Put changed terms in force for what is earned and used from now on; None where nothing differs.

    Args:
        announced_on: the day on which members were told, for terms that are worse for them.

    Raises:
        TermsRefused: they are worse for members and were not announced thirty days ago.
    """
    locked = Program.objects.select_for_update(no_key=True).get(pk=program.pk)
    before = content_of(locked)
    for name in FIELDS:
        setattr(locked, name, values.get(name, getattr(locked, name)))
    if content_of(locked) == before:
        return None
    announcing.refuse_unannounced(before, content_of(locked), announced_on=announced_on, today=timezone.localdate())
    newest = _newest(program)
    if newest is None:
        newest = _freeze(program, before, number=1, by=None)
    locked.save(update_fields=FIELDS)
    told = {ANNOUNCED: announced_on.isoformat()} if announced_on else {}
    made = _freeze(program, content_of(locked) | told, number=newest.number + 1, by=by)
    # How long points live and wait is part of what orders are counted by.
    versions.freeze(locked, by=by)
    return made


def content_of(program: Program) -> dict[str, Any]:
    """Return the terms as they are frozen."""
    return {name: getattr(program, name) for name in FIELDS}


def history(program: Program) -> list[Change]:
    """Return the changes of the terms, the newest first."""
    rows = RuleVersion.objects.filter(program=program, rule=RULE).select_related("made_by").order_by("-number")
    newest = list(rows[: CHANGES_SHOWN + 1])
    return [
        Change(row.made_at, row.made_by, row.number, _differences(before.content, row.content), _announced(row.content))
        for row, before in pairwise(newest)
    ]


def _announced(content: Mapping[str, Any]) -> date | None:
    return date.fromisoformat(content[ANNOUNCED]) if content.get(ANNOUNCED) else None


def _newest(program: Program) -> RuleVersion | None:
    return RuleVersion.objects.filter(program=program, rule=RULE).order_by("-number").first()


def _freeze(program: Program, content: dict[str, Any], *, number: int, by: User | None) -> RuleVersion:
    return RuleVersion.objects.create(
        program=program, rule=RULE, number=number, content=content, made_by=by, made_at=timezone.now()
    )


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    return [
        (
            capfirst(str(Program._meta.get_field(name).verbose_name)),
            _text(name, before.get(name)),
            _text(name, after.get(name)),
        )
        for name in FIELDS
        if before.get(name) != after.get(name)
    ]


def _text(name: str, value: object) -> str:
    """Write a term as the page shows it; one that an old version does not know is a dash."""
    if value is None:
        return "–"
    if name == "validity":
        return str(Program.Validity(value).label)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return number_text(value) if isinstance(value, int) else str(value)
