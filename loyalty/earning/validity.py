"""From when points of a purchase are usable, and until when, by the terms that were frozen with its rules."""

from datetime import date, datetime

from django.utils import timezone

from loyalty.earning.rule_sets import RuleSet
from loyalty.ledger.terms import LotTerms, terms_of
from loyalty.models import LotKind, Program


def lot_terms(occurred_at: datetime, *, channel: str, rules: RuleSet, kind: str = LotKind.BASE) -> LotTerms:
    """Return the terms of points earned at a moment, over a sales channel (online purchases may wait longer)."""
    days = rules.pending_days_online if channel == "online" else rules.pending_days_store
    frozen = Program(validity=rules.validity, validity_months=rules.validity_months, pending_days=days)
    return terms_of(frozen, occurred_at, kind=kind)


def kst_day(moment: datetime) -> date:
    """Return the day of a moment in the shop's time zone."""
    return timezone.localdate(moment, timezone.get_default_timezone())
