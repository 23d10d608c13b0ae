"""What a version would do to one customer, as moments in words. Writes nothing, and asks the facts of today."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from campaigns.automation import exits, reentering, splits, waits
from campaigns.automation.candidates import fitting_customers, told
from campaigns.automation.path import NO, YES, Path
from campaigns.automation.taking import fit
from campaigns.automation.within_time import within
from campaigns.channels.base import channel_of
from campaigns.errors import TooSlow
from campaigns.models import AutomationStep, AutomationVersion, Campaign, SkipReason
from campaigns.pipeline.gate import Ways, ways_of
from campaigns.triggers.base import Window
from campaigns.triggers.every import TRIGGERS
from customers.models import Customer
from customers.segments.clock import Moment as RuleMoment
from customers.segments.errors import RuleError

Kind, Reentry = AutomationStep.Kind, AutomationVersion.Reentry
ENTER, FINISH = "enter", "finish"
LOOKED_BACK = timedelta(days=90)
LONGEST_SECONDS = 5
LAST = "SELECT max(told.anchor_at) FROM ({told}) AS told WHERE told.customer_id = %(customer)s"


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that would happen, when, and why so; `kind` is that of the step, or to enter and to finish."""

    at: datetime
    kind: str
    words: str
    why: str = ""
    step_id: int | None = None


@dataclass(frozen=True, slots=True)
class DryRun:
    """What would happen. `refusal`: why the customer could not enter; `last_at`: when the trigger last told of them."""

    refusal: str
    last_at: datetime | None
    begins_at: datetime
    moments: list[Moment]


def dry_run(
    version: AutomationVersion, customer: Customer, *, now: datetime, begins_at: datetime | None = None
) -> DryRun:
    """Walk a customer through a version, a draft too, as if it had begun for them at `begins_at` (now)."""
    began = begins_at or now
    trigger = TRIGGERS[version.trigger]
    entered = Moment(began, ENTER, _("enters %(when)s") % {"when": trigger.sentence(version.trigger_settings)})
    moments = [entered, *_Imagined(version, customer, now).moments(began)]
    return DryRun(_refusal(version, customer, now), _last(version, customer, now), began, moments)


def _refusal(version: AutomationVersion, customer: Customer, now: datetime) -> str:
    """Return why the customer could not enter now; empty where they could."""
    among = RuleMoment(now, among=(customer.pk,))
    if not fitting_customers(version, among).filter(pk=customer.pk).exists():
        return _("The customer is not among those for whom it is: see “only those in” and “but not”.")
    last_at = reentering.last_inside(version, customer.pk)
    if version.reentry == Reentry.NEVER and last_at:
        return _("The customer was in it already, and it takes each customer once.")
    since = now - timedelta(days=version.reentry_days)
    if version.reentry == Reentry.AFTER_DAYS and last_at and last_at > since:
        return _("The customer was in it less than %(days)s days ago.") % {"days": version.reentry_days}
    return ""


def _last(version: AutomationVersion, customer: Customer, now: datetime) -> datetime | None:
    """Return when the trigger last told of the customer; None also where a page cannot wait for that."""
    entries = told(version, Window(since=now - LOOKED_BACK, until=now, now=now))
    with suppress(TooSlow), within(LONGEST_SECONDS) as cursor:
        cursor.execute(LAST.format(told=entries.sql), {**entries.parameters, "customer": customer.pk})
        return cursor.fetchone()[0]
    return None


