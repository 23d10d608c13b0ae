"""Points for what people do besides buying: a review, a survey, a referral, a visit. Each deed once."""

from collections.abc import Iterator
from datetime import datetime

from dateutil.relativedelta import relativedelta
from django.db import transaction

from loyalty import ledger
from loyalty.earning import versions
from loyalty.earning.rule_sets import Rule, RuleSet
from loyalty.earning.validity import kst_day, lot_terms
from loyalty.ledger.terms import Receipt, start_of
from loyalty.models import Account, DeedAward, LotKind


@transaction.atomic
def reward_deed(customer_id: int, kind: str, *, source: str, reference: str, done_at: datetime) -> DeedAward | None:
    """Give the points that the rules of that moment have for a deed; return the award, None where there are none.

    The same reference of the same source is rewarded once, however often it is told: later calls return that award.

    Raises:
        LedgerRefused: the account is frozen or closed.
    """
    program = ledger.current_program()
    # Its lock comes first, so that two deeds told at once do not both pass for the last one of the month.
    account = Account.objects.select_for_update(no_key=True).get(pk=ledger.account_of(customer_id).pk)
    known = DeedAward.objects.filter(kind=kind, source=source, reference=reference).first()
    if known:
        return known
    versions.freeze(program)
    all_versions = versions.versions_of(program)
    version_id = all_versions.in_force_at(done_at)
    rules = all_versions.rule_sets[version_id]
    holding = [rule for rule in deed_rules(rules, kind, done_at) if _may_have_more(account, rule, done_at)]
    if not holding:
        return None
    award = DeedAward.objects.create(
        account=account,
        kind=kind,
        source=source,
        reference=reference,
        rule_version_id=version_id,
        points=sum(rule.value for rule in holding),
        reasons=[{"rule": rule.key, "points": rule.value} for rule in holding],
        done_at=done_at,
    )
    ledger.earn(
        account.pk,
        award.points,
        receipt=Receipt(source, reference, line=kind),
        occurred_at=done_at,
        terms=lot_terms(done_at, channel="", rules=rules, kind=LotKind.PROMOTION),
        rule_version=award.rule_version,
    )
    return award


def deed_rules(rules: RuleSet, kind: str, done_at: datetime) -> Iterator[Rule]:
    """Yield the rules that reward such a deed on its day (KST)."""
    return (rule for rule in rules.rules if rule.is_deed and rule.kind == kind and rule.is_open_on(kst_day(done_at)))


def _may_have_more(account: Account, rule: Rule, done_at: datetime) -> bool:
    """Tell whether the customer has had such a deed rewarded less often this month (KST) than the rule allows."""
    if rule.times_per_month is None:
        return True
    first = kst_day(done_at).replace(day=1)
    month = (start_of(first), start_of(first + relativedelta(months=1)))
    rewarded = DeedAward.objects.filter(account=account, kind=rule.kind, done_at__gte=month[0], done_at__lt=month[1])
    return rewarded.count() < rule.times_per_month
