"""What keeps a version from being reviewed, as sentences that say which step and how to mend it."""

from collections.abc import Iterator

from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns import lifecycle
from campaigns.automation import exits, waits
from campaigns.automation.path import Node, Path
from campaigns.models import AutomationStep, AutomationVersion
from campaigns.triggers.every import TRIGGERS
from customers.models import Segment
from customers.segments import rules
from customers.segments.errors import RuleError, UnfitValueError
from loyalty.coupons import validity
from loyalty.models import Coupon

Kind = AutomationStep.Kind


def what_is_missing(version: AutomationVersion) -> list[str]:
    """Return what keeps the version from being reviewed, as sentences in the order of its page."""
    problems = [*_of_entering(version), *_of_exits(version)]
    steps = in_order(Path.of(version).nodes())
    if not any(step.kind == Kind.MESSAGE for step in steps):
        problems.append(_("It says nothing to anybody: add a message."))
    for number, step in enumerate(steps, start=1):
        problems += [f"{named(step, number)}: {problem}" for problem in _of_step(step)]
    return problems


def in_order(nodes: list[Node]) -> list[AutomationStep]:
    """Return the steps of a tree as one reads them from the top, those of lanes behind the step that holds them."""
    found: list[AutomationStep] = []
    for node in nodes:
        found.append(node.step)
        for lane in node.lanes.values():
            found += in_order(list(lane))
    return found


def named(step: AutomationStep, number: int) -> str:
    """Return how a step is called in a sentence: its place from the top, and what it is."""
    what = f"“{step.campaign.name}”" if step.campaign else step.get_kind_display()
    return _("Step %(number)s, %(what)s") % {"number": number, "what": what}


def _of_entering(version: AutomationVersion) -> Iterator[str]:
    trigger = TRIGGERS.get(version.trigger)
    if trigger is None:
        yield _("Choose with what it begins.")
    else:
        try:
            trigger.check(version.trigger_settings)
        except UnfitValueError as error:
            yield str(error)
    if version.reentry == AutomationVersion.Reentry.AFTER_DAYS and not version.reentry_days:
        yield _("Say after how many days a customer may enter again.")
    for segment in filter(None, (version.segment, version.excluded_segment)):
        yield from _of_segment(segment)


def _of_exits(version: AutomationVersion) -> Iterator[str]:
    try:
        exits.check(version.exits)
    except UnfitValueError as error:
        yield str(error)


def _of_segment(segment: Segment) -> Iterator[str]:
    try:
        rules.check(segment.rule, segment_id=segment.pk)
    except RuleError as error:
        yield _("The segment “%(name)s” cannot be asked: %(why)s") % {"name": segment.name, "why": error}


def _of_step(step: AutomationStep) -> Iterator[str]:
    if step.kind == Kind.WAIT:
        try:
            waits.check(step.settings)
        except UnfitValueError as error:
            yield str(error)
    elif step.kind == Kind.ONLY_IF:
        yield from _of_segment(step.segment) if step.segment else [_("Choose the segment it asks for.")]
    elif step.kind == Kind.SPLIT:
        yield from _of_split(step.settings.get("shares"))
    elif step.kind == Kind.OFFER:
        yield from _of_offer(step)
    elif step.kind == Kind.MESSAGE:
        yield from _of_message(step)


def _of_split(shares: object) -> Iterator[str]:
    parts = list(shares.values()) if isinstance(shares, dict) else []
    whole = all(isinstance(part, int) and part > 0 for part in parts)
    if len(parts) < 2 or not whole or sum(parts) != 100:
        yield _("Give each of its lanes a share; together they must be 100 percent.")


def _of_offer(step: AutomationStep) -> Iterator[str]:
    if step.coupon is None and not step.points:
        yield _("Choose a coupon or say how many points it gives.")
    elif step.coupon and (step.coupon.is_history or step.coupon.status != Coupon.Status.RUNNING):
        yield _("The coupon “%s” is not running: start it, or give another one.") % step.coupon
    elif step.coupon and validity.is_over(step.coupon, timezone.now()):
        yield _("The coupon “%s” is over. Give another one.") % step.coupon


def _of_message(step: AutomationStep) -> Iterator[str]:
    if step.campaign is None:
        yield _("Write its message.")
        return
    yield from lifecycle.what_is_missing(step.campaign)
    paused = lifecycle.paused_accounts(step.campaign).first()
    if paused:
        yield _("Its sending account is paused: %s. Resume the account first.") % paused.pause_reason
