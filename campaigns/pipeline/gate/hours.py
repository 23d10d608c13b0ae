"""Reasons that lie in the hour: the night without a consent for it, and the gateway's own hours (L-06, L-07)."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from django.db.models import BooleanField, Case, Q, Value, When

from campaigns.compliance import window
from campaigns.errors import NeverOpen
from campaigns.models import SkipReason
from campaigns.pipeline.gate.permission import may_at_night
from campaigns.pipeline.gate.question import EVERYBODY, Condition, Question


@dataclass(frozen=True)
class Hold:
    """A reason that passes: whom it holds up, and until when. `until` is None where it would never end."""

    reason: SkipReason
    condition: Condition
    until: datetime | None


def holds(question: Question) -> Iterator[Hold]:
    """Yield what stands against sending at this very hour; nothing of information."""
    if not question.is_advertising:
        return
    account, at = question.account, question.at
    if window.needs_night_consent(account, at):
        awake = Case(When(may_at_night(), then=Value(False)), default=Value(True), output_field=BooleanField())
        yield Hold(SkipReason.NIGHT, Q(awake), opening(question, at))
    if window.is_closed_by_gateway(account, at):
        yield Hold(SkipReason.PROVIDER_WINDOW, EVERYBODY, opening(question, at, has_night_consent=True))


def opening(question: Question, at: datetime, *, has_night_consent: bool = False) -> datetime | None:
    """Return the first moment from `at` on at which the account may send; None where there is none."""
    with suppress(NeverOpen):
        return window.next_opening(question.account, at, has_night_consent=has_night_consent)
    return None