class _Imagined:
    """The way of one customer through a version, from the facts as they stand now."""

    def __init__(self, version: AutomationVersion, customer: Customer, now: datetime) -> None:
        self.version, self.customer, self.now = version, customer, now
        self.path = Path.of(version)

    def moments(self, due_at: datetime) -> Iterator[Moment]:
        anchor_at, step = due_at, self.path.first
        unless = exits.sentence(self.version.exits)
        while step is not None:
            moment, lane, next_at = self._take(step, due_at, anchor_at)
            if step.kind in (Kind.MESSAGE, Kind.OFFER) and unless and due_at > anchor_at:
                more = _("unless the customer before then: %(exits)s") % {"exits": unless}
                moment = replace(moment, why="; ".join(filter(None, (moment.why, more))))
            yield moment
            if step.kind == Kind.EXIT:
                return
            step, due_at = self.path.lane(step, lane) if lane else self.path.after(step), next_at
        yield Moment(due_at, FINISH, _("is at the end"))

    def _take(self, step: AutomationStep, due_at: datetime, anchor_at: datetime) -> tuple[Moment, str, datetime]:
        """Return what the step would be, into which lane it leads, and when the next one is due."""
        if step.kind == Kind.WAIT:
            ends = waits.until(step.settings, due_at, anchor_at=anchor_at)
            words = _("%(wait)s: until %(moment)s") % {"wait": waits.sentence(step.settings), "moment": _shown(ends)}
            return Moment(due_at, step.kind, words, step_id=step.pk), "", ends
        if step.kind == Kind.ONLY_IF:
            return *self._asked(step, due_at), due_at
        if step.kind == Kind.SPLIT:
            lane = splits.lane_of(step.settings["shares"], splits.salt_of(step), self.customer.pk)
            words = _("goes to lane %(lane)s by lot, which stays the same") % {"lane": lane.upper()}
            return Moment(due_at, step.kind, words, step_id=step.pk), lane, due_at
        return self._simple(step, due_at), "", due_at

    def _asked(self, step: AutomationStep, due_at: datetime) -> tuple[Moment, str]:
        try:
            lane = YES if self.customer.pk in fit(step, [self.customer.pk], self.now) else NO
        except RuleError as error:
            return Moment(due_at, step.kind, _("cannot be asked"), str(error), step.pk), NO
        words = _("in “%(segment)s”: yes") if lane == YES else _("in “%(segment)s”: no")
        why = _("as of today; it is asked again when the time comes")
        return Moment(due_at, step.kind, words % {"segment": step.segment}, why, step.pk), lane

    def _simple(self, step: AutomationStep, due_at: datetime) -> Moment:
        if step.kind == Kind.OFFER:
            return Moment(due_at, step.kind, _gives(step), step_id=step.pk)
        if step.kind == Kind.EXIT:
            return Moment(due_at, step.kind, _("leaves"), step_id=step.pk)
        if step.campaign is None or not step.campaign.steps.exists():
            return Moment(due_at, step.kind, _("a message that is not written yet"), step_id=step.pk)
        return self._judged(step, step.campaign, due_at)

    def _judged(self, step: AutomationStep, campaign: Campaign, due_at: datetime) -> Moment:
        ways = ways_of(campaign, at=max(due_at, self.now))
        leg, reason, waits_for = _verdict(ways, self.customer)
        channel = channel_of(next(way.gate.account for way in ways.ways if way.leg == leg)).label
        named = {"name": campaign.name, "channel": channel}
        if reason:
            words = _("“%(name)s” would not be sent") % named
            return Moment(due_at, step.kind, words, str(SkipReason(reason).label), step.pk)
        words = _("“%(name)s” by %(channel)s") % named
        until = {(leg, code): moment for leg, code, moment in ways.delays()}.get((leg, waits_for))
        if until is None:
            return Moment(due_at, step.kind, words, step_id=step.pk)
        why = _("put off until %(moment)s: %(reason)s") % {
            "moment": _shown(until),
            "reason": SkipReason(waits_for).label,
        }
        return Moment(until, step.kind, words, why, step.pk)


def _verdict(ways: Ways, customer: Customer) -> tuple[int, str, str]:
    """Return the way, the reason against it and what puts it off, for one customer."""
    sql, parameters = ways.decided(Customer.objects.filter(pk=customer.pk))
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        row = cursor.fetchone()
    return row[1:] if row else (0, str(SkipReason.ERASED), "")


def _gives(step: AutomationStep) -> str:
    parts = [_("gets the coupon “%(coupon)s”") % {"coupon": step.coupon}] if step.coupon else []
    if step.points:
        parts.append(_("gets %(points)s points") % {"points": f"{step.points:,}"})
    return ", ".join(parts) or _("gets nothing yet: no coupon and no points are chosen")


def _shown(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "DATETIME_FORMAT")
